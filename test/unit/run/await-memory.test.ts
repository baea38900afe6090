// When memory is back, and how long it is waited for. A clock of the test's own.

import { expect, test } from 'vitest';
import type { Clock } from '../../../src/base/ports.ts';
import { Stop } from '../../../src/base/stop.ts';
import { awaitMemory, isBack, type MemoryLevel, memoryOf } from '../../../src/run/await-memory.ts';

const level = (usedBytes: number, availableBytes = 500, cgroupLimitBytes?: number): MemoryLevel => ({
  usedBytes,
  machine: { totalBytes: 1_000, availableBytes, cgroupLimitBytes },
});

test.each([
  ['below the limit', level(99), 100, true],
  ['at the limit', level(100), 100, true],
  ['over the limit', level(101), 100, false],
  ['over no limit', level(999), 0, true],
  ['below the limit, on a machine that is short', level(1, 49), 100, false],
  ['below the limit, with just enough left', level(1, 50), 100, true],
  ['in a small container, where little is enough', level(1, 10, 200), 100, true],
  ['over no limit, on a machine that is short', level(1, 49), 0, false],
])('memory is back: %s', (_what, seen, limitBytes, expected) => {
  expect(isBack(seen, limitBytes)).toBe(expected);
});

test.each([
  [1_000, undefined, 1_000],
  [1_000, 400, 400],
  [1_000, 4_000, 1_000],
])('of %i with a limit of %j there are %i', (totalBytes, cgroupLimitBytes, expected) => {
  expect(memoryOf({ totalBytes, availableBytes: 0, cgroupLimitBytes })).toBe(expected);
});

/** Time goes on only while somebody waits. */
class TestClock implements Pick<Clock, 'nowNs' | 'after'> {
  ms = 0;
  nowNs(): bigint {
    return BigInt(this.ms * 1e6);
  }
  after(ms: number, action: () => void): () => void {
    const timer = setImmediate(() => {
      this.ms += ms;
      action();
    });
    return () => clearImmediate(timer);
  }
}

async function wait(used: (ms: number) => number, timeoutMs: number, stop = new Stop()) {
  const clock = new TestClock();
  const looks: number[] = [];
  const look = async () => {
    looks.push(clock.ms);
    return level(used(clock.ms));
  };
  const world = {
    clock: { ...clock, wallMs: () => 0, nowNs: () => clock.nowNs(), after: clock.after.bind(clock) },
    stop,
  };
  const told: number[] = [];
  const waited = await awaitMemory(look, { limitBytes: 100, timeoutMs }, world, ({ waitedMs }) =>
    told.push(waitedMs),
  );
  return { ...waited, looks, told };
}

test('looks once where memory is back already', async () => {
  expect(await wait(() => 0, 1_000)).toMatchObject({ isBack: true, waitedMs: 0, looks: [0], told: [] });
});

test('looks after ever longer pauses, at most a second', async () => {
  const { isBack: back, looks, told } = await wait(ms => (ms < 3_000 ? 200 : 0), 60_000);
  expect([back, looks]).toEqual([true, [0, 50, 150, 350, 750, 1_550, 2_550, 3_550]]);
  expect(told).toEqual(looks.slice(0, -1));
});

test('gives up at the timeout, and not before', async () => {
  expect(await wait(() => 200, 400)).toMatchObject({
    isBack: false,
    waitedMs: 400,
    looks: [0, 50, 150, 350, 400],
  });
  expect(await wait(() => 200, 0)).toMatchObject({ isBack: false, waitedMs: 0, looks: [0] });
});

test('a request to stop ends the wait', async () => {
  const stop = new Stop();
  const { isBack: back, looks } = await wait(
    ms => {
      if (ms >= 150) stop.request({ kind: 'signal', signal: 'SIGINT' });
      return 200;
    },
    60_000,
    stop,
  );
  expect([back, looks]).toEqual([false, [0, 50, 150]]);
});
