// What to do about the memory of this machine, each with something to type. Pure: a situation in, advice out,
// the most urgent first. A process is named by its pid, a run by its ticket; nothing is ever ended by its name.

import { count, showCommand } from '../base/text.ts';
import { formatBytes } from '../base/units.ts';
import { heapCeilingMb, raisedMb } from './heap-ceiling.ts';

export interface MemorySituation {
  readonly machine: MachineView;
  /** The heaviest tree of this user that seqx does not run. */
  readonly heaviest: HeavyTree | undefined;
  readonly runs: readonly {
    readonly ticket: string;
    readonly command: readonly string[];
    readonly bytes: number;
  }[];
  readonly leftovers: { readonly processes: number; readonly bytes: number };
  readonly agents: { readonly sessions: number; readonly bytes: number };
  readonly nodes: readonly NodeHeap[];
  /** What each run of this gate may use (0: no limit), and how many may run at once. */
  readonly limitBytes: number;
  readonly slots: number;
}

/** What there is in all (a cgroup limit counts where it is less) and what more may be used. */
export interface MachineView {
  readonly memoryBytes: number;
  readonly availableBytes: number;
  readonly isContainer: boolean;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
  /** Percent of the last ten seconds in which some task waited for memory; `undefined` where nobody counts. */
  readonly waitedPercent: number | undefined;
  readonly isUnderPressure: boolean;
}

export interface HeavyTree {
  readonly pid: number;
  readonly command: readonly string[];
  readonly bytes: number;
  readonly processes: number;
}

export interface NodeHeap {
  readonly pid: number;
  readonly command: readonly string[];
  readonly rssBytes: number;
  /** `undefined` where the version, and with it the default, is not known. */
  readonly limitBytes: number | undefined;
  readonly from: 'command line' | 'NODE_OPTIONS' | 'default' | 'unknown';
}

export interface MemoryAdvice {
  readonly what: string;
  readonly command: string;
}

/** Less than this left: the next big allocation of anybody may be the last. */
const SHORT_SHARE = 0.1;
const SWAP_FULL_SHARE = 0.1;
const PRESSURE_PERCENT = 10;
/** A process that big may be at its heap limit: most of a Node process is its heap. */
const NEAR_LIMIT_SHARE = 0.85;
const MIB = 2 ** 20;

export function adviseOnMemory(situation: MemorySituation): MemoryAdvice[] {
  return RULES.flatMap(rule => rule(situation) ?? []);
}

type Rule = (situation: MemorySituation) => MemoryAdvice | undefined;

const isShort = ({ machine }: MemorySituation): boolean =>
  machine.isUnderPressure ||
  machine.availableBytes < machine.memoryBytes * SHORT_SHARE ||
  (machine.waitedPercent ?? 0) >= PRESSURE_PERCENT;

const endLeftovers: Rule = ({ leftovers }) => {
  if (leftovers.processes === 0) return undefined;
  const left = count(leftovers.processes, 'process', 'processes');
  return {
    what: `${left} left by ended runs; ending them frees ${formatBytes(leftovers.bytes)}`,
    command: 'seqx memory --cleanup',
  };
};

const endHeaviest: Rule = situation => {
  const { machine, runs, heaviest } = situation;
  if (!isShort(situation)) return undefined;
  const left = `${formatBytes(machine.availableBytes)} of ${formatBytes(machine.memoryBytes)} are left`;
  const run = [...runs].sort((a, b) => b.bytes - a.bytes)[0];
  if (run && run.bytes >= (heaviest?.bytes ?? 0)) {
    const what = `${left}; "${showCommand(run.command, 40)}" uses ${formatBytes(run.bytes)}, and may be run again later`;
    return { what, command: `seqx cancel ${run.ticket}` };
  }
  if (!heaviest) return undefined;
  const tree = `pid ${heaviest.pid} "${showCommand(heaviest.command, 40)}" with ${count(heaviest.processes, 'process', 'processes')}`;
  return {
    what: `${left}; ${tree} uses ${formatBytes(heaviest.bytes)}: end it if you do not need it now`,
    command: `kill ${heaviest.pid}`,
  };
};

