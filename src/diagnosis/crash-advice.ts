// What to change, as something to type. Pure. Figures are reckoned from the log and from this machine; where
// there is no room for more, it says so instead of naming a bigger number.

import { formatBytes, parseSize } from '../base/units.ts';
import type { Cause } from './crash-causes.ts';
import { mib } from './crash-causes.ts';
import type { CrashFigures } from './crash-figures.ts';
import type { CrashFacts } from './crash-log.ts';
import { isKilled } from './crash-signs.ts';
import { HEAP_SHARE, heapCeilingMb, raisedMb } from './heap-ceiling.ts';

export interface Advice {
  readonly what: string;
  /** To be typed as it stands, but for `COMMAND`; absent where there is nothing to type. */
  readonly command?: string | undefined;
}

/** What a Node process needs beside its heap, and its children with it. */
const BESIDE_MB = 1_024;

/** @param machineBytes what this machine (or its container) has in all */
export function adviseOn(
  causes: readonly Cause[],
  facts: CrashFacts,
  figures: CrashFigures,
  machineBytes: number,
): Advice[] {
  const seen = new Set<string>();
  return causes
    .flatMap(cause => BY_CAUSE[cause]({ facts, figures, machineBytes }))
    .filter(({ what }) => !seen.has(what) && seen.add(what));
}

interface Case {
  readonly facts: CrashFacts;
  readonly figures: CrashFigures;
  readonly machineBytes: number;
}

const BY_CAUSE: Record<Cause, (crash: Case) => Advice[]> = {
  'sudden-allocation': crash => [
    {
      what: 'find who makes it: the stack below "JS stacktrace" names it where there is one; else look at what is largest just before',
      command: snapshotCommand(crash),
    },
    raise(crash),
  ],
  'slow-leak': crash => [findLeak(crash), raise(crash)],
  'steady-growth': crash => [raise(crash), findLeak(crash)],
  'limit-low': crash => [raise(crash)],
  'gc-thrash': crash => [raise(crash), findLeak(crash)],
  'too-long': () => [
    { what: 'handle it in parts (a stream, several arrays or Maps); the stack in the log names the line' },
  ],
  'outside-heap': () => [
    { what: 'see what the shell allows (unlimited is what it should say)', command: 'ulimit -v' },
    { what: 'see what the machine and its container have left', command: 'seqx doctor --memory' },
  ],
  'worker-limit': ({ machineBytes }) => [
    {
      what: 'give the worker more where it is made (where --max-old-space-size is set, that counts instead)',
      command: `new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: ${Math.min(1_024, heapCeilingMb(machineBytes))} } })`,
    },
  ],
  'killed-by-system': killedBySystem,
  'seqx-limit': seqxLimit,
  unclear: ({ facts }) => unclear(facts.death?.words ?? ''),
};

const findLeak = (crash: Case): Advice => ({
  what: 'see what fills the heap: Node writes snapshots when it is almost full; compare them in Chrome DevTools, Memory',
  command: snapshotCommand(crash),
});

/** --heapsnapshot-near-heap-limit came with Node 14.18; before that, on a signal. */
function snapshotCommand({ facts }: Case): string {
  const major = Number.parseInt(facts.nodeVersion ?? '', 10);
  return major < 14
    ? 'NODE_OPTIONS=--heapsnapshot-signal=SIGUSR2 COMMAND   (then, when it has grown: kill -USR2 PID)'
    : 'NODE_OPTIONS=--heapsnapshot-near-heap-limit=2 COMMAND';
}

/** Twice the limit, in steps of 256 MB, and never more than the machine can give one heap. */
function raise({ figures, machineBytes }: Case): Advice {
  const now = figures.limitMb ?? figures.committedMb ?? figures.heapMb;
  const most = heapCeilingMb(machineBytes);
  if (now === undefined) {
    return {
      what: `raise the limit (the log does not name it); this machine can give ${mib(most)}`,
      ...withLimit(most, machineBytes),
    };
  }
  const wanted = raisedMb(now, machineBytes);
  if (wanted < now * 1.1) {
    return {
      what: `do not raise the limit: ${mib(now)} is what this machine with ${formatBytes(machineBytes)} can give one heap; make the program need less, or split the work`,
    };
  }
  return {
    what: `raise the limit from about ${mib(now)} to ${mib(wanted)}; this machine can give ${mib(most)}`,
    ...withLimit(wanted, machineBytes),
  };
}

/** The limit of the tree, too, is one that the machine has. */
function withLimit(mb: number, machineBytes: number): { readonly command: string } {
  const treeMb = Math.min(mb + BESIDE_MB, Math.floor(machineBytes / 2 ** 20));
  return { command: `NODE_OPTIONS=--max-old-space-size=${mb} seqx --memory-limit ${treeMb}M COMMAND` };
}

function killedBySystem({ facts: { killed }, machineBytes }: Case): Advice[] {
  const limitMb = killed?.cgroupLimitMb;
  if (killed?.isCgroup) {
    const figure = limitMb === undefined ? 'its limit is not in the log' : `its limit was ${mib(limitMb)}`;
    const heapMb = limitMb === undefined ? undefined : Math.floor(limitMb * HEAP_SHARE);
    return [
      {
        what: `keep Node's heap below the container's limit (${figure}), so that it collects instead of being killed`,
        command: `NODE_OPTIONS=--max-old-space-size=${heapMb ?? '<three quarters of the limit, MB>'} COMMAND`,
      },
      { what: 'or give the container more (docker run --memory, resources.limits.memory, MemoryMax=)' },
    ];
  }
  return [
    { what: 'see who uses the memory of this machine', command: 'seqx doctor --memory' },
    {
      what: 'let one heavy command run at a time, and end it before the machine is full',
      command: `seqx --memory-limit ${heapCeilingMb(machineBytes)}M COMMAND`,
    },
  ];
}

function seqxLimit({ facts, machineBytes }: Case): Advice[] {
  const text = /is over the ([\d.]+ [KMGT]?i?B) limit/.exec(facts.death?.words ?? '')?.[1];
  const bytes = text === undefined ? undefined : parseSize(text);
  const most = heapCeilingMb(machineBytes);
  if (bytes === undefined)
    return [{ what: 'raise the limit', command: `seqx --memory-limit ${most}M COMMAND` }];
  const wanted = raisedMb(bytes / 2 ** 20, machineBytes);
  return [
    { what: 'see how much it usually takes', command: 'seqx history' },
    wanted * 2 ** 20 > bytes
      ? {
          what: `raise the limit from ${formatBytes(bytes)}`,
          command: `seqx --memory-limit ${wanted}M COMMAND`,
        }
      : { what: `do not raise the limit: this machine has ${formatBytes(machineBytes)}` },
  ];
}

const unclear = (words: string): Advice[] => [
  isKilled(words)
    ? {
        what: 'ask the kernel whom it killed',
        command: "journalctl -k -g 'Killed process'   or   dmesg | grep -i 'killed process'",
      }
    : {
        what: 'let Node write down what it knows when it dies',
        command: 'NODE_OPTIONS=--report-on-fatalerror COMMAND',
      },
];
