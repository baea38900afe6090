// The options of safeParallel, checked before anything starts.

import { checkListener, checkSignal } from './checked-option.ts';
import { invalidOption, thresholdBytes } from './memory-threshold.ts';
import type { Task } from './task-result.ts';
import type { MemoryUsage, OwnProcess } from './this-process.ts';

export interface ParallelProgress {
  /** Tasks that have settled, however they ended. */
  readonly done: number;
  readonly total: number;
  readonly running: number;
  readonly memory: MemoryUsage;
  /** True while tasks run one at a time because memory is over the threshold. */
  readonly isSequential: boolean;
  /** What changed, in words: the fallback to one at a time, the way back, a collector that cannot be called. */
  readonly note?: string | undefined;
}

export interface SafeParallelOptions {
  /** Tasks at once; `optimalConcurrency()` by default. */
  readonly concurrency?: number | undefined;
  /**
   * Over this many megabytes of this process, tasks run one at a time until it is 10 % below again; 0 is off.
   * By default SEQX_MEMORY_THRESHOLD, MEMORY_THRESHOLD, or 4096.
   */
  readonly memoryThresholdMb?: number | undefined;
  /** Collect garbage between batches of tasks where Node was started with --expose-gc; true by default. */
  readonly forceGc?: boolean | undefined;
  /** Say on stderr what happens, each line after `seqx: `. */
  readonly verbose?: boolean | undefined;
  /** Starts no further tasks, tells those that run, and lets `safeParallel` answer within 100 ms. */
  readonly signal?: AbortSignal | undefined;
  /** After the first failure no further task is started; those that run are let finish. */
  readonly failFast?: boolean | undefined;
  /** Called at the beginning, after every task and at every change. What it throws, or rejects with, is ignored. */
  readonly onProgress?: ((progress: ParallelProgress) => void) | undefined;
}

/** The options as the run needs them. */
export interface ParallelPlan {
  readonly concurrency: number;
  readonly thresholdBytes: number;
  readonly collects: boolean;
  readonly isVerbose: boolean;
  readonly signal: AbortSignal | undefined;
  readonly failFast: boolean;
  readonly onProgress: ((progress: ParallelProgress) => void) | undefined;
}

/** @throws SeqxError SEQX_SETTING_INVALID */
export function planOf(
  options: SafeParallelOptions,
  bestConcurrency: () => number,
  env: OwnProcess['env'],
): ParallelPlan {
  const { concurrency = bestConcurrency(), signal, onProgress } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw invalidOption('concurrency', concurrency, 'a whole number from 1 up, such as concurrency: 2');
  }
  checkSignal(signal);
  checkListener(onProgress, 'onProgress');
  return {
    concurrency,
    thresholdBytes: thresholdBytes(options.memoryThresholdMb, env, 'memoryThresholdMb'),
    collects: options.forceGc ?? true,
    isVerbose: options.verbose ?? false,
    signal,
    failFast: options.failFast ?? false,
    onProgress,
  };
}

/**
 * A list of our own, from which each task is taken when it starts.
 * @throws SeqxError SEQX_SETTING_INVALID for what is no function: a promise, say, which runs already
 */
export function checkedTasks<T>(tasks: Iterable<Task<T>>): (Task<T> | undefined)[] {
  const list: unknown = tasks;
  const isList = typeof list === 'object' && list !== null && Symbol.iterator in list;
  if (!isList) throw invalidOption('tasks', tasks, 'a list of functions');
  const own = [...tasks];
  const odd = own.findIndex(task => typeof task !== 'function');
  if (odd >= 0)
    throw invalidOption(`tasks[${odd}]`, own[odd], 'a function that starts the work: () => work()');
  return own;
}