const takeTurns: Rule = situation => {
  const { agents, slots } = situation;
  if (agents.sessions < 2 && !isShort(situation)) return undefined;
  if (agents.sessions >= 2) {
    return {
      what: `${agents.sessions} agent sessions run at once (${formatBytes(agents.bytes)} in all): let their heavy commands take turns on this machine`,
      command: 'seqx --scope user COMMAND',
    };
  }
  const what =
    slots > 1
      ? `${slots} runs of this gate share the memory: one at a time needs less`
      : 'let heavy commands take turns on this machine';
  return { what, command: slots > 1 ? 'seqx --slots 1 COMMAND' : 'seqx --scope user COMMAND' };
};

const waitForSwap: Rule = ({ machine }) => {
  const { swapTotalBytes, swapFreeBytes, memoryBytes } = machine;
  if (swapTotalBytes === 0 || swapFreeBytes >= swapTotalBytes * SWAP_FULL_SHARE) return undefined;
  const left = `${formatBytes(swapFreeBytes)} of ${formatBytes(swapTotalBytes)} left`;
  return {
    what: `swap is almost full (${left}), and the OOM killer comes next: start nothing more before there is room`,
    command: `seqx memory --machine --wait-below ${heapCeilingMb(memoryBytes)}M --timeout 5m && COMMAND`,
  };
};

/** Such a process is killed from outside before V8 thinks of collecting. */
const lowerHeap: Rule = ({ nodes, machine }) => {
  const [worst] = nodes
    .filter(({ limitBytes = 0 }) => limitBytes > machine.memoryBytes)
    .sort((a, b) => (b.limitBytes ?? 0) - (a.limitBytes ?? 0));
  if (!worst) return undefined;
  const whole = `${machine.isContainer ? 'the container' : 'the machine'} has ${formatBytes(machine.memoryBytes)}`;
  return {
    what: `the heap of pid ${worst.pid} "${showCommand(worst.command, 40)}" may grow to ${formatBytes(worst.limitBytes ?? 0)} (${worst.from}), and ${whole}: it will be killed before it collects`,
    command: withHeap(heapCeilingMb(machine.memoryBytes)),
  };
};

const raiseHeap: Rule = ({ nodes, machine }) => {
  const most = heapCeilingMb(machine.memoryBytes) * MIB;
  const near = nodes.find(
    ({ rssBytes, limitBytes }) =>
      limitBytes !== undefined && limitBytes < most && rssBytes >= limitBytes * NEAR_LIMIT_SHARE,
  );
  if (!near) return undefined;
  const limitBytes = near.limitBytes ?? 0;
  return {
    what: `pid ${near.pid} "${showCommand(near.command, 40)}" uses ${formatBytes(near.rssBytes)}, and its heap may have ${formatBytes(limitBytes)} (${near.from}): give it more when it is started again`,
    command: withHeap(raisedMb(limitBytes / MIB, machine.memoryBytes)),
  };
};

const limitTree: Rule = ({ limitBytes, slots, machine }) => {
  const mostMb = heapCeilingMb(machine.memoryBytes);
  if (limitBytes > 0 && limitBytes * slots <= machine.memoryBytes) return undefined;
  const limit =
    limitBytes === 0
      ? 'runs have no memory limit'
      : `${slots > 1 ? `${slots} runs of ` : 'a run may use '}${formatBytes(limitBytes)}`;
  return {
    what: `${limit}, and there are ${formatBytes(machine.memoryBytes)} in all`,
    command: `seqx --memory-limit ${Math.floor(mostMb / slots)}M COMMAND`,
  };
};

const withHeap = (mb: number): string => `NODE_OPTIONS=--max-old-space-size=${mb} COMMAND`;

const RULES: readonly Rule[] = [
  endLeftovers,
  endHeaviest,
  waitForSwap,
  takeTurns,
  lowerHeap,
  raiseHeap,
  limitTree,
];
