// Where has the memory gone? The heaviest programs, agent sessions, heap limits, leftovers, and what to do.

import { openWorld } from '../assemble.ts';
import type { Platform, ProcessFacts } from '../base/ports.ts';
import { maskSecrets } from '../base/text.ts';
import {
  AGENT_VARIABLES,
  type AgentSession,
  agentSessions,
  type MarkedProcess,
} from '../diagnosis/agent-sessions.ts';
import {
  adviseOnMemory,
  type HeavyTree,
  type MemoryAdvice,
  type NodeHeap,
} from '../diagnosis/memory-advice.ts';
import { defaultHeapMb } from '../diagnosis/node-heap.ts';
import { groupByProgram, type ProcessTree, type ProgramGroup, treesOf } from '../diagnosis/process-groups.ts';
import { spokenWords } from '../diagnosis/program-name.ts';
import { findPlace, type PlaceOptions } from '../place.ts';
import { honestBytes } from '../run/await-memory.ts';
import type { MachineReport } from './machine-report.ts';
import { nodeHeaps, OWN_MAJOR } from './node-heaps.ts';
import { memoryOfGate, type ProjectMemory } from './project-memory.ts';

export interface ProgramReport {
  readonly program: string;
  readonly trees: number;
  readonly processes: number;
  readonly rssBytes: number;
  /** Shared pages once, with swap; `null` where some of it cannot be read. */
  readonly pssBytes: number | null;
  /** Address space: promised, not used; nothing follows from it. */
  readonly virtualBytes: number | null;
  /** Of all memory, 0 to 1: by PSS, or by RSS where that is all there is. */
  readonly share: number;
  /** All of it is this user's. */
  readonly isOwn: boolean;
  readonly heaviest: { readonly pid: number; readonly command: readonly string[]; readonly rssBytes: number };
}

export interface MemoryDiagnosis {
  readonly schema: 'seqx.doctor-memory/1';
  readonly at: string;
  readonly machine: MachineReport;
  /** The heaviest first. */
  readonly programs: readonly ProgramReport[];
  readonly agents: readonly AgentSession[];
  readonly node: {
    readonly version: string;
    /** What this Node gives a heap on this machine where nothing is asked for. */
    readonly defaultHeapBytes: number;
    /** The heaviest first. */
    readonly processes: readonly NodeHeap[];
  };
  readonly runs: ProjectMemory['runs'];
  readonly leftovers: ProjectMemory['leftovers'];
  readonly advice: readonly MemoryAdvice[];
}

const MOST_PROGRAMS = 10;
const MB = 2 ** 20;

/** @throws SeqxError for a malformed configuration */
export async function diagnoseMemory(options: PlaceOptions = {}): Promise<MemoryDiagnosis> {
  const place = await findPlace(options);
  const { platform } = place;
  const world = openWorld(place, () => {}, { prepare: false });
  const memory = await memoryOfGate(world);
  const table = (await platform.processes()).map(facts => see(facts, platform));
  const trees = treesOf(table);
  const machine = platform.machineMemory();
  const nodes = nodeHeaps(
    table.filter(({ pid, isOwn }) => isOwn && pid !== process.pid),
    platform,
    machine,
  ).sort((a, b) => b.rssBytes - a.rssBytes);
  const agents = agentSessions(table);
  return {
    schema: 'seqx.doctor-memory/1',
    at: memory.at,
    machine: memory.machine,
    programs: groupByProgram(trees)
      .slice(0, MOST_PROGRAMS)
      .map(group => programReport(group, memory.machine.memoryBytes, platform)),
    agents,
    node: {
      version: process.versions.node,
      defaultHeapBytes: defaultHeapMb(OWN_MAJOR, machine) * MB,
      processes: nodes,
    },
    runs: memory.runs,
    leftovers: memory.leftovers,
    advice: adviseOnMemory({
      machine: {
        ...memory.machine,
        isContainer: (machine.cgroupLimitBytes ?? Number.POSITIVE_INFINITY) < machine.totalBytes,
        waitedPercent: machine.pressure?.someAvg10,
        isUnderPressure: (machine.pressureLevel ?? 'normal') !== 'normal',
      },
      heaviest: heaviestOther(trees, memory),
      runs: memory.runs,
      leftovers: { processes: memory.leftovers.length, bytes: sumBytes(memory.leftovers) },
      agents: { sessions: agents.length, bytes: agents.reduce((sum, { rssBytes }) => sum + rssBytes, 0) },
      nodes,
      limitBytes: place.settings.memoryLimit,
      slots: place.settings.slots,
    }),
  };
}

/** Another user's process is seen, too; its environment is not. */
function see({ pid, ppid, rssBytes }: ProcessFacts, platform: Platform): MarkedProcess {
  const isOwn = platform.ownerUid(pid) === platform.uid();
  const variables = isOwn
    ? AGENT_VARIABLES.filter(name => platform.environmentValue(pid, name) !== undefined)
    : [];
  return { pid, ppid, rssBytes, isOwn, variables, argv: spokenWords(platform.commandLine(pid) ?? []) };
}

function programReport(group: ProgramGroup, memoryBytes: number, platform: Platform): ProgramReport {
  const members = group.trees.flatMap(tree => tree.members);
  const pss = members.map(({ pid }) => platform.proportionalBytes(pid));
  const pssBytes = pss.every(bytes => bytes !== undefined)
    ? pss.reduce((sum, bytes) => sum + bytes, 0)
    : null;
  const root = group.trees[0]?.root;
  return {
    program: group.program,
    trees: group.trees.length,
    processes: members.length,
    rssBytes: group.rssBytes,
    pssBytes,
    virtualBytes: virtualBytes(members, platform),
    share: (pssBytes ?? honestBytes(members, platform)) / memoryBytes,
    isOwn: members.every(({ isOwn }) => isOwn),
    heaviest: {
      pid: root?.pid ?? 0,
      command: maskSecrets(root?.argv ?? []),
      rssBytes: group.trees[0]?.rssBytes ?? 0,
    },
  };
}

function virtualBytes(members: readonly { readonly pid: number }[], platform: Platform): number | null {
  const sizes = members.map(({ pid }) => platform.virtualBytes(pid));
  return sizes.every(bytes => bytes !== undefined) ? sizes.reduce((sum, bytes) => sum + bytes, 0) : null;
}

const sumBytes = (parts: readonly { readonly bytes: number }[]): number =>
  parts.reduce((sum, { bytes }) => sum + bytes, 0);

/** What a person may want to end: this user's, none of ours, and nothing that we are part of. */
function heaviestOther(trees: readonly ProcessTree[], memory: ProjectMemory): HeavyTree | undefined {
  const ours = new Set([
    process.pid,
    ...memory.runs.map(({ pid }) => pid),
    ...memory.leftovers.map(({ pid }) => pid),
  ]);
  const tree = trees.find(
    ({ members }) => members.every(({ isOwn }) => isOwn) && !members.some(({ pid }) => ours.has(pid)),
  );
  if (!tree) return undefined;
  const { root, members, rssBytes } = tree;
  return { pid: root.pid, command: maskSecrets(root.argv), bytes: rssBytes, processes: members.length };
}
