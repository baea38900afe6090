// Memory and limits in, verdict out: fine, warn or trip, and when to look next. Pure, tested by a table.

import type { MemoryUsage } from './this-process.ts';

export interface BreakerLimits {
  readonly warnBytes: number;
  readonly limitBytes: number;
}

export interface BreakerVerdict {
  readonly kind: 'fine' | 'warn' | 'trip';
  /** What is over: the memory of the process against the given limits, or the heap against V8's own. */
  readonly by: 'process' | 'heap';
  readonly isWarned: boolean;
  readonly nextMs: number;
}

/** V8 ends the process when its heap is full, however high the given limit. */
const HEAP_WARN_SHARE = 0.8;
const HEAP_TRIP_SHARE = 0.9;
/** Clearly below: a figure that wavers around the mark warns once. */
const REARM_SHARE = 0.9;
/** 2 GB a second: filled buffers, in one thread, on a fast machine. */
const ASSUMED_BYTES_PER_MS = 2e6;
const FASTEST_MS = 20;
const SLOWEST_MS = 1_000;

interface Usage extends Pick<MemoryUsage, 'usedBytes' | 'heapUsedBytes'> {
  /** What V8 gives up over. */
  readonly oldGenerationBytes: number;
}

export function judgeMemory(usage: Usage, limits: BreakerLimits, wasWarned: boolean): BreakerVerdict {
  const { usedBytes, heapUsedBytes, oldGenerationBytes } = usage;
  const heapTrip = oldGenerationBytes * HEAP_TRIP_SHARE;
  const heapWarn = oldGenerationBytes * HEAP_WARN_SHARE;
  const warnShare = Math.max(usedBytes / limits.warnBytes, heapUsedBytes / heapWarn);
  const isTripped = usedBytes > limits.limitBytes || heapUsedBytes > heapTrip;
  const isWarned = wasWarned ? warnShare >= REARM_SHARE : warnShare >= 1;
  const headroom = Math.min(limits.limitBytes - usedBytes, heapTrip - heapUsedBytes);
  return {
    kind: isTripped ? 'trip' : isWarned && !wasWarned ? 'warn' : 'fine',
    by: usedBytes / limits.limitBytes >= heapUsedBytes / heapTrip ? 'process' : 'heap',
    isWarned,
    nextMs: Math.min(SLOWEST_MS, Math.max(FASTEST_MS, headroom / ASSUMED_BYTES_PER_MS)),
  };
}
