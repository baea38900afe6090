// What the journal tells about a command.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JournalEntry } from '../../../src/journal/journal.ts';
import { percentile, usualRunMs } from '../../../src/journal/metrics.ts';

const entry = (argv: string[], ranMs: number, outcome = 'exited'): JournalEntry => ({
  schema: 'seqx.history/1',
  ticket: 'deadbeef',
  argv,
  cwd: '/w',
  endedAt: '2026-01-01T00:00:00.000Z',
  waitedMs: 0,
  ranMs,
  peakBytes: null,
  outcome,
  exitCode: 0,
  signal: null,
});
const TEST = ['npm', 'test'];

describe('usualRunMs', () => {
  test('is the median of the runs that ended by themselves', () => {
    const entries = [10, 1_000, 30, 20, 40].map(ms => entry(TEST, ms));
    expect(usualRunMs(entries, TEST)).toBe(30);
  });

  test('knows nothing of a command that never ran to its end', () => {
    expect(usualRunMs([], TEST)).toBeUndefined();
    const cut = ['signalled', 'timeout', 'memory', 'cancelled', 'wait-passed', 'not-found'];
    expect(
      usualRunMs(
        cut.map(outcome => entry(TEST, 5, outcome)),
        TEST,
      ),
    ).toBeUndefined();
  });

  test('tells commands apart by every word and its place', () => {
    const others = [['npm'], ['npm', 'test', ''], ['test', 'npm'], ['npm test'], ['npm', 'Test']];
    expect(usualRunMs([...others.map(argv => entry(argv, 1)), entry(TEST, 7)], TEST)).toBe(7);
  });

  test('looks at the latest twenty alone: a command that became slow is slow', () => {
    const entries = [...Array(500).fill(1), ...Array(20).fill(100)].map((ms: number) => entry(TEST, ms));
    expect(usualRunMs(entries, TEST)).toBe(100);
  });

  test('finds a command again whose secrets were masked in the journal', () => {
    const entries = [entry(['deploy', '--token=***'], 5)];
    expect(usualRunMs(entries, ['deploy', '--token=hunter2'])).toBe(5);
  });
});

describe('percentile', () => {
  test.each([
    [[], 0.5, undefined],
    [[7], 0, 7],
    [[7], 1, 7],
    [[4, 1, 3, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.51, 3],
    [[4, 1, 3, 2], 1, 4],
    [[100, 9], 0.5, 9],
  ])('of %j at %d is %j', (numbers, share, value) => {
    expect(percentile(numbers, share)).toBe(value);
  });

  test('is one of the numbers, and changes none of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (numbers, share) => {
          const before = [...numbers];
          const value = percentile(numbers, share) ?? Number.NaN;
          expect(numbers).toEqual(before);
          expect(numbers).toContain(value);
          expect(numbers.filter(number => number <= value).length).toBeGreaterThanOrEqual(
            share * numbers.length,
          );
        },
      ),
    );
  });
});
