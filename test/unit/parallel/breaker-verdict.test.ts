// When the breaker warns, trips, and looks again: tables.

import { describe, expect, test } from 'vitest';
import { judgeMemory } from '../../../src/parallel/breaker-verdict.ts';
import { MIB, usage } from './made-up-process.ts';

const LIMITS = { warnBytes: 800 * MIB, limitBytes: 1_000 * MIB };
const heap = (mib: number, limitMib = 1_000) => ({
  heapUsedBytes: mib * MIB,
  oldGenerationBytes: limitMib * MIB,
});
const judge = (usedMib: number, rest = {}, wasWarned = false) =>
  judgeMemory({ ...usage(usedMib), oldGenerationBytes: 4_096 * MIB, ...rest }, LIMITS, wasWarned);

describe('the verdict', () => {
  test.each([
    ['far below', 100, {}, 'fine', 'process'],
    ['just below the mark', 799, {}, 'fine', 'process'],
    ['the mark', 800, {}, 'warn', 'process'],
    ['the limit itself', 1_000, {}, 'warn', 'process'],
    ['over the limit', 1_001, {}, 'trip', 'process'],
    ['a heap at 80 % of what V8 gives', 500, heap(800), 'warn', 'heap'],
    ['a heap at 90 %', 500, heap(900), 'warn', 'heap'],
    ['a heap nearly full, the process far from its limit', 500, heap(901), 'trip', 'heap'],
    ['both over: what is further over', 3_000, heap(901), 'trip', 'process'],
  ])('%s', (_fact, usedMib, rest, kind, by) => {
    expect(judge(usedMib, rest)).toMatchObject({ kind, by });
  });

  test('warns once, and again only after memory fell 10 % below the mark', () => {
    let isWarned = false;
    const kinds = [790, 800, 850, 790, 721, 800, 719, 800, 900].map(usedMib => {
      const verdict = judge(usedMib, {}, isWarned);
      isWarned = verdict.isWarned;
      return verdict.kind;
    });
    expect(kinds).toEqual(['fine', 'warn', 'fine', 'fine', 'fine', 'fine', 'fine', 'warn', 'fine']);
  });
});

test.each([
  ['far from every limit: a second at most', 10, heap(10, 9_000), 9_000, 1_000],
  ['half a GB away: as long as 2 GB/s take', 500, heap(10, 9_000), 1_000, (500 * MIB) / 2e6],
  ['by what is nearest, here the heap', 10, heap(800), 9_000, (100 * MIB) / 2e6],
  ['nearly there: 20 ms', 999, {}, 1_000, 20],
])('looks again: %s', (_fact, usedMib, rest, limitMib, nextMs) => {
  const limits = { warnBytes: limitMib * MIB, limitBytes: limitMib * MIB };
  expect(
    judgeMemory({ ...usage(usedMib), oldGenerationBytes: 4_096 * MIB, ...rest }, limits, false).nextMs,
  ).toBeCloseTo(nextMs, 3);
});
