// Waiting for the first of several things leaves none of the others behind.

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { firstOf } from '../../../src/base/wake.ts';

/** Sources that can be ended by hand; each counts how often it was cancelled. */
function sources(amount: number) {
  const dones: (() => void)[] = [];
  const cancels = Array.from({ length: amount }, () => vi.fn());
  const list = cancels.map(cancel => (done: () => void) => {
    dones.push(done);
    return cancel;
  });
  return { list, dones, cancels };
}

const counts = (cancels: readonly ReturnType<typeof vi.fn>[]) =>
  cancels.map(cancel => cancel.mock.calls.length);

test('the first to end cancels them all, once, however many end later', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(4), { minLength: 1 }), async order => {
      const { list, dones, cancels } = sources(5);
      const waiting = firstOf(list);
      for (const index of order) dones[index]?.();
      await waiting;
      expect(counts(cancels)).toEqual([1, 1, 1, 1, 1]);
    }),
  );
});

test('a source that ends while it starts is cancelled, and those behind it never start', async () => {
  const { list, dones, cancels } = sources(2);
  const own = vi.fn();
  const late = vi.fn(() => () => {});
  const atOnce = (done: () => void) => {
    done();
    return own;
  };
  await firstOf([...list, atOnce, late]);
  expect(counts([...cancels, own])).toEqual([1, 1, 1]);
  expect(dones).toHaveLength(2);
  expect(late).not.toHaveBeenCalled();
});

test('nothing ends by itself', async () => {
  const { list, dones, cancels } = sources(2);
  let isOver = false;
  const waiting = firstOf(list).then(() => {
    isOver = true;
  });
  await Promise.resolve();
  expect([isOver, ...counts(cancels)]).toEqual([false, 0, 0]);
  dones[1]?.();
  await waiting;
});
