// Many tasks and one answer: order, failures, aborts, and the way to one at a time and back. Tasks are released
// by the test, memory is made up.

import { describe, expect, test } from 'vitest';
import { type ParallelProgress, planOf, type SafeParallelOptions } from '../../../src/parallel/options.ts';
import { runParallel } from '../../../src/parallel/parallel-run.ts';
import type { Task } from '../../../src/parallel/task-result.ts';
import { until } from '../../helpers/until.ts';
import { MadeUpProcess } from './made-up-process.ts';

const run = <T>(tasks: Iterable<Task<T>>, options: SafeParallelOptions = {}, own = new MadeUpProcess()) =>
  runParallel(
    tasks,
    planOf({ concurrency: 2, ...options }, () => 2, own.env),
    own,
  );

/** Tasks that end when they are told, and what has happened to them so far. */
class Puppets {
  readonly started: number[] = [];
  readonly #ends = new Map<number, (value: string) => void>();

  make(count: number): Task<string>[] {
    return Array.from({ length: count }, () => ({ index }) => {
      this.started.push(index);
      return new Promise<string>(resolve => this.#ends.set(index, resolve));
    });
  }

  async end(index: number): Promise<void> {
    const end = await until(`task ${index} is started`, () => this.#ends.get(index));
    end(`result ${index}`);
  }

  startedInAll = (count: number) => until(`${count} tasks are started`, () => this.started.length >= count);
}

const endings = (rows: readonly { readonly ending: string }[]) => rows.map(({ ending }) => ending);
const never = () => new Promise<never>(() => {});
const boom = new Error('boom');

describe('the answer', () => {
  test('has a row for every task in the order given, whatever the order of their ends', async () => {
    const puppets = new Puppets();
    const answer = run(puppets.make(4), { concurrency: 4 });
    for (const index of [2, 0, 3, 1]) await puppets.end(index);
    expect(await answer).toMatchObject(
      [0, 1, 2, 3].map(index => ({ status: 'fulfilled', ending: 'completed', value: `result ${index}` })),
    );
  });

  test('keeps every other result when one rejects and one throws at once', async () => {
    const rows = await run<string>([
      () => 'a',
      () => Promise.reject(boom),
      () => {
        throw boom;
      },
      async () => 'd',
    ]);
    expect(endings(rows)).toEqual(['completed', 'failed', 'failed', 'completed']);
    expect(rows[1]).toMatchObject({ status: 'rejected', reason: boom });
    expect(rows[2]).toMatchObject({ status: 'rejected', reason: boom });
  });

  test('reads like the answer of Promise.allSettled', async () => {
    const rows: PromiseSettledResult<number>[] = await run([() => 1, () => Promise.reject(boom)]);
    const values = rows.flatMap(row => (row.status === 'fulfilled' ? row.value : []));
    expect(values).toEqual([1]);
  });

  test('says how long each ran', async () => {
    const [row] = await run([() => new Promise(resolve => setTimeout(resolve, 20))]);
    expect(row?.durationMs).toBeGreaterThan(15);
  });

  test('is empty for no tasks, and takes any iterable', async () => {
    expect(await run([])).toEqual([]);
    const tasks = new Set([() => 1, () => 2]);
    expect(await run(tasks)).toMatchObject([{ value: 1 }, { value: 2 }]);
  });

  test('outlives reasons that have no words, also when it speaks of them', async () => {
    const rows = await run([() => Promise.reject(Object.create(null)), () => 1], { verbose: true });
    expect(endings(rows)).toEqual(['failed', 'completed']);
  });
});

test('each task is told its index and has a signal of its own', async () => {
  const told: { index: number; signal: AbortSignal }[] = [];
  await run(Array.from({ length: 3 }, () => context => void told.push(context)));
  expect(told.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(new Set(told.map(({ signal }) => signal)).size).toBe(3);
});

test('never runs more at once than asked for', async () => {
  let running = 0;
  let most = 0;
  const task = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(resolve => setImmediate(resolve));
    running -= 1;
  };
  await run(Array<Task<void>>(50).fill(task), { concurrency: 3 });
  expect(most).toBe(3);
});

describe('failFast', () => {
  test('starts no further task, lets the running end, and names those that were not started', async () => {
    const puppets = new Puppets();
    const [first, second, third] = puppets.make(3) as [Task<string>, Task<string>, Task<string>];
    const answer = run([first, () => Promise.reject(boom), second, third], { failFast: true });
    await puppets.startedInAll(1);
    await puppets.end(0);
    const rows = await answer;
    expect(endings(rows)).toEqual(['completed', 'failed', 'not-started', 'not-started']);
    expect(puppets.started).toEqual([0]);
    const reason = {
      code: 'SEQX_TASK_UNSTARTED',
      cause: boom,
      message: expect.stringMatching(/task 1 failed/),
    };
    expect(rows[2]).toMatchObject({ status: 'rejected', reason, durationMs: 0 });
  });

  test('without it everybody gets a turn', async () => {
    const rows = await run([() => Promise.reject(boom), () => 1, () => 2], { concurrency: 1 });
    expect(endings(rows)).toEqual(['failed', 'completed', 'completed']);
  });
});

describe('an abort', () => {
  test('answers although tasks never settle, and says which were never started', async () => {
    const stop = new AbortController();
    const rows = run<string>([() => 'done', never, never, () => 'late'], { signal: stop.signal });
    setImmediate(() => stop.abort(boom));
    expect(endings(await rows)).toEqual(['completed', 'abandoned', 'abandoned', 'not-started']);
    expect((await rows).slice(1)).toMatchObject(Array(3).fill({ status: 'rejected', reason: boom }));
  });

  test('reaches the tasks, whose own last words count', async () => {
    const stop = new AbortController();
    const listening: Task<string> = ({ signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        if (signal.aborted) resolve('too late');
      });
    const tidying: Task<string> = ({ signal }) =>
      new Promise(resolve => {
        signal.addEventListener('abort', () => setImmediate(() => resolve('tidied up')));
      });
    const rows = run([listening, tidying, listening], { signal: stop.signal });
    setImmediate(() => stop.abort(boom));
    expect(await rows).toMatchObject([
      { ending: 'failed', reason: boom },
      { ending: 'completed', value: 'tidied up' },
      { ending: 'not-started', reason: boom },
    ]);
  });

  test('before the first task starts none', async () => {
    const rows = await run([() => 1, () => 2], { signal: AbortSignal.abort(boom) });
    expect(endings(rows)).toEqual(['not-started', 'not-started']);
  });

  test('after the last changes nothing, and nobody listens any more', async () => {
    const stop = new AbortController();
    const told: AbortSignal[] = [];
    const rows = await run([({ signal }) => void told.push(signal)], { signal: stop.signal });
    stop.abort();
    expect([endings(rows), told[0]?.aborted]).toEqual([['completed'], false]);
  });

  test('a task that ends after it was given up changes nothing, and nobody is told', async () => {
    const own = new MadeUpProcess();
    own.garbageMib = 0;
    const stop = new AbortController();
    let fail = () => {};
    const task = () =>
      new Promise<never>((_resolve, reject) => {
        fail = () => reject(boom);
      });
    let told = 0;
    const onProgress = () => {
      told += 1;
    };
    const options = { concurrency: 1, signal: stop.signal, onProgress, verbose: true };
    const rows = run([task], options, own);
    setImmediate(() => stop.abort());
    await rows;
    const before = [told, own.collections, own.said.length];
    fail();
    await new Promise(resolve => setImmediate(resolve));
    await new Promise(resolve => setImmediate(resolve));
    expect(endings(await rows)).toEqual(['abandoned']);
    expect([told, own.collections, own.said.length]).toEqual(before);
  });
});

describe('over the memory threshold', () => {
  test('tasks run one at a time, and together again when memory has fallen', async () => {
    const own = new MadeUpProcess();
    const puppets = new Puppets();
    const seen: ParallelProgress[] = [];
    const onProgress = (progress: ParallelProgress) => void seen.push(progress);
    const answer = run(puppets.make(6), { memoryThresholdMb: 200, onProgress, verbose: true }, own);
    await puppets.startedInAll(2);
    own.usedMib = 201;
    await puppets.end(0);
    await until('the fallback is told', () => seen.some(({ isSequential }) => isSequential));
    expect(puppets.started).toEqual([0, 1]);
    await puppets.end(1);
    await puppets.startedInAll(3);
    own.usedMib = 185;
    await puppets.end(2);
    await puppets.startedInAll(4);
    expect(puppets.started).toEqual([0, 1, 2, 3]);
    // Nothing ends meanwhile: the way back is found all the same.
    own.usedMib = 150;
    await puppets.startedInAll(5);
    for (const index of [3, 4, 5]) await puppets.end(index);
    expect(endings(await answer)).toEqual(Array(6).fill('completed'));
    expect(own.said.filter(line => line.includes('threshold'))).toEqual([
      'memory 201 MiB is over the threshold of 200 MiB: one task at a time',
      'memory 150 MiB is below the threshold of 200 MiB again: tasks run together',
    ]);
    expect(seen.filter(({ note }) => note?.includes('threshold')).map(one => one.isSequential)).toEqual([
      true,
      false,
    ]);
  });

  test('from the beginning: the first tasks, too, run one at a time', async () => {
    const own = new MadeUpProcess();
    own.env = { MEMORY_THRESHOLD: '50' };
    const puppets = new Puppets();
    const answer = run(puppets.make(3), {}, own);
    for (const index of [0, 1, 2]) {
      await puppets.startedInAll(index + 1);
      expect(puppets.started).toHaveLength(index + 1);
      await puppets.end(index);
    }
    await answer;
  });

  test('garbage is collected first, where it can be, and slows nobody down', async () => {
    const own = new MadeUpProcess();
    Object.assign(own, { usedMib: 300, garbageMib: 150 });
    const notes: (string | undefined)[] = [];
    await run([() => 1], { memoryThresholdMb: 200, onProgress: ({ note }) => notes.push(note) }, own);
    expect(notes.filter(note => note !== undefined)).toEqual([]);
  });
});

describe('the collector', () => {
  const tasks = Array<Task<number>>(6).fill(() => 1);

  test('is called once a batch', async () => {
    const own = new MadeUpProcess();
    own.garbageMib = 0;
    await run(tasks, { concurrency: 3 }, own);
    expect(own.collections).toBe(2);
  });

  test('rests nine times as long as it took', async () => {
    const own = new MadeUpProcess();
    Object.assign(own, { garbageMib: 0, collectMs: 10 });
    const slow: Task<void> = () => {
      own.clockMs += 30;
    };
    await run(Array<Task<void>>(9).fill(slow), { concurrency: 1 }, own);
    expect(own.collections).toBe(3);
  });

  test('is left alone with forceGc: false, and nothing is said of it', async () => {
    const own = new MadeUpProcess();
    own.garbageMib = 0;
    await run(tasks, { forceGc: false, verbose: true }, own);
    expect([own.collections, own.said.join().includes('--expose-gc')]).toEqual([0, false]);
  });

  test('that cannot be called is spoken of once', async () => {
    const own = new MadeUpProcess();
    const notes: string[] = [];
    await run(tasks, { verbose: true, onProgress: ({ note }) => note && notes.push(note) }, own);
    expect(notes).toEqual(['no garbage collection between batches: start with node --expose-gc']);
    expect(own.said[0]).toBe(notes[0]);
  });
});

describe('progress', () => {
  test('is told at the beginning and after each task', async () => {
    const seen: [number, number][] = [];
    const onProgress = ({ done, total }: ParallelProgress) => void seen.push([done, total]);
    await run([() => 1, () => Promise.reject(boom), () => 3], { concurrency: 1, onProgress });
    expect(seen).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test('a listener that throws decides nothing', async () => {
    const onProgress = () => {
      throw boom;
    };
    expect(endings(await run([() => 1, () => 2], { onProgress }))).toEqual(['completed', 'completed']);
  });

  test('a listener that rejects decides nothing, and ends no program', async () => {
    const unheard: unknown[] = [];
    const listen = (reason: unknown) => void unheard.push(reason);
    process.on('unhandledRejection', listen);
    const onProgress = () => Promise.reject(boom);
    expect(endings(await run([() => 1, () => 2], { onProgress }))).toEqual(['completed', 'completed']);
    await new Promise(resolve => setImmediate(resolve));
    process.off('unhandledRejection', listen);
    expect(unheard).toEqual([]);
  });
});

describe('words', () => {
  test('are said only when asked for', async () => {
    const own = new MadeUpProcess();
    await run([() => Promise.reject(boom)], { memoryThresholdMb: 1 }, own);
    expect(own.said).toEqual([]);
  });

  test('tell of each task, cleaned, and of those that were not started', async () => {
    const own = new MadeUpProcess();
    own.garbageMib = 0;
    const bad = () => Promise.reject(new Error('bo\u001b[31mom'));
    await run([bad, () => 1, () => 2], { concurrency: 1, failFast: true, verbose: true }, own);
    expect(own.said).toEqual([
      expect.stringMatching(
        /^task 0 failed after \d+ms: bo \[31mom; 1 of 3 done, 0 running, memory 100 MiB$/,
      ),
      'not started: 1, 2',
    ]);
  });
});

test.each([
  ['concurrency: 0', { concurrency: 0 }, [], /^concurrency is 0; it takes a whole number from 1 up/],
  ['concurrency: 1.5', { concurrency: 1.5 }, [], /^concurrency is 1.5;/],
  [
    'a promise among the tasks',
    {},
    [() => 1, Promise.resolve(1)],
    /^tasks\[1\] is an object; it takes a function/,
  ],
  ['no signal', { signal: {} as AbortSignal }, [], /^signal is an object; it takes an AbortSignal, such as/],
  ['no function', { onProgress: 'say' as never }, [], /^onProgress is "say"; it takes a function$/],
  ['no list', {}, 7, /^tasks is 7; it takes a list of functions/],
])('%s is refused before anything starts', async (_fact, options, tasks, message) => {
  const refused = (async () => run(tasks as unknown as Task<number>[], options))();
  await expect(refused).rejects.toMatchObject({
    code: 'SEQX_SETTING_INVALID',
    message: expect.stringMatching(message),
  });
});
