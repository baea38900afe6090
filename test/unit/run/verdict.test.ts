// Samples and limits in, verdict out: tables, also with the rows that must not end anything.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allowanceAfterSparing,
  FIRST_MEMORY,
  isHurry,
  judgeSample,
  type Limits,
  type Memory,
  mayRestart,
  nearestLimit,
  type Sample,
} from '../../../src/run/verdict.ts';

const MIB = 2 ** 20;
const LIMITS: Limits = { treeBytes: 1_000 * MIB, processBytes: 0, checkIntervalMs: 5_000, fastestMs: 10 };
const SINGLE: Limits = { ...LIMITS, treeBytes: 0, processBytes: 1_000 * MIB };
const OFF: Limits = { ...LIMITS, treeBytes: 0 };

const sample = (treeMib: number, largestMib = 0, rest: Partial<Sample> = {}): Sample => ({
  atMs: 1_000,
  treeBytes: treeMib * MIB,
  processes: 3,
  largest: { pid: 7, bytes: largestMib * MIB },
  costMs: 1,
  ...rest,
});
const judge = (one: Sample, limits = LIMITS, memory: Partial<Memory> = {}) =>
  judgeSample(one, limits, { ...FIRST_MEMORY, ...memory });

describe('the verdict', () => {
  test.each([
    ['an empty tree', sample(0), LIMITS, 'fine', undefined],
    ['just below half', sample(499.9), LIMITS, 'fine', undefined],
    ['half', sample(500), LIMITS, 'warn', undefined],
    ['the limit itself', sample(1_000), LIMITS, 'warn', undefined],
    ['a byte over', sample(1_000 + 1 / MIB), LIMITS, 'over', undefined],
    ['8 processes that are over together, none alone', sample(1_001, 125), LIMITS, 'over', undefined],
    ['one process over its own limit', sample(1_001, 1_001), SINGLE, 'over', 7],
    ['a tree over, each process within its own limit', sample(9_000, 900), SINGLE, 'warn', undefined],
    ['both over: the tree', sample(1_500, 1_500), { ...SINGLE, treeBytes: 1_000 * MIB }, 'over', undefined],
    [
      'one process over, the tree within',
      sample(1_500, 1_500),
      { ...SINGLE, treeBytes: 2_000 * MIB },
      'over',
      7,
    ],
    ['no limits: any memory', sample(1e9, 1e9), OFF, 'fine', undefined],
  ] as const)('%s', (_fact, one, limits, kind, culprit) => {
    expect(judge(one, limits)).toMatchObject({ kind, culprit });
  });

  test('warns once, and again only after it fell below 40 %', () => {
    const kinds: string[] = [];
    let memory = FIRST_MEMORY;
    for (const mib of [450, 510, 600, 450, 400, 510, 399, 499, 500, 900]) {
      const verdict = judgeSample(sample(mib), LIMITS, memory);
      kinds.push(verdict.kind);
      memory = verdict.memory;
    }
    expect(kinds.map(kind => kind[0]).join('')).toBe('fwffffffwf');
  });

  test('is over at every look, warned or not', () => {
    expect(judge(sample(1_001), LIMITS, { isWarned: true }).kind).toBe('over');
    expect(judge(sample(1_001), LIMITS, { isWarned: false }).kind).toBe('over');
  });
});

describe('the allowance after shared pages had fooled RSS', () => {
  test('lets the sum rise by a tenth of the limit before it is confirmed again', () => {
    const allowanceBytes = allowanceAfterSparing(sample(1_600), LIMITS, undefined);
    expect(allowanceBytes).toBe(700 * MIB);
    expect(judge(sample(1_700), LIMITS, { allowanceBytes }).kind).not.toBe('over');
    expect(judge(sample(1_701), LIMITS, { allowanceBytes }).kind).toBe('over');
  });

  test('is measured on the process where that was over', () => {
    expect(allowanceAfterSparing(sample(9_000, 1_200), SINGLE, 7)).toBe(300 * MIB);
  });

  test('is never negative, and always some: no verdict is confirmed at every look', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.integer({ min: 1, max: 5_000 }), (mib, limitMib) => {
        const limits = { ...LIMITS, treeBytes: limitMib * MIB };
        const allowanceBytes = allowanceAfterSparing(sample(mib), limits, undefined);
        expect(allowanceBytes).toBeGreaterThan(0);
        expect(judge(sample(mib), limits, { allowanceBytes }).kind).not.toBe('over');
      }),
    );
  });
});

