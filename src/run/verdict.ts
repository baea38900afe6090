// Sample and limits in, verdict out: fine, warn or over, and when to look next. Pure, tested by tables.
// Memory can grow at several GiB a second, so the interval follows the headroom: looking every second let a
// 1 GiB limit reach 2.5 GiB, looking by headroom 1.03 GiB.

import type { Settings } from '../base/settings.ts';

export interface Limits {
  /** Sum over the tree, bytes; 0 is off. */
  readonly treeBytes: number;
  /** Any single process, bytes; 0 is off. */
  readonly processBytes: number;
  /** Longest time between two looks, milliseconds. */
  readonly checkIntervalMs: number;
  /** Shortest useful time between two looks on this platform, milliseconds. */
  readonly fastestMs: number;
}

/** The limits that a run's settings ask for. */
export const limitsOf = (
  settings: Pick<Settings, 'memoryLimit' | 'processMemoryLimit' | 'checkInterval'>,
  fastestMs: number,
): Limits => ({
  treeBytes: settings.memoryLimit,
  processBytes: settings.processMemoryLimit,
  checkIntervalMs: settings.checkInterval,
  fastestMs,
});

export interface Sample {
  readonly atMs: number;
  readonly treeBytes: number;
  readonly processes: number;
  readonly largest: { readonly pid: number; readonly bytes: number };
  /** What taking this sample cost, milliseconds. */
  readonly costMs: number;
}

export interface Memory {
  readonly isWarned: boolean;
  /** Added to the limits after shared pages had fooled RSS: how far the sum may be above them. */
  readonly allowanceBytes: number;
  readonly previous: Sample | undefined;
}

export const FIRST_MEMORY: Memory = { isWarned: false, allowanceBytes: 0, previous: undefined };

export interface Verdict {
  readonly kind: 'fine' | 'warn' | 'over';
  /** The process over its own limit; `undefined` when it is the tree. */
  readonly culprit: number | undefined;
  readonly nextMs: number;
  readonly memory: Memory;
}

const WARN_SHARE = 0.5;
const REARM_SHARE = 0.4;
/** What earlyoom assumes (6000 MiB/s); measured here 2 to 4 GB/s with one allocating process. */
const ASSUMED_BYTES_PER_MS = 6e6;
/** At most 5 % of a core for looking. */
const COST_FACTOR = 20;
/** SIGKILL without further grace from here on: a fixed grace let a 1 GiB limit reach 8.5 GiB. */
const HURRY_SHARE = 1.25;

export function judgeSample(sample: Sample, limits: Limits, memory: Memory): Verdict {
  const treeLimit = limits.treeBytes + memory.allowanceBytes;
  const processLimit = limits.processBytes + memory.allowanceBytes;
  const isTreeOver = limits.treeBytes > 0 && sample.treeBytes > treeLimit;
  const isProcessOver = limits.processBytes > 0 && sample.largest.bytes > processLimit;
  const share = Math.max(
    limits.treeBytes > 0 ? sample.treeBytes / limits.treeBytes : 0,
    limits.processBytes > 0 ? sample.largest.bytes / limits.processBytes : 0,
  );
  const isWarned = memory.isWarned ? share >= REARM_SHARE : share >= WARN_SHARE;
  const headroom = Math.min(
    limits.treeBytes > 0 ? treeLimit - sample.treeBytes : Infinity,
    limits.processBytes > 0 ? processLimit - sample.largest.bytes : Infinity,
  );
  return {
    kind: isTreeOver || isProcessOver ? 'over' : isWarned && !memory.isWarned ? 'warn' : 'fine',
    culprit: isProcessOver && !isTreeOver ? sample.largest.pid : undefined,
    nextMs: nextLookMs(headroom, growthPerMs(sample, memory.previous), sample.costMs, limits),
    memory: { ...memory, isWarned, previous: sample },
  };
}

function growthPerMs(sample: Sample, previous: Sample | undefined): number {
  if (!previous || sample.atMs <= previous.atMs) return 0;
  return Math.max(0, (sample.treeBytes - previous.treeBytes) / (sample.atMs - previous.atMs));
}

function nextLookMs(headroom: number, growth: number, costMs: number, limits: Limits): number {
  const rate = Math.max(ASSUMED_BYTES_PER_MS, 2 * growth);
  const wanted = Math.max(limits.fastestMs, costMs * COST_FACTOR, headroom / rate);
  return Math.min(limits.checkIntervalMs, wanted);
}

/**
 * After PSS showed that shared pages had fooled the RSS sum: how far it may now rise above the limits before
 * it is confirmed again, in steps of a tenth of the limit.
 */
export function allowanceAfterSparing(sample: Sample, limits: Limits, culprit: number | undefined): number {
  const [bytes, limit] =
    culprit === undefined
      ? [sample.treeBytes, limits.treeBytes]
      : [sample.largest.bytes, limits.processBytes];
  return Math.max(0, bytes - limit) + limit / 10;
}

/** The limit that a sample is nearest to, and what counts against it; without a pid it is the whole tree. */
export function nearestLimit(
  { treeBytes, largest }: Pick<Sample, 'treeBytes' | 'largest'>,
  limits: Limits,
): { readonly bytes: number; readonly limitBytes: number; readonly pid: number | undefined } {
  const share = (bytes: number, limit: number) => (limit > 0 ? bytes / limit : 0);
  return share(largest.bytes, limits.processBytes) > share(treeBytes, limits.treeBytes)
    ? { bytes: largest.bytes, limitBytes: limits.processBytes, pid: largest.pid }
    : { bytes: treeBytes, limitBytes: limits.treeBytes, pid: undefined };
}

/** Whether a tree that was told to end has grown too far to be waited for. */
export function isHurry(sample: Pick<Sample, 'treeBytes' | 'largest'>, limits: Limits): boolean {
  const { bytes, limitBytes } = nearestLimit(sample, limits);
  return limitBytes > 0 && bytes > limitBytes * HURRY_SHARE;
}

/** A watchdog may be started again three times in ten seconds; then the run is ended, never unwatched. */
export const mayRestart = (deathsMs: readonly number[], nowMs: number): boolean =>
  deathsMs.filter(deathMs => nowMs - deathMs < 10_000).length <= 3;
