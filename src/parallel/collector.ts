// Calls the garbage collector where Node lets us, and not so often that the work would suffer: a full
// collection takes some 5 ms with a small heap, a second with one of gigabytes.

import { GC_HINT, type OwnProcess } from './this-process.ts';

export interface GcReport {
  /** False where Node was started without --expose-gc: nothing was done. */
  readonly isCollected: boolean;
  /** What heap and buffers shrank by, bytes. */
  readonly freedBytes: number;
  readonly durationMs: number;
  /** How to make it work, where it did nothing. */
  readonly hint?: string | undefined;
}

/** One collection, now, where Node was started with --expose-gc. */
export function collectNow(own: OwnProcess): GcReport {
  if (!own.canCollect()) return { isCollected: false, freedBytes: 0, durationMs: 0, hint: GC_HINT };
  const startedMs = own.nowMs();
  const before = own.usage();
  own.collect();
  const after = own.usage();
  const freed = before.heapUsedBytes + before.externalBytes - after.heapUsedBytes - after.externalBytes;
  return { isCollected: true, freedBytes: Math.max(0, freed), durationMs: own.nowMs() - startedMs };
}

/** Collects at most so often that a tenth of the time goes into it. */
export class Collector {
  readonly #own: OwnProcess;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(own: OwnProcess) {
    this.#own = own;
  }

  /** True if it collected. */
  collect(): boolean {
    if (this.#own.nowMs() < this.#restUntilMs) return false;
    const { isCollected, durationMs } = collectNow(this.#own);
    this.#restUntilMs = this.#own.nowMs() + durationMs * 9;
    return isCollected;
  }
}
