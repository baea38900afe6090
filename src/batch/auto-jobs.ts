// How many commands at once with `--jobs auto`: some more than there are processors, and more yet while processors
// have nothing to do, or while our own commands hardly use them (they wait for a network, a disk, an answer): what
// others do with the processors is no reason to let sleepers wait for each other. Memory is not counted here:
// whether there is enough for one more is asked at every start. Pure.

import type { CpuInfo } from 'node:os';

/** From here on a processor more would be used. */
const IDLE_SHARE = 0.25;
const BUSY_SHARE = 0.05;
/** Of a processor: a command that uses no more mostly waits. */
const SLEEPER_SHARE = 0.25;
/** However idle they are: each command has its cost, and may wake up. */
const MOST_PER_CPU = 8;

/** As ninja guesses (GuessParallelism in ninja.cc): a processor is busy while a command waits for its disk. */
export const firstJobs = (cpus: number): number => (cpus <= 1 ? 2 : cpus === 2 ? 3 : cpus + 2);

export interface AutoFacts {
  readonly cpus: number;
  /** How many it was up to now. */
  readonly jobs: number;
  readonly running: number;
  /** Of all processors, since the last look; `undefined` before there are two looks. */
  readonly idleShare: number | undefined;
  /** Processors that each of our commands would use, on average; `undefined` where that is not known. */
  readonly usedEach: number | undefined;
}

/** One more or one fewer at a time: what was started last has to be seen at work first. */
export function autoJobs({ cpus, jobs, running, idleShare, usedEach }: AutoFacts): number {
  if (idleShare === undefined) return jobs;
  const first = firstJobs(cpus);
  const mostlyWait = usedEach !== undefined && usedEach <= SLEEPER_SHARE;
  if (idleShare >= IDLE_SHARE || mostlyWait) {
    return running >= jobs ? Math.min(jobs + 1, Math.max(first, cpus * MOST_PER_CPU)) : jobs;
  }
  if (idleShare <= BUSY_SHARE && jobs > first) return Math.max(first, Math.min(jobs, running) - 1);
  return jobs;
}

/** The share of their time that all processors together had nothing to do, between two looks. */
export function idleShare(before: readonly CpuTimes[], now: readonly CpuTimes[]): number | undefined {
  const [idleBefore, allBefore] = sum(before);
  const [idleNow, allNow] = sum(now);
  const all = allNow - allBefore;
  return all > 0 ? Math.min(1, Math.max(0, (idleNow - idleBefore) / all)) : undefined;
}

/** What one command has of the processors. */
export interface ProcessorUse {
  /** Since it began. */
  readonly usedMs: number;
  /** At this moment one of its processes is on a processor, or waits for one. */
  readonly isRunnable: boolean;
}

type Uses = ReadonlyMap<number, ProcessorUse | undefined>;

/**
 * Processors that each command would use, on average: what they have used between two looks; but one that is met
 * wanting a processor gets as little as others leave it, and counts for a whole one. `undefined` if it is not known
 * of all: who was not looked at yet may use any.
 */
export function usedEach(before: Uses, now: Uses, sinceMs: number): number | undefined {
  let totalMs = 0;
  for (const [number, use] of now) {
    if (use === undefined) return undefined;
    const usedMs = use.usedMs - (before.get(number)?.usedMs ?? 0);
    totalMs += Math.max(0, usedMs, use.isRunnable ? sinceMs : 0);
  }
  return now.size === 0 ? undefined : totalMs / sinceMs / now.size;
}

export type CpuTimes = Pick<CpuInfo, 'times'>;

function sum(cpus: readonly CpuTimes[]): [idle: number, all: number] {
  let [idle, all] = [0, 0];
  for (const { times } of cpus) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return [idle, all];
}