describe('the next look', () => {
  test.each([
    [
      'the longest interval in an empty tree of a large limit',
      sample(0),
      { ...LIMITS, treeBytes: 2 ** 36 },
      5_000,
    ],
    ['the headroom at 6 GB/s', sample(0, 0, { costMs: 0 }), LIMITS, (1_000 * MIB) / 6e6],
    ['the fastest near the limit', sample(999, 0, { costMs: 0 }), LIMITS, 10],
    ['no less than twenty times what a look costs', sample(999, 0, { costMs: 4 }), LIMITS, 80],
    ['the longest interval without limits', sample(1e6), OFF, 5_000],
    [
      'the headroom of the process, if that is less',
      sample(0, 900, { costMs: 0 }),
      SINGLE,
      (100 * MIB) / 6e6,
    ],
  ] as const)('is after %s', (_fact, one, limits, nextMs) => {
    expect(judge(one, limits).nextMs).toBeCloseTo(nextMs, 5);
  });

  test('is sooner when the tree grows faster than assumed', () => {
    const previous = sample(0, 0, { atMs: 990 });
    const grown = sample(400, 0, { costMs: 0 });
    const calmMs = judge(grown).nextMs;
    expect(judge(grown, LIMITS, { previous }).nextMs).toBeLessThan(calmMs / 5);
    expect(judge(grown, LIMITS, { previous: sample(900, 0, { atMs: 990 }) }).nextMs).toBe(calmMs);
  });

  test('survives a clock that did not move', () => {
    expect(judge(sample(400), LIMITS, { previous: sample(0) }).nextMs).toBe(judge(sample(400)).nextMs);
  });

  test('is never outside its bounds, and costs at most 5 % unless a shorter interval was asked for', () => {
    const mib = fc.double({ min: 0, max: 1e5, noNaN: true });
    const limits = fc.record({
      treeBytes: fc.nat(2 ** 31),
      processBytes: fc.nat(2 ** 31),
      checkIntervalMs: fc.integer({ min: 10, max: 60_000 }),
      fastestMs: fc.constantFrom(10, 250, 1_000),
    });
    const costMs = fc.double({ min: 0, max: 500, noNaN: true });
    fc.assert(
      fc.property(mib, mib, mib, costMs, limits, (before, now, largest, cost, asked) => {
        const previous = sample(before, 0, { atMs: 900 });
        const { nextMs } = judge(sample(now, largest, { costMs: cost }), asked, { previous });
        expect(nextMs).toBeLessThanOrEqual(asked.checkIntervalMs);
        expect(nextMs).toBeGreaterThanOrEqual(Math.min(asked.checkIntervalMs, asked.fastestMs));
        expect(nextMs).toBeGreaterThanOrEqual(Math.min(asked.checkIntervalMs, 20 * cost));
      }),
    );
  });
});

test.each([
  ['at the limit', sample(1_000), LIMITS, false],
  ['at 125 % of it', sample(1_250), LIMITS, false],
  ['above that', sample(1_251), LIMITS, true],
  ['with a process above 125 % of its own limit', sample(1_300, 1_251), SINGLE, true],
  ['of many processes, each within its limit', sample(9_000, 900), SINGLE, false],
  ['without limits', sample(1e6, 1e6), OFF, false],
] as const)('a tree %s is past waiting for, or not: %#', (_fact, one, limits, isPast) => {
  expect(isHurry(one, limits)).toBe(isPast);
});

test('the warning speaks of the limit that is nearest (it once said "of its 0 B limit (Infinity%)")', () => {
  expect(nearestLimit(sample(800, 600), SINGLE)).toEqual({
    bytes: 600 * MIB,
    limitBytes: 1_000 * MIB,
    pid: 7,
  });
  expect(nearestLimit(sample(800, 600), LIMITS)).toEqual({
    bytes: 800 * MIB,
    limitBytes: 1_000 * MIB,
    pid: undefined,
  });
  const both = { ...SINGLE, treeBytes: 1_000 * MIB };
  expect(nearestLimit(sample(800, 600), both).pid).toBeUndefined();
  expect(nearestLimit(sample(600, 600), both).pid).toBeUndefined();
  expect(nearestLimit(sample(800, 600), { ...both, processBytes: 700 * MIB }).pid).toBe(7);
});

test.each([
  ['the first death', [0], 0, true],
  ['the third within ten seconds', [0, 10, 20], 20, true],
  ['the fourth within ten seconds', [0, 10, 20, 9_999], 9_999, false],
  ['the fourth, the first ten seconds ago', [0, 10, 20, 10_000], 10_000, true],
  ['a hundred, hours apart', Array.from({ length: 100 }, (_, n) => n * 3_600_000), 99 * 3_600_000, true],
] as const)('a watchdog may start again after %s: %#', (_fact, deathsMs, nowMs, mayIt) => {
  expect(mayRestart(deathsMs, nowMs)).toBe(mayIt);
});
