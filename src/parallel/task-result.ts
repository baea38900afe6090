// What became of one task. Every row is a PromiseSettledResult too, so that whatever reads the answer of
// Promise.allSettled reads this one.

import { messageOf, SeqxError } from '../base/errors.ts';
import { cleanText } from '../base/text.ts';
import { formatDuration } from '../base/units.ts';

/** What a task is told. */
export interface TaskContext {
  /** Its place among the tasks, from 0. */
  readonly index: number;
  /** Aborts with `safeParallel`'s own signal, and with its reason. A task that listens can end at once. */
  readonly signal: AbortSignal;
}

export type Task<T> = (context: TaskContext) => Promise<T> | T;

export interface CompletedTask<T> extends PromiseFulfilledResult<T> {
  readonly ending: 'completed';
  readonly durationMs: number;
}

export interface FailedTask extends PromiseRejectedResult {
  /**
   * `failed`: it threw or rejected with `reason`. `abandoned`: it ran when the signal aborted and had not
   * settled 100 ms later; whatever it does now is ignored. `not-started`: the signal aborted, or a task failed
   * with `failFast`, before its turn came.
   */
  readonly ending: 'failed' | 'abandoned' | 'not-started';
  /** How long it ran; 0 for one that was not started. */
  readonly durationMs: number;
}

export type TaskResult<T> = CompletedTask<T> | FailedTask;

/** Calls a task and waits for it; a synchronous throw is a rejection like any other. */
export async function settled<T>(task: Task<T>, context: TaskContext): Promise<TaskResult<T>> {
  const startedMs = performance.now();
  const durationMs = () => performance.now() - startedMs;
  try {
    const value = await task(context);
    return { status: 'fulfilled', ending: 'completed', value, durationMs: durationMs() };
  } catch (reason) {
    letGo(reason);
    return { status: 'rejected', ending: 'failed', reason, durationMs: durationMs() };
  }
}

/**
 * Until somebody reads `stack`, an error keeps the functions of its frames with all that those had in reach:
 * 1,550 tasks of 200 kB input, one in 17 failing, kept 21 MB that way, and next to nothing once it was read.
 */
function letGo(reason: unknown): void {
  try {
    let error = reason;
    for (let depth = 0; error instanceof Error && depth < DEEPEST_CAUSE; depth += 1) {
      void error.stack;
      error = error.cause;
    }
  } catch {
    // a getter of its own that throws: its own affair
  }
}

const DEEPEST_CAUSE = 8;

export const unsettled = (
  ending: 'abandoned' | 'not-started',
  reason: unknown,
  durationMs = 0,
): FailedTask => ({ status: 'rejected', ending, reason, durationMs });

/** The reason of those that `failFast` did not start. */
export const notStartedAfter = (index: number, cause: unknown): SeqxError =>
  new SeqxError(
    'SEQX_TASK_UNSTARTED',
    `not started: task ${index} failed, and failFast starts no further ones`,
    undefined,
    { cause },
  );

/** `task 3 failed after 1.2s: no such file`. */
export function endedText(index: number, result: TaskResult<unknown>): string {
  const why = result.status === 'rejected' ? `: ${reasonText(result.reason)}` : '';
  return `task ${index} ${result.ending} after ${formatDuration(result.durationMs)}${why}`;
}

/** `not started: 4, 5`: a line for each way not to have ended. */
export const notDoneTexts = (rows: readonly TaskResult<unknown>[]): string[] =>
  (['abandoned', 'not-started'] as const).flatMap(ending => {
    const tasks = rows.flatMap((row, index) => (row.ending === ending ? index : []));
    return tasks.length > 0 ? `${ending.replace('-', ' ')}: ${cleanText(tasks.join(', '))}` : [];
  });

/** Anything may be thrown, even what refuses to become a text. */
function reasonText(reason: unknown): string {
  try {
    return cleanText(messageOf(reason));
  } catch {
    return 'a reason without words';
  }
}
