// Many tasks in one process: so many at once, one at a time while memory is short, and an answer for each.
// Promises: every task has a row, in the order given; no failure loses another's result; a task that has ended
// is let go of, result apart; and once the signal has aborted, no task that never settles keeps anybody waiting.

import { type Cancel, firstOf } from '../base/wake.ts';
import { Collector } from './collector.ts';
import { formatMemory } from './format-memory.ts';
import { type Limiter, limiter } from './limiter.ts';
import { MemoryMode } from './memory-mode.ts';
import { checkedTasks, type ParallelPlan, type ParallelProgress } from './options.ts';
import {
  endedText,
  notDoneTexts,
  notStartedAfter,
  settled,
  type Task,
  type TaskResult,
  unsettled,
} from './task-result.ts';
import { GC_HINT, type MemoryUsage, type OwnProcess } from './this-process.ts';

/** How long those that run may take to end by themselves once they were told. */
const ABORT_GRACE_MS = 100;
/** How often memory is looked at while nothing ends: a long task may hold up the way back. */
const LOOK_MS = 200;

/** @throws SeqxError SEQX_SETTING_INVALID when `tasks` holds something else than functions */
export async function runParallel<T>(
  tasks: Iterable<Task<T>>,
  plan: ParallelPlan,
  own: OwnProcess,
): Promise<TaskResult<T>[]> {
  const open = checkedTasks(tasks);
  return new ParallelRun(open, plan, own, await limiter(plan.concurrency)).results();
}

interface Running {
  readonly controller: AbortController;
  readonly startedMs: number;
}

class ParallelRun<T> {
  readonly #plan: ParallelPlan;
  readonly #own: OwnProcess;
  readonly #limit: Limiter;
  readonly #collector: Collector | undefined;
  readonly #mode: MemoryMode;
  readonly #running = new Map<number, Running>();
  readonly #total: number;
  /** A task leaves its place when it starts, so that nothing here keeps it from then on. */
  #tasks: (Task<T> | undefined)[];
  #results: (TaskResult<T> | undefined)[];
  #done = 0;
  #inBatch = 0;
  /** Why nothing starts any more. */
  #stopped: { readonly reason: unknown } | undefined;
  #isOver = false;

  constructor(tasks: (Task<T> | undefined)[], plan: ParallelPlan, own: OwnProcess, limit: Limiter) {
    this.#tasks = tasks;
    this.#total = tasks.length;
    this.#results = tasks.map(() => undefined);
    this.#plan = plan;
    this.#own = own;
    this.#limit = limit;
    this.#collector = plan.collects && own.canCollect() ? new Collector(own) : undefined;
    this.#mode = new MemoryMode(own, plan.thresholdBytes, this.#collector);
  }

  async results(): Promise<TaskResult<T>[]> {
    const isDeaf = this.#plan.collects && this.#collector === undefined;
    this.#look('tell', isDeaf ? `no garbage collection between batches: ${GC_HINT}` : undefined);
    const looking = setInterval(() => this.#look('tell changes'), LOOK_MS);
    // A signal is to bring an answer, and one of AbortSignal.timeout() does not keep its program alive by itself.
    if (!this.#plan.signal) looking.unref();
    const one = (index: number) => this.#one(index);
    const work = Promise.all(this.#results.map((_none, index) => this.#limit(one, index)));
    await firstOf([
      done => {
        void work.then(done);
        return () => {};
      },
      done => this.#whenAborted(done),
    ]);
    clearInterval(looking);
    return this.#close();
  }

  /** One task, or nothing where it may not start any more; never throws. */
  async #one(index: number): Promise<void> {
    const task = this.#tasks[index];
    this.#tasks[index] = undefined;
    if (task === undefined || this.#stopped) return;
    // A signal for each task: what a task leaves listening to it goes with the task, not with the caller's.
    const controller = new AbortController();
    this.#running.set(index, { controller, startedMs: performance.now() });
    const result = await settled(task, { signal: controller.signal, index });
    if (this.#isOver) return;
    this.#running.delete(index);
    this.#results[index] = result;
    if (result.ending === 'failed' && this.#plan.failFast) {
      this.#stopped ??= { reason: notStartedAfter(index, result.reason) };
    }
    await this.#between();
    if (this.#isOver) return;
    // Only now: so each number is told once, whoever else ended during the pause.
    this.#done += 1;
    this.#sayEnded(index, result, this.#look('tell'));
  }

  /** At the end of a batch the collector gets its turn, and so does the rest of the program. */
  async #between(): Promise<void> {
    this.#inBatch += 1;
    if (this.#inBatch < this.#limit.concurrency) return;
    this.#inBatch = 0;
    this.#collector?.collect();
    await new Promise(resolve => setImmediate(resolve));
  }

  #look(telling: 'tell' | 'tell changes', note?: string): MemoryUsage {
    const { memory, change } = this.#mode.look();
    const { isSequential } = this.#mode;
    const concurrency = isSequential ? 1 : this.#plan.concurrency;
    if (this.#limit.concurrency !== concurrency) this.#limit.concurrency = concurrency;
    const notes = [note, change].filter(text => text !== undefined);
    for (const text of notes) this.#say(text);
    if (telling === 'tell' || change !== undefined) {
      this.#tell({
        done: this.#done,
        total: this.#total,
        running: this.#running.size,
        memory,
        isSequential,
        ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
      });
    }
    return memory;
  }

  /** A listener that throws, or rejects, must not decide what becomes of the tasks: its own affair. */
  #tell(progress: ParallelProgress): void {
    try {
      const told: unknown = this.#plan.onProgress?.(progress);
      if (told instanceof Promise) told.catch(() => {});
    } catch {}
  }

  /** From the abort on nothing starts; those that run are told, and waited for a moment longer. */
  #whenAborted(done: () => void): Cancel {
    const { signal } = this.#plan;
    if (!signal) return () => {};
    let grace: ReturnType<typeof setTimeout> | undefined;
    const onAbort = () => {
      this.#stopped ??= { reason: signal.reason };
      grace = setTimeout(done, ABORT_GRACE_MS);
      for (const { controller } of this.#running.values()) controller.abort(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    return () => {
      signal.removeEventListener('abort', onAbort);
      clearTimeout(grace);
    };
  }

  /** A row for everybody. What still runs may do so, unheard, and holds on to nothing of ours. */
  #close(): TaskResult<T>[] {
    this.#isOver = true;
    this.#limit.clearQueue();
    const rows = this.#results.map((result, index) => result ?? this.#unsettled(index));
    this.#results = [];
    this.#tasks = [];
    for (const text of notDoneTexts(rows)) this.#say(text);
    return rows;
  }

  #unsettled(index: number): TaskResult<T> {
    const running = this.#running.get(index);
    if (!running) return unsettled('not-started', this.#stopped?.reason);
    return unsettled('abandoned', this.#plan.signal?.reason, performance.now() - running.startedMs);
  }

  #sayEnded(index: number, result: TaskResult<T>, memory: MemoryUsage): void {
    if (!this.#plan.isVerbose) return;
    const now = `${this.#running.size} running, memory ${formatMemory(memory.usedBytes)}`;
    this.#say(`${endedText(index, result)}; ${this.#done} of ${this.#total} done, ${now}`);
  }

  #say(text: string): void {
    if (this.#plan.isVerbose) this.#own.say(text);
  }
}
