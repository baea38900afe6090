// Families from parent numbers, also where the numbers lie.

import { describe, expect, test } from 'vitest';
import type { ProcessFacts } from '../../../src/base/ports.ts';
import { familyOf, withProvenParents } from '../../../src/platform/descent.ts';

const links = (...pairs: [pid: number, ppid: number][]) => pairs.map(([pid, ppid]) => ({ pid, ppid }));
const pids = (all: readonly { pid: number }[]) => all.map(({ pid }) => pid).sort((a, b) => a - b);

describe('familyOf', () => {
  const all = links([1, 0], [10, 1], [11, 10], [12, 11], [20, 1], [21, 20]);

  test.each([
    [[10], [10, 11, 12]],
    [
      [11, 20],
      [11, 12, 20, 21],
    ],
    [
      [10, 11],
      [10, 11, 12],
    ],
    [[99], []],
    [[], []],
  ])('of roots %j is %j', (roots, expected) => {
    expect(pids(familyOf(all, roots))).toEqual(expected);
  });

  test('ends on parents that form a circle, and on a process that is its own parent', () => {
    expect(pids(familyOf(links([5, 6], [6, 5], [0, 0]), [5, 0]))).toEqual([0, 5, 6]);
  });

  test('leaves out the children of a root that is gone: they have another parent by now', () => {
    expect(familyOf(links([31, 30]), [30])).toEqual([]);
  });
});

test('withProvenParents cuts only what is disproved', () => {
  const facts = (pid: number, ppid: number, start: string): ProcessFacts => ({
    ...{ pid, ppid, start, group: 0, session: 0, state: '?', threads: 1, rssBytes: 0 },
  });
  const all = [
    facts(1, 0, '500'),
    facts(2, 1, '400'),
    facts(3, 1, '500'),
    facts(4, 1, '0'),
    facts(5, 77, '9'),
  ];
  expect(withProvenParents(all).map(({ ppid }) => ppid)).toEqual([0, 0, 1, 1, 77]);
});
