// The figures of a crash, from what its log says. Pure. What cannot be reckoned is `undefined`; nothing here
// is estimated.

import type { CrashFacts } from './crash-log.ts';
import type { Collection } from './gc-lines.ts';

export interface CrashFigures {
  /** The heap limit in force, where a command line or a report names it: V8's last words do not. */
  readonly limitMb: number | undefined;
  readonly limitFrom: 'command line' | 'report' | undefined;
  /** In use after the last collection, and what V8 had taken from the system for it. */
  readonly heapMb: number | undefined;
  readonly committedMb: number | undefined;
  /** From the start of the isolate to the last collection. */
  readonly livedMs: number | undefined;
  readonly growth: Growth | undefined;
  /** What the last full collection gave back. */
  readonly freedMb: number | undefined;
  /** As a share of what was in use before it, 0 to 1. */
  readonly freedShare: number | undefined;
  readonly averageMu: number | undefined;
  readonly lastMu: number | undefined;
}

export interface Growth {
  readonly mb: number;
  readonly overMs: number;
  readonly mbPerSecond: number;
  /** How many collections it is measured over. */
  readonly collections: number;
  /** Full ones: what is left after each is really kept. */
  readonly isFull: boolean;
}

/** A log of --trace-gc has thousands: growth is of the last ones. */
const LATEST = 10;

export function crashFigures(facts: CrashFacts): CrashFigures {
  const { collections, report, askedMb } = facts;
  const last = collections.at(-1);
  const full = collections.filter(({ isFull }) => isFull);
  const lastFull = full.at(-1);
  const freedMb = lastFull && Math.max(0, lastFull.usedBeforeMb - lastFull.usedAfterMb);
  return {
    limitMb: report?.heapLimitMb ?? askedMb,
    limitFrom:
      report?.heapLimitMb !== undefined ? 'report' : askedMb === undefined ? undefined : 'command line',
    heapMb: last?.usedAfterMb ?? report?.heapUsedMb,
    committedMb: last?.committedMb,
    livedMs: last?.atMs,
    growth: growthOf(own(full).length >= 2 ? own(full) : own(collections)),
    freedMb,
    freedShare: lastFull && freedMb !== undefined ? freedMb / lastFull.usedBeforeMb : undefined,
    averageMu: collections.findLast(({ averageMu }) => averageMu !== undefined)?.averageMu,
    lastMu: own(collections).findLast(({ currentMu }) => currentMu !== undefined)?.currentMu,
  };
}

/** Without those of the last resort: V8 makes two of them in a row, and nothing of the program runs between. */
const own = (collections: readonly Collection[]): Collection[] =>
  collections.filter(({ isLastResort }) => !isLastResort);

function growthOf(collections: readonly Collection[]): Growth | undefined {
  const latest = collections.slice(-LATEST);
  const [first, last] = [latest[0], latest.at(-1)];
  if (!first || !last || last.atMs <= first.atMs) return undefined;
  const mb = last.usedAfterMb - first.usedAfterMb;
  const overMs = last.atMs - first.atMs;
  const isFull = latest.every(collection => collection.isFull);
  return { mb, overMs, mbPerSecond: (1_000 * mb) / overMs, collections: latest.length, isFull };
}
