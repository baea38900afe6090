// The breaker in a made-up process, with made-up timers.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type MemoryAlarm,
  type MemoryBreakerOptions,
  watchMemory,
} from '../../../src/parallel/memory-breaker.ts';
import { MadeUpProcess } from './made-up-process.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched(options: MemoryBreakerOptions = {}, facts: Partial<MadeUpProcess> = {}) {
  const own = Object.assign(new MadeUpProcess(), facts);
  const heard: string[] = [];
  const note = (name: string) => (alarm: MemoryAlarm) => void heard.push(`${name} by ${alarm.by}`);
  const all = { warnMb: 800, limitMb: 1_000, onWarn: note('warn'), onTrip: note('trip'), ...options };
  const breaker = watchMemory(all, own);
  const become = (usedMib: number) => {
    own.usedMib = usedMib;
    vi.advanceTimersByTime(1_000);
  };
  return { own, heard, breaker, become };
}

test('warns once, again after memory fell clearly, trips once, and looks no more', () => {
  const { heard, breaker, become } = watched();
  for (const usedMib of [500, 810, 900, 790, 810]) become(usedMib);
  expect(heard).toEqual(['warn by process']);
  for (const usedMib of [600, 850]) become(usedMib);
  expect(heard).toEqual(['warn by process', 'warn by process']);
  for (const usedMib of [1_100, 100, 1_200]) become(usedMib);
  expect(heard).toEqual(['warn by process', 'warn by process', 'trip by process']);
  expect([breaker.isTripped, vi.getTimerCount()]).toEqual([true, 0]);
});

test('its signal aborts with figures', () => {
  const { breaker, become } = watched();
  become(1_500);
  expect(breaker.signal.aborted).toBe(true);
  expect(breaker.signal.reason).toMatchObject({
    code: 'SEQX_MEMORY_TRIPPED',
    message: 'this process uses 1.5 GiB; its limit is 1000 MiB',
  });
});

test('calls nobody before its maker has it', () => {
  const { heard, become } = watched({}, { usedMib: 900 });
  expect(heard).toEqual([]);
  become(900);
  expect(heard).toEqual(['warn by process']);
});

test('looks more often the nearer it gets', () => {
  const { own } = watched();
  const looks = vi.fn(own.usage);
  own.usage = looks;
  vi.advanceTimersByTime(2_000);
  const far = looks.mock.calls.length;
  own.usedMib = 995;
  vi.advanceTimersByTime(2_000);
  expect(far).toBeLessThan(10);
  expect(looks.mock.calls.length - far).toBeGreaterThan(50);
});

describe('where garbage can be collected', () => {
  test('does not trip over garbage', () => {
    const { heard, breaker, become } = watched({}, { garbageMib: 700 });
    become(1_100);
    expect([heard, breaker.isTripped]).toEqual([[], false]);
  });

  test('trips over what a collection leaves', () => {
    const { heard, become } = watched({}, { garbageMib: 50 });
    become(1_100);
    expect(heard).toEqual(['trip by process']);
  });
});

test.each([
  ['stop', (breaker: Disposable & { stop(): void }) => breaker.stop()],
  ['dispose', (breaker: Disposable & { stop(): void }) => breaker[Symbol.dispose]()],
])('after %s it looks no more', (_name, end) => {
  const { heard, breaker, become } = watched();
  end(breaker);
  become(2_000);
  expect([heard, vi.getTimerCount()]).toEqual([[], 0]);
});

test('may be stopped by who is warned', () => {
  const { heard, breaker, become } = watched({ onWarn: () => breaker.stop() });
  become(900);
  become(2_000);
  expect([heard, breaker.isTripped]).toEqual([[], false]);
});

test('has tripped even if who is told throws', () => {
  const onTrip = () => {
    throw new Error('boom');
  };
  const { breaker, become } = watched({ onTrip });
  expect(() => become(2_000)).toThrow('boom');
  expect(breaker.isTripped).toBe(true);
});

test('without limits: 3584 MB, and a warning at 80 % of it', () => {
  const alarms: MemoryAlarm[] = [];
  const { become } = watched({ warnMb: undefined, limitMb: undefined, onWarn: alarm => alarms.push(alarm) });
  become(2_868);
  expect(alarms[0]).toMatchObject({ limitBytes: 3_584 * 2 ** 20, warnBytes: 3_584 * 2 ** 20 * 0.8 });
});

test.each([
  [{ limitMb: 0 }, /^limitMb is 0; it takes a number of megabytes from 1 up/],
  [{ warnMb: 2_000 }, /^warnMb is 2000; it takes a number of megabytes up to limitMb, which is 1000/],
  [{ onWarn: 'say' as never }, /^onWarn is "say"; it takes a function$/],
  [{ onTrip: {} as never }, /^onTrip is an object; it takes a function$/],
])('%j is refused', (options, message) => {
  expect(() => watched(options)).toThrow(message);
});
