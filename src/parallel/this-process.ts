// What safeParallel and its neighbours ask of the process they run in; tests hand in another.

import { oldGenerationBytes } from './old-generation.ts';

/** The memory of this process, bytes. */
export interface MemoryUsage {
  /** What counts against every threshold: the larger of the process's resident memory and V8's own account. */
  readonly usedBytes: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** Where V8 gives up: --max-old-space-size, or its default for this machine. */
  readonly heapLimitBytes: number;
  /** Buffers and the like, outside the heap. */
  readonly externalBytes: number;
}

export interface OwnProcess {
  usage(): MemoryUsage;
  /** What V8 gives up over: the old generation's part of the heap limit, bytes. */
  oldGenerationBytes(): number;
  /** Whether Node was started with --expose-gc. */
  canCollect(): boolean;
  /** A full collection; only where `canCollect`. */
  collect(): void;
  /** Milliseconds of a monotonic clock. */
  nowMs(): number;
  /** A line for the person in front, without a prefix. */
  say(line: string): void;
  readonly env: NodeJS.ProcessEnv;
}

/** What the person can do about a collector that cannot be called. */
export const GC_HINT = 'start with node --expose-gc';

const realGc = () => (typeof globalThis.gc === 'function' ? globalThis.gc : undefined);

/**
 * Buffers of a full collection are given back by another thread: 200 MB were still there 20 ms later. The next
 * collection, be it a small one of 0.3 ms, waits until they are gone.
 */
function collect(): void {
  realGc()?.();
  realGc()?.({ type: 'minor', execution: 'sync' });
}

/**
 * This process. `node --expose-gc` is asked each time: a program may get `gc` later on.
 * @param say where lines for people go
 */
export const thisProcess = (say: OwnProcess['say']): OwnProcess => ({
  usage: memoryUsage,
  oldGenerationBytes: ownOldGeneration,
  canCollect: () => realGc() !== undefined,
  collect,
  nowMs: () => performance.now(),
  say,
  env: process.env,
});

/**
 * The memory of this process. Resident memory holds the heap, so the two are not added: what is swapped out or
 * compressed is missing from the first, code and stacks from the second. 15 µs a call.
 */
export function memoryUsage(): MemoryUsage {
  // Not imported: that would cost every start of seqx two milliseconds.
  const heap = process.getBuiltinModule('node:v8').getHeapStatistics();
  const rss = residentBytes();
  return {
    usedBytes: Math.max(rss, heap.used_heap_size + heap.external_memory),
    rssBytes: rss,
    heapUsedBytes: heap.used_heap_size,
    heapTotalBytes: heap.total_heap_size,
    heapLimitBytes: heap.heap_size_limit,
    externalBytes: heap.external_memory,
  };
}

function ownOldGeneration(): number {
  const { isMainThread, resourceLimits } = process.getBuiltinModule('node:worker_threads');
  return oldGenerationBytes({
    heapLimitBytes: memoryUsage().heapLimitBytes,
    flags: [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv],
    workerOldMb: isMainThread ? undefined : resourceLimits.maxOldGenerationSizeMb,
    major: Number.parseInt(process.versions.node, 10),
  });
}

/** On Linux a file is opened for it: with no descriptor left (EMFILE) the heap alone has to do. */
function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}
