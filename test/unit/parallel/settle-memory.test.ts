// Waiting for memory, and tidying up between two pieces of work, in a made-up process.

import { describe, expect, test } from 'vitest';
import { cleanUp, isHigh, waitBelow } from '../../../src/parallel/settle-memory.ts';
import { MadeUpProcess } from './made-up-process.ts';

const processWith = (facts: Partial<MadeUpProcess>) => Object.assign(new MadeUpProcess(), facts);

test.each([
  [100, 101, false],
  [100, 100, false],
  [101, 100, true],
  [9_999, 0, false],
])('%d MiB with a threshold of %d is high: %s', (usedMib, thresholdMb, expected) => {
  expect(isHigh({ thresholdMb }, processWith({ usedMib }))).toBe(expected);
});

describe('the wait', () => {
  test('is over at once below the threshold', async () => {
    const { ending, waitedMs } = await waitBelow({ thresholdMb: 200 }, processWith({}));
    expect([ending, waitedMs]).toEqual(['below', 0]);
  });

  test('collects garbage first', async () => {
    const own = processWith({ usedMib: 300, garbageMib: 150 });
    expect(await waitBelow({ thresholdMb: 200 }, own)).toMatchObject({ ending: 'below' });
    expect(own.collections).toBe(1);
  });

  test('ends when memory has fallen by itself', async () => {
    const own = processWith({ usedMib: 300 });
    setImmediate(() => Object.assign(own, { usedMib: 150 }));
    expect(await waitBelow({ thresholdMb: 200 }, own)).toMatchObject({ ending: 'below' });
  });

  test('gives up when its time is over', async () => {
    const own = processWith({ usedMib: 300, nowMs: () => performance.now() });
    const { ending, memory } = await waitBelow({ thresholdMb: 200, timeoutMs: 30 }, own);
    expect([ending, memory.usedBytes]).toEqual(['timeout', 300 * 2 ** 20]);
  });

  test.each([
    ['before it began', () => AbortSignal.abort()],
    ['while it lasts', () => AbortSignal.timeout(5)],
  ])('ends with an abort %s', async (_fact, signal) => {
    const own = processWith({ usedMib: 300 });
    expect(await waitBelow({ thresholdMb: 200, signal: signal() }, own)).toMatchObject({ ending: 'aborted' });
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses timeoutMs: %d', async timeoutMs => {
    await expect(waitBelow({ timeoutMs }, processWith({}))).rejects.toThrow(/^timeoutMs is/);
  });

  test('refuses what is no signal, also where nothing is waited for', async () => {
    const signal = {} as AbortSignal;
    await expect(waitBelow({ signal }, processWith({}))).rejects.toThrow(/^signal is an object; it takes an/);
  });
});

describe('the cleanup', () => {
  test('collects twice and says what was freed', async () => {
    const own = processWith({ usedMib: 300, garbageMib: 180 });
    const report = await cleanUp({ thresholdMb: 200, verbose: true }, own);
    expect(report).toMatchObject({ freedBytes: 180 * 2 ** 20, isCollected: true, isBelow: true });
    expect(own.collections).toBe(2);
    expect(own.said).toEqual(['cleanup: memory 300 MiB before, 120 MiB after, 180 MiB freed']);
  });

  test('says that it cannot collect, and that memory stays high; it waits only if told to', async () => {
    const own = processWith({ usedMib: 300 });
    const report = await cleanUp({ thresholdMb: 200, verbose: true }, own);
    expect(report).toMatchObject({ freedBytes: 0, isCollected: false, isBelow: false });
    expect(own.said).toEqual([
      'cleanup: memory 300 MiB before, 300 MiB after, 0 B freed, still over the threshold',
      'no garbage collection: start with node --expose-gc',
    ]);
  });
});
