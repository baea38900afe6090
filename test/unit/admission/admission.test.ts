// Room for one more: by slots and by memory, with what is promised to one never given to another.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { admit, type Sharer, type Terms, takenSlots } from '../../../src/admission/admission.ts';

const G = 2 ** 30;
const sharing = (expected: number, weight = 1) => ({ weight, expectedBytes: expected * G });
const terms = (expected: number, { slots = 3, weight = 1, threshold = 4 } = {}): Terms => ({
  slots,
  share: sharing(expected, weight),
  thresholdBytes: threshold * G,
});
const holder = (expected: number, used = 0, weight = 1): Sharer => ({
  share: sharing(expected, weight),
  usedBytes: used * G,
});
const EXCLUSIVE: Sharer = { share: undefined, usedBytes: 0 };
const ALONE: Terms = { slots: 3, share: undefined, thresholdBytes: 4 * G };
const OPEN = { kind: 'open', tight: undefined };
const short = (needed: number, free: number, of: 'threshold' | 'machine' = 'threshold') => ({
  neededBytes: needed * G,
  freeBytes: free * G,
  of,
});

describe('an exclusive one', () => {
  test('has room when nobody is there, and else has not', () => {
    expect(admit(ALONE, [], 0)).toEqual(OPEN);
    expect(admit(ALONE, [holder(0)], undefined)).toEqual({ kind: 'taken' });
    expect(admit(ALONE, [EXCLUSIVE], undefined)).toEqual({ kind: 'taken' });
  });
});

describe('one who shares', () => {
  test.each<[string, Terms, Sharer[], number | undefined, unknown]>([
    ['nobody else there', terms(1), [], 100, OPEN],
    ['an exclusive one there', terms(1), [EXCLUSIVE], 100, { kind: 'taken' }],
    ['an exclusive one among others', terms(0), [holder(0), EXCLUSIVE], 100, { kind: 'taken' }],
    ['room for all', terms(1), [holder(1), holder(2)], 100, OPEN],
    ['every slot taken', terms(0, { slots: 2 }), [holder(0), holder(0)], 100, { kind: 'taken' }],
    [
      'more taken than it knows of',
      terms(0, { slots: 2 }),
      [holder(0), holder(0), holder(0)],
      100,
      { kind: 'taken' },
    ],
    ['too little left for its weight', terms(0, { weight: 2 }), [holder(0, 0, 2)], 100, { kind: 'taken' }],
    ['just enough left for its weight', terms(0, { weight: 2 }), [holder(0)], 100, OPEN],
    ['a weight above all slots, alone', terms(0, { weight: 9 }), [], 100, OPEN],
    [
      'a weight above all slots, beside another',
      terms(0, { weight: 9 }),
      [holder(0)],
      100,
      { kind: 'taken' },
    ],
    ['just enough memory', terms(2), [holder(2)], 100, OPEN],
    ['too little memory', terms(2), [holder(2.5)], 100, { kind: 'memory', ...short(2, 1.5) }],
    ['a holder yet to grow', terms(2), [holder(3, 0.5)], 100, { kind: 'memory', ...short(2, 1) }],
    [
      'a holder beyond what was expected',
      terms(2),
      [holder(1, 3.5)],
      100,
      { kind: 'memory', ...short(2, 0.5) },
    ],
    ['more used than there may be', terms(0.5), [holder(1, 6)], 100, { kind: 'memory', ...short(0.5, 0) }],
    [
      'a machine with little available',
      terms(1),
      [holder(1, 1)],
      0.5,
      { kind: 'memory', ...short(1, 0.5, 'machine') },
    ],
    [
      'a machine that others will use up',
      terms(1),
      [holder(2, 0.5)],
      2,
      { kind: 'memory', ...short(1, 0.5, 'machine') },
    ],
    [
      'one that stands still for want of memory',
      terms(0),
      [{ ...holder(1), isSuspended: true }],
      100,
      { kind: 'memory', ...short(0, 0) },
    ],
    ['a machine that nobody can see', terms(1), [holder(1)], undefined, OPEN],
    ['no threshold', terms(90, { threshold: 0 }), [holder(90)], undefined, OPEN],
    [
      'no threshold and a small machine',
      terms(3, { threshold: 0 }),
      [holder(1)],
      3,
      { kind: 'memory', ...short(3, 2, 'machine') },
    ],
  ])('%s', (_what, asked, others, availableGib, expected) => {
    const available = availableGib === undefined ? undefined : availableGib * G;
    expect(admit(asked, others, available)).toEqual(expected);
  });

  test('alone always has room, and is told when it is too big to share', () => {
    expect(admit(terms(6), [], 100 * G)).toEqual({ kind: 'open', tight: short(6, 4) });
    expect(admit(terms(2), [], G)).toEqual({ kind: 'open', tight: short(2, 1, 'machine') });
  });
});

test('slots that are taken are counted by weight, unknown ones once', () => {
  expect(takenSlots([])).toBe(0);
  expect(takenSlots([holder(0), holder(0, 0, 3), EXCLUSIVE])).toBe(5);
});

test('however they come, who share stay within slots and threshold, or are alone', () => {
  const caller = fc.record({
    expected: fc.nat(6),
    weight: fc.integer({ min: 1, max: 3 }),
    leaves: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(caller, { maxLength: 30 }), callers => {
      let inside: Sharer[] = [];
      for (const { expected, weight, leaves } of callers) {
        const asked = terms(expected, { weight });
        if (admit(asked, inside, undefined).kind === 'open') inside.push(holder(expected, 0, weight));
        const promised = inside.reduce((sum, { share }) => sum + (share?.expectedBytes ?? 0), 0);
        const isWithin = takenSlots(inside) <= 3 && promised <= 4 * G;
        expect(inside.length <= 1 || isWithin).toBe(true);
        if (leaves) inside = inside.slice(1);
      }
    }),
  );
});
