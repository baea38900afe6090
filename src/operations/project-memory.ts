// The memory of a gate's runs and of what earlier ones have left: shown, and cleaned up. What an agent calls
// between two pieces of work.

import { openWorld } from '../assemble.ts';
import { parseId } from '../base/identity.ts';
import type { MachineMemory, ProcessFacts, World } from '../base/ports.ts';
import { maskSecrets } from '../base/text.ts';
import type { NodeHeap } from '../diagnosis/memory-advice.ts';
import { spokenWords } from '../diagnosis/program-name.ts';
import { clearHolder, targetOf } from '../lock/clear-holder.ts';
import { findPlace, type PlaceOptions } from '../place.ts';
import { honestBytes } from '../run/await-memory.ts';
import { findMembers } from '../run/process-tree.ts';
import { type DeadRunProcesses, leftoversOf, ownerLives, tokenCarriers } from '../run/token-carriers.ts';
import { add, type Ended } from './ending.ts';
import { type MachineReport, machineReport } from './machine-report.ts';
import { nodeHeaps } from './node-heaps.ts';
import { type GateStatus, type RunningStatus, statusOf } from './status.ts';

export interface RunMemoryReport extends Pick<RunningStatus, 'ticket' | 'pid' | 'command' | 'state'> {
  readonly bytes: number;
  readonly peakBytes: number | null;
  readonly limitBytes: number | null;
  readonly processes: number;
  readonly nodes: readonly NodeHeap[];
}

export interface LeftoverReport {
  readonly pid: number;
  readonly command: readonly string[];
  readonly bytes: number;
}

export interface ProjectMemory {
  readonly schema: 'seqx.memory/1';
  readonly at: string;
  readonly machine: MachineReport;
  readonly gate: GateStatus['gate'];
  /** Of living runs. */
  readonly runs: readonly RunMemoryReport[];
  /** Processes of runs that are dead or have ended, and that no living run has come from. */
  readonly leftovers: readonly LeftoverReport[];
  /** Runs and leftovers together. */
  readonly usedBytes: number;
  /** How `bytes` counts: PSS counts shared pages once. */
  readonly measure: 'PSS' | 'RSS';
}

export interface LeftoversEnded {
  readonly before: ProjectMemory;
  readonly after: ProjectMemory;
  /** What the leftovers used that are gone now, bytes. */
  readonly freedBytes: number;
  readonly ended: number;
  /** Pids that SIGTERM did not end. */
  readonly killed: readonly number[];
  /** Pids that could not be ended. */
  readonly survivors: readonly number[];
}

/**
 * What this project's runs and their leftovers use, on what machine. Changes nothing.
 * @throws SeqxError for a malformed configuration
 */
export async function projectMemory(options: PlaceOptions = {}): Promise<ProjectMemory> {
  const place = await findPlace(options);
  return memoryOfGate(openWorld(place, () => {}, { prepare: false }));
}

/**
 * Ends the processes that dead and ended runs of this project have left, daemons included, and nothing else:
 * neither a living run nor what a living run has come from.
 * @throws SeqxError for a malformed configuration
 */
export async function endLeftovers(options: PlaceOptions = {}): Promise<LeftoversEnded> {
  const place = await findPlace(options);
  const world = openWorld(place, () => {}, { prepare: false });
  const before = await memoryOfGate(world);
  let total: Ended = { ended: 0, killed: [], survivors: [] };
  const { tokens } = await deadRuns(world);
  if (tokens.length > 0)
    total = add(total, await world.endRun({ roots: [], tokens }, place.settings.killGrace));
  for (const name of world.slots.occupants()) {
    if ((await world.liveness(name)) === 'dead') await clearHolder(name, 'dead', world);
  }
  const after = await memoryOfGate(world);
  return { before, after, freedBytes: Math.max(0, leftBytes(before) - leftBytes(after)), ...total };
}

/** @param world of the gate, opened without preparing it */
export async function memoryOfGate(world: World): Promise<ProjectMemory> {
  const { platform } = world;
  const machine = platform.machineMemory();
  const { gate, running } = await statusOf({ gate: world.gate }, world);
  const table = await platform.processes();
  const names = new Map(world.slots.occupants().map(name => [parseId(name)?.nonce ?? name, name]));
  const runs = running
    .filter(({ state }) => state !== 'dead')
    .map(run => runMemory(run, membersOf(names.get(run.ticket) ?? '', table, world), machine, world));
  const leftovers = (await deadRuns(world)).leftovers.map(({ pid, rssBytes }) => ({
    pid,
    command: maskSecrets(spokenWords(platform.commandLine(pid) ?? [])),
    bytes: honestBytes([{ pid, rssBytes }], platform),
  }));
  return {
    schema: 'seqx.memory/1',
    at: new Date(world.clock.wallMs()).toISOString(),
    machine: machineReport(machine),
    gate,
    runs,
    leftovers,
    usedBytes: [...runs, ...leftovers].reduce((sum, { bytes }) => sum + bytes, 0),
    measure: platform.abilities.proportionalMemory ? 'PSS' : 'RSS',
  };
}

const leftBytes = ({ leftovers }: ProjectMemory): number =>
  leftovers.reduce((sum, { bytes }) => sum + bytes, 0);

/** Like the run's own watchdog, but that we are no part of it even when we are called from inside. */
const membersOf = (name: string, table: readonly ProcessFacts[], world: World): ProcessFacts[] =>
  findMembers(table, {
    target: targetOf(name, 'dead', world),
    chainOf: ({ pid }) => world.platform.runChain(pid),
    isSameStart: world.platform.isSameStart,
    spared: new Set([0, 1, process.pid]),
    known: [],
  });

function runMemory(
  { ticket, pid, command, state, memory }: RunningStatus,
  members: readonly ProcessFacts[],
  machine: MachineMemory,
  { platform }: World,
): RunMemoryReport {
  const named = members.map(facts => ({
    ...facts,
    argv: spokenWords(platform.commandLine(facts.pid) ?? []),
  }));
  return {
    ticket,
    pid,
    command,
    state,
    bytes: honestBytes(members, platform),
    peakBytes: memory?.peakBytes ?? null,
    limitBytes: memory?.limitBytes ?? null,
    processes: members.length,
    nodes: nodeHeaps(named, platform, machine),
  };
}

async function deadRuns(world: World): Promise<DeadRunProcesses> {
  const { platform, tickets, slots } = world;
  const busy = [
    ...tickets.list().map(({ identity }) => identity.pid),
    ...slots.occupants().map(name => parseId(name)?.pid ?? 0),
    ...world.waitingRuns().map(({ token }) => parseId(token.slice(token.indexOf(':') + 1))?.pid ?? 0),
  ];
  return leftoversOf(await tokenCarriers(world), token => ownerLives(token, platform), new Set(busy));
}
