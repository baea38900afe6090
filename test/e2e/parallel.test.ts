// safeParallel and its neighbours in processes of their own: real memory, the real collector, real ends.

import { expect, test } from 'vitest';
import { fixture, LIBRARY } from '../helpers/paths.ts';
import { Scratch, type StartOptions } from '../helpers/scratch.ts';

const MIB = 2 ** 20;

interface ProgramOptions extends StartOptions {
  readonly nodeFlags?: readonly string[];
}

async function program(script: string, { nodeFlags = ['--expose-gc'], ...options }: ProgramOptions = {}) {
  await using scratch = new Scratch();
  const words = [...nodeFlags, fixture('library.js'), LIBRARY, script];
  const ended = await scratch.start(process.execPath, words, options).ended;
  return { ...ended, lines: ended.stdout.trimEnd().split('\n') };
}

test('1,550 operations: the heap stays within 50 MB and is flat at the end', async () => {
  const { code, lines, stderr } = await program(
    `const live = [];
     const sample = () => { seqx.forceGc(); live.push(seqx.memoryUsage().heapUsedBytes); };
     const turn = () => new Promise(resolve => setImmediate(resolve));
     const task = ({ index, signal }) => {
       if (index % 31 === 0) throw new Error('at once ' + 'x'.repeat(1_000));
       signal.addEventListener('abort', () => task);
       const input = Array.from({ length: 5_000 }, (_, at) => ({ index, at }));
       return turn().then(() => {
         if (index % 17 === 0) throw new Error('later');
         return input.length;
       });
     };
     const onProgress = ({ done }) => done % 50 === 0 && sample();
     const signal = new AbortController().signal;
     const rows = await seqx.safeParallel(Array(1_550).fill(task), { concurrency: 4, signal, onProgress });
     sample();
     say(rows.filter(({ ending }) => ending === 'completed').length);
     say(rows.filter(({ ending }) => ending === 'failed').length);
     say(live);`,
  );
  expect([code, stderr]).toEqual([0, '']);
  const [completed, failed, live] = lines.map(line => JSON.parse(line));
  // Every 31st from 0 throws, every 17th of the others rejects.
  expect([completed, failed]).toEqual([1_550 - 50 - 89, 50 + 89]);
  expect(live).toHaveLength(33);
  expect(Math.max(...live) - live[0]).toBeLessThan(50 * MIB);
  const end: number[] = live.slice(-10);
  expect(Math.max(...end) - Math.min(...end)).toBeLessThan(2 * MIB);
});

test('a finished task is let go of while others still run, its result apart', async () => {
  const { lines } = await program(
    `const gone = new Promise(resolve => {
       globalThis.registry = new FinalizationRegistry(resolve);
     });
     const inputOf = name => {
       const input = { name, big: new Uint8Array(1_000_000) };
       registry.register(input, name);
       return () => input.big.length;
     };
     const collecting = async () => {
       const stop = setInterval(() => seqx.forceGc(), 10);
       say(await gone);
       clearInterval(stop);
     };
     const tasks = function* () { yield inputOf('first'); yield collecting; };
     const rows = await seqx.safeParallel(tasks(), { concurrency: 1 });
     say(rows.map(({ value }) => value ?? null));`,
  );
  expect(lines).toEqual(['first', '[1000000,null]']);
});

test('tasks that return 100 MB each: nothing is lost, and memory sends them one by one', async () => {
  const { lines, stderr } = await program(
    `let running = 0;
     const together = [];
     const task = async ({ index }) => {
       together.push(running += 1);
       await new Promise(resolve => setImmediate(resolve));
       const result = Buffer.alloc(100 * 2 ** 20, index + 1);
       running -= 1;
       return result;
     };
     const notes = [];
     const onProgress = ({ note }) => note && notes.push(note);
     const options = { concurrency: 2, memoryThresholdMb: 250, onProgress };
     const rows = await seqx.safeParallel(Array(6).fill(task), options);
     say(rows.map(({ value }) => value.length / 2 ** 20 + ' of ' + value.at(-1)));
     say(together);
     say(notes);
     say(seqx.isMemoryHigh({ thresholdMb: 600 }));`,
  );
  const [values, together, notes, isHigh] = lines.map(line => JSON.parse(line));
  expect(values).toEqual([1, 2, 3, 4, 5, 6].map(value => `100 of ${value}`));
  expect(together.slice(0, 2)).toEqual([1, 2]);
  expect(together.slice(-2)).toEqual([1, 1]);
  expect(notes).toEqual([
    expect.stringMatching(/^memory \d+ MiB is over the threshold of 250 MiB: one task/),
  ]);
  expect([isHigh, stderr]).toEqual([true, '']);
});

