// The clock of --timeout stands still while the command does.

import { expect, test } from 'vitest';
import { WorkTimer } from '../../../src/run/work-timer.ts';

/** A clock that goes when it is told to. */
function handClock() {
  let nowMs = 0;
  let due: { readonly atMs: number; readonly action: () => void } | undefined;
  return {
    nowNs: () => BigInt(nowMs * 1e6),
    after(ms: number, action: () => void) {
      const mine = { atMs: nowMs + ms, action };
      due = mine;
      return () => {
        if (due === mine) due = undefined;
      };
    },
    pass(ms: number) {
      nowMs += ms;
      if (due === undefined || due.atMs > nowMs) return;
      const { action } = due;
      due = undefined;
      action();
    },
  };
}

function timer(ms: number) {
  const clock = handClock();
  let over = 0;
  const onOver = () => {
    over += 1;
  };
  return { clock, timer: new WorkTimer(ms, onOver, clock), over: () => over };
}

test('it is over when its time has passed', () => {
  const { clock, over } = timer(100);
  clock.pass(99);
  expect(over()).toBe(0);
  clock.pass(1);
  expect(over()).toBe(1);
});

test('time that passes while it is paused does not count, however often', () => {
  const { clock, timer: work, over } = timer(100);
  for (let round = 0; round < 3; round++) {
    clock.pass(30);
    work.pause();
    work.pause();
    clock.pass(1_000);
    work.resume();
    work.resume();
  }
  clock.pass(9);
  expect(over()).toBe(0);
  clock.pass(1);
  expect(over()).toBe(1);
});

test('once stopped it is never over, whatever is said afterwards', () => {
  const { clock, timer: work, over } = timer(100);
  work.pause();
  work.stop();
  work.resume();
  clock.pass(1_000);
  work.pause();
  work.resume();
  clock.pass(1_000);
  expect(over()).toBe(0);
});
