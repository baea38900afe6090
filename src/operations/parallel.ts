// For programs that do heavy work in their own process: tasks side by side as memory allows, and the memory of
// the process and its machine. Here the functions of src/parallel meet this process, this machine and stderr.

import { availableParallelism } from 'node:os';
import { writeAll } from '../base/write-all.ts';
import { bestConcurrency } from '../parallel/best-concurrency.ts';
import { collectNow, type GcReport } from '../parallel/collector.ts';
import { type MemoryBreaker, type MemoryBreakerOptions, watchMemory } from '../parallel/memory-breaker.ts';
import { invalidOption, megabytes } from '../parallel/memory-threshold.ts';
import { planOf, type SafeParallelOptions } from '../parallel/options.ts';
import { runParallel } from '../parallel/parallel-run.ts';
import {
  type CleanupOptions,
  type CleanupReport,
  cleanUp,
  isHigh,
  type ThresholdOptions,
  type WaitedForMemory,
  type WaitForMemoryOptions,
  waitBelow,
} from '../parallel/settle-memory.ts';
import type { Task, TaskResult } from '../parallel/task-result.ts';
import { thisProcess } from '../parallel/this-process.ts';
import { machineMemory } from '../platform/index.ts';

const own = thisProcess(line => writeAll(2, `seqx: ${line}\n`));

export interface OptimalConcurrencyOptions {
  /** What one task is expected to need at its peak, megabytes; 512 by default. */
  readonly memoryPerTaskMb?: number | undefined;
  /** Never more than this. */
  readonly most?: number | undefined;
}

const DEFAULT_TASK_MB = 512;

/** The rows of a list of tasks, each of its own type where the list is written out. */
export type TaskResults<Tasks extends readonly Task<unknown>[]> = {
  -readonly [Place in keyof Tasks]: Tasks[Place] extends Task<infer T> ? TaskResult<T> : never;
};

/**
 * Runs functions side by side, so many at once, and answers with one row for each, in their order. A failure
 * loses nothing of the others. Over the memory threshold tasks run one at a time until memory has fallen again.
 * @throws SeqxError SEQX_SETTING_INVALID for bad options or tasks; nothing was started then. A task that fails
 * throws nothing: see `ending` and `reason` in its row.
 */
export function safeParallel<Tasks extends readonly Task<unknown>[] | []>(
  tasks: Tasks,
  options?: SafeParallelOptions,
): Promise<TaskResults<Tasks>>;
export function safeParallel<T>(
  tasks: Iterable<Task<T>>,
  options?: SafeParallelOptions,
): Promise<TaskResult<T>[]>;
export async function safeParallel<T>(
  tasks: Iterable<Task<T>>,
  options: SafeParallelOptions = {},
): Promise<TaskResult<T>[]> {
  return runParallel(tasks, planOf(options, optimalConcurrency, own.env), own);
}

/**
 * How many tasks at once this machine has room for: by its processors, and by the memory that the system, or
 * the cgroup around us, has available. At least 1.
 * @throws SeqxError SEQX_SETTING_INVALID
 */
export function optimalConcurrency(options: OptimalConcurrencyOptions = {}): number {
  const { memoryPerTaskMb = DEFAULT_TASK_MB, most } = options;
  if (most !== undefined && !(most >= 1))
    throw invalidOption('most', most, 'a number from 1 up, such as most: 4');
  return bestConcurrency({
    cpus: availableParallelism(),
    availableBytes: machineMemory().availableBytes,
    taskBytes: megabytes(memoryPerTaskMb, 'memoryPerTaskMb', 1),
    most,
  });
}

/** Collects garbage now, where Node was started with --expose-gc; says so where it was not. */
export const forceGc = (): GcReport => collectNow(own);

/**
 * Whether this process uses more than the threshold.
 * @throws SeqxError SEQX_SETTING_INVALID
 */
export const isMemoryHigh = (options: ThresholdOptions = {}): boolean => isHigh(options, own);

/**
 * Waits until this process is not over the threshold, collecting garbage where it may.
 * @throws SeqxError SEQX_SETTING_INVALID; running out of time is an `ending`
 */
export const waitForMemory = (options: WaitForMemoryOptions = {}): Promise<WaitedForMemory> =>
  waitBelow(options, own);

/**
 * Tidies up between two pieces of work: collects garbage, and, with `timeoutMs`, waits until memory is not over
 * the threshold.
 * @throws SeqxError SEQX_SETTING_INVALID
 */
export const cleanupBetween = (options: CleanupOptions = {}): Promise<CleanupReport> => cleanUp(options, own);

/**
 * Watches the memory of this process: warns, trips once. It does not keep the process alive.
 * @throws SeqxError SEQX_SETTING_INVALID
 */
export const memoryBreaker = (options: MemoryBreakerOptions = {}): MemoryBreaker => watchMemory(options, own);