test('memory that was let go of is noticed: tasks run together again', async () => {
  const { lines } = await program(
    `let held = Array.from({ length: 40 }, () => Buffer.alloc(10 * 2 ** 20, 1));
     const modes = [];
     const task = ({ index }) => {
       if (index === 2) held = undefined;
       return new Promise(resolve => setTimeout(resolve, 2));
     };
     const onProgress = ({ note, isSequential }) => note && modes.push(isSequential);
     await seqx.safeParallel(Array(200).fill(task), { concurrency: 4, memoryThresholdMb: 300, onProgress });
     say([held === undefined, modes]);`,
  );
  expect(JSON.parse(lines[0] ?? '')).toEqual([true, [true, false]]);
});

test('rejects, throws at once, never settles: an abort brings an answer for each', async () => {
  const { code, lines, stderr } = await program(
    `const stop = new AbortController();
     const tasks = [
       () => Promise.reject(new Error('rejected')),
       () => { throw new Error('thrown'); },
       () => new Promise(() => {}),
       () => 'well',
       () => { stop.abort(new Error('enough')); return new Promise(() => {}); },
       () => say('never'),
     ];
     const rows = await seqx.safeParallel(tasks, { concurrency: 2, signal: stop.signal });
     for (const { ending, value, reason } of rows) say([ending, value ?? reason.message].join(': '));`,
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(lines).toEqual([
    'failed: rejected',
    'failed: thrown',
    'abandoned: enough',
    'completed: well',
    'abandoned: enough',
    'not-started: enough',
  ]);
});

test('a signal that runs out brings the answer, though nothing else keeps the program alive', async () => {
  const { code, lines } = await program(
    `const signal = AbortSignal.timeout(300);
     const [row] = await seqx.safeParallel([() => new Promise(() => {})], { signal });
     say([row.ending, row.reason.name].join(': '));`,
  );
  expect([code, lines]).toEqual([0, ['abandoned: TimeoutError']]);
});

test('verbose speaks on stderr, each line marked; without --expose-gc it says how to get it', async () => {
  const { stdout, stderr } = await program(
    `await seqx.safeParallel([() => 1], { verbose: true, concurrency: 1 });
     await seqx.cleanupBetween({ verbose: true });
     say(seqx.forceGc());`,
    { nodeFlags: [] },
  );
  expect(stderr.trimEnd().split('\n')).toEqual([
    'seqx: no garbage collection between batches: start with node --expose-gc',
    expect.stringMatching(
      /^seqx: task 0 completed after \d+ms; 1 of 1 done, 0 running, memory \d+(\.\d)? MiB$/,
    ),
    expect.stringMatching(/^seqx: cleanup: memory .* before, .* after, .* freed$/),
    'seqx: no garbage collection: start with node --expose-gc',
  ]);
  const hint = 'start with node --expose-gc';
  expect(JSON.parse(stdout)).toEqual({ isCollected: false, freedBytes: 0, durationMs: 0, hint });
});

test('cleanupBetween frees what is no longer used, and says how much', async () => {
  const { lines } = await program(
    `let held = Array.from({ length: 20 }, () => Buffer.alloc(10 * 2 ** 20, 1));
     held.length = 0;
     const { freedBytes, isCollected, isBelow, after } = await seqx.cleanupBetween();
     say([freedBytes / 2 ** 20, isCollected, isBelow, after.usedBytes / 2 ** 20]);`,
  );
  const [freedMib, isCollected, isBelow, afterMib] = JSON.parse(lines[0] ?? '');
  expect(freedMib).toBeGreaterThan(190);
  expect(afterMib).toBeLessThan(190);
  expect([isCollected, isBelow]).toEqual([true, true]);
});

test('forceGc is over only when the memory is free, which another thread sees to', async () => {
  const { lines } = await program(
    `const held = Array.from({ length: 20 }, () => Buffer.alloc(10 * 2 ** 20, 1));
     held.length = 0;
     const { isCollected, freedBytes } = seqx.forceGc();
     say([isCollected, freedBytes / 2 ** 20, seqx.memoryUsage().rssBytes / 2 ** 20]);`,
  );
  const [isCollected, freedMib, rssMib] = JSON.parse(lines[0] ?? '');
  expect(isCollected).toBe(true);
  expect(freedMib).toBeGreaterThan(190);
  expect(rssMib).toBeLessThan(190);
});

test.each([
  ['SEQX_MEMORY_THRESHOLD', { SEQX_MEMORY_THRESHOLD: '1M' }],
  ['MEMORY_THRESHOLD', { MEMORY_THRESHOLD: '1' }],
])('%s is the threshold of every function that was given none', async (_name, env) => {
  const { lines } = await program(
    `const rows = [];
     await seqx.safeParallel([() => 1], { onProgress: ({ isSequential }) => rows.push(isSequential) });
     const { isBelow } = await seqx.cleanupBetween();
     const { ending } = await seqx.waitForMemory({ timeoutMs: 1 });
     say([rows[0], isBelow, ending, seqx.isMemoryHigh()]);`,
    { env },
  );
  expect(JSON.parse(lines[0] ?? '')).toEqual([true, false, 'timeout', true]);
});

test('a malformed threshold is an error that names where it came from', async () => {
  const { lines } = await program(
    `await seqx.safeParallel([() => say('ran')]).catch(({ code, message }) => say([code, message]));`,
    { env: { MEMORY_THRESHOLD: 'much' } },
  );
  expect(JSON.parse(lines[0] ?? '')).toEqual([
    'SEQX_SETTING_INVALID',
    expect.stringMatching(/^MEMORY_THRESHOLD is "much"; it takes a size/),
  ]);
});

test('optimalConcurrency fits this machine, and falls with what a task needs', async () => {
  const { lines } = await program(
    `const { availableParallelism } = await import('node:os');
     const all = seqx.optimalConcurrency({ memoryPerTaskMb: 1 });
     say([all === availableParallelism(), seqx.optimalConcurrency({ memoryPerTaskMb: 2 ** 30 })]);`,
  );
  expect(JSON.parse(lines[0] ?? '')).toEqual([true, 1]);
});

test('memoryBreaker warns, trips, and its signal ends safeParallel', async () => {
  const { lines } = await program(
    `const limitMb = Math.round(seqx.memoryUsage().usedBytes / 2 ** 20) + 300;
     const onWarn = () => say('warn');
     const onTrip = ({ by }) => say('trip ' + by);
     const breaker = seqx.memoryBreaker({ warnMb: limitMb - 150, limitMb, onWarn, onTrip });
     const kept = [];
     const grow = () => {
       kept.push(Buffer.alloc(10 * 2 ** 20, 1));
       return new Promise(resolve => setTimeout(resolve, 10));
     };
     const rows = await seqx.safeParallel(Array(500).fill(grow), { concurrency: 1, signal: breaker.signal });
     say(rows.at(-1).ending + ' ' + rows.at(-1).reason.code);
     say([breaker.isTripped, kept.length < 100]);`,
  );
  expect(lines).toEqual(['warn', 'trip process', 'not-started SEQX_MEMORY_TRIPPED', '[true,true]']);
});

test('a breaker sees a heap that V8 is about to give up on', async () => {
  const { code, lines } = await program(
    `const breaker = seqx.memoryBreaker({ onTrip: ({ by }) => say('trip ' + by) });
     const kept = [];
     while (!breaker.isTripped) {
       for (let at = 0; at < 4; at++) kept.push(new Array(10_000).fill({}));
       await new Promise(resolve => setTimeout(resolve, 1));
     }
     kept.length = 0;
     say(breaker.signal.reason.message.replace(/[\\d.]+ [MG]iB/g, 'N'));`,
    { nodeFlags: ['--max-old-space-size=200'] },
  );
  expect([code, ...lines]).toEqual([0, 'trip heap', 'the heap of this process is N; its limit is N']);
});

test('a breaker sees it, too, where the young generation is large, and V8 tells of 248 MiB', async () => {
  const { code, lines } = await program(
    `const kept = [];
     const breaker = seqx.memoryBreaker({
       onTrip: ({ by, memory }) => say('trip ' + by + ' ' + (memory.heapUsedBytes < 200 * 2 ** 20)),
     });
     while (!breaker.isTripped) {
       for (let at = 0; at < 4; at++) kept.push(new Array(10_000).fill({}));
       await new Promise(resolve => setTimeout(resolve, 1));
     }
     kept.length = 0;`,
    // With a larger young generation still, V8 may give up before (docs/library.md).
    { nodeFlags: ['--max-old-space-size=200', '--max-semi-space-size=16'] },
  );
  expect([code, ...lines]).toEqual([0, 'trip heap true']);
});

test('neither a breaker nor a finished safeParallel keeps a program alive', async () => {
  const { code, stdout } = await program(
    `seqx.memoryBreaker();
     await seqx.safeParallel([() => 1], { signal: new AbortController().signal });
     say('over');`,
  );
  expect([code, stdout]).toEqual([0, 'over\n']);
});
