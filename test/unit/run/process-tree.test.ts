// Who belongs to a run, from a table alone: descent, token, earlier looks, and above all who does not.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProcessFacts } from '../../../src/base/ports.ts';
import { childrenFirst, findMembers, type Membership, sparedPids } from '../../../src/run/process-tree.ts';
import { facts } from './facts.ts';

const TOKEN = 'ab12:0001-7';
const ROOT = { pid: 100, start: '100' };

/** The pids found when the run's root is process 100; `carriers` have its token. */
function pidsOf(table: ProcessFacts[], carriers: number[] = [], rest: Partial<Membership> = {}): number[] {
  const membership: Membership = {
    target: { roots: [ROOT], tokens: [TOKEN] },
    chainOf: ({ pid }) => (carriers.includes(pid) ? ['outer:1', TOKEN] : []),
    isSameStart: (a, b) => a === b,
    spared: new Set([0, 1]),
    known: [],
    ...rest,
  };
  return findMembers(table, membership).map(({ pid }) => pid);
}

const shell = facts(50, 1);
const tree = [shell, facts(100, 50), facts(101, 100), facts(102, 101), facts(200, 50)];

describe('by parent chain', () => {
  test('the root and all below it, parents before children, nobody beside', () => {
    expect(pidsOf(tree)).toEqual([100, 101, 102]);
  });

  test('also when pids have wrapped and a child has the smaller one', () => {
    const table = [facts(7, 102, { start: '103' }), ...tree];
    expect(pidsOf(table, [7])).toEqual([100, 101, 102, 7]);
  });

  test('not a root that is another process by now', () => {
    expect(pidsOf([shell, facts(100, 50, { start: '99999' }), facts(101, 100, { start: '100000' })])).toEqual(
      [],
    );
  });

  test('not a child that is older than its parent: the pid of its true parent was used again', () => {
    expect(pidsOf([...tree, facts(103, 100, { start: '99' })])).toEqual([100, 101, 102]);
  });

  test('a child of the same tick, and one whose start time is unknown', () => {
    const table = [...tree, facts(103, 100, { start: '100' }), facts(104, 100, { start: '0' })];
    expect(pidsOf(table)).toEqual([100, 101, 102, 103, 104]);
  });

  test('children of a member that is a zombie, but not the zombie', () => {
    expect(
      pidsOf([facts(100, 50, { state: 'Z' }), facts(101, 100), facts(102, 100, { state: 'X' })]),
    ).toEqual([101]);
  });

  test('a zombie leader whose threads still run: it still works', () => {
    expect(pidsOf([facts(100, 50, { state: 'Z', threads: 2 })])).toEqual([100]);
  });
});

describe('by token', () => {
  test('one that called setsid and lost its parent, with its children', () => {
    const daemon = [facts(300, 1, { session: 300 }), facts(301, 300, { session: 300 })];
    expect(pidsOf([...tree, ...daemon], [300])).toEqual([100, 101, 102, 300, 301]);
  });

  test('not one with another token, or with one that only looks alike', () => {
    const chainOf = ({ pid }: ProcessFacts) => (pid === 300 ? [`${TOKEN}1`, 'x:1'] : undefined);
    expect(pidsOf([...tree, facts(300, 1)], [], { chainOf })).toEqual([100, 101, 102]);
  });

  test('not one that started before the run', () => {
    expect(pidsOf([facts(90, 1)], [90], { bornAfter: '95' })).toEqual([]);
    expect(pidsOf([facts(95, 1)], [95], { bornAfter: '95' })).toEqual([95]);
    expect(pidsOf([facts(90, 1, { start: '0' })], [90], { bornAfter: '95' })).toEqual([90]);
  });

  test('is asked for nobody who was found by descent, nor when there is none', () => {
    const asked: number[] = [];
    const chainOf = ({ pid }: ProcessFacts) => void asked.push(pid);
    pidsOf(tree, [], { chainOf });
    expect(asked).toEqual([50, 200]);
    pidsOf(tree, [], { chainOf, target: { roots: [ROOT], tokens: [] } });
    expect(asked).toEqual([50, 200]);
  });
});

describe('by an earlier look', () => {
  test('one that has lost parent and token since, with its children', () => {
    const known = [{ pid: 300, start: '300' }];
    expect(pidsOf([...tree, facts(300, 1), facts(301, 300)], [], { known })).toEqual([
      100, 101, 102, 300, 301,
    ]);
  });

  test('not one whose pid is another process by now', () => {
    const known = [{ pid: 200, start: '150' }];
    expect(pidsOf(tree, [], { known })).toEqual([100, 101, 102]);
  });
});

describe('spared', () => {
  test('ourselves, our ancestors and init, whatever they carry; and what is below them by descent', () => {
    const table = [facts(1, 0), ...tree, facts(60, 50)];
    const spared = sparedPids(table, 60);
    expect([...spared].sort((a, b) => a - b)).toEqual([0, 1, 50, 60]);
    expect(pidsOf(table, [1, 50, 60, 200], { spared })).toEqual([100, 101, 102, 200]);
  });

  test('is found in a table without us, and in one with a circle', () => {
    expect([...sparedPids([], 60)]).toEqual([0, 1, 60]);
    expect([...sparedPids([facts(60, 61), facts(61, 60)], 60)]).toEqual([0, 1, 60, 61]);
  });
});

test('the deepest first', () => {
  expect(childrenFirst(tree).map(({ pid }) => pid)).toEqual([200, 102, 101, 100, 50]);
});

const tables = fc
  .uniqueArray(fc.integer({ min: 2, max: 40 }), { minLength: 1, maxLength: 25 })
  .chain(pids =>
    fc.tuple(
      ...pids.map(pid =>
        fc
          .tuple(fc.constantFrom(0, 1, ...pids), fc.nat(60), fc.constantFrom('S', 'R', 'T', 'Z', 'X', 'D'))
          .map(([ppid, start, state]) => facts(pid, ppid, { start: String(start), state })),
      ),
    ),
  );

describe('of any table', () => {
  const pids = fc.uniqueArray(fc.integer({ min: 2, max: 40 }), { maxLength: 6 });

  test('no member is spared, counted twice or gone, and each has a reason', () => {
    fc.assert(
      fc.property(tables, pids, pids, fc.integer({ min: 2, max: 40 }), (table, carriers, roots, own) => {
        const spared = sparedPids(table, own);
        const startOf = (pid: number) => table.find(one => one.pid === pid)?.start ?? 'none';
        const target = { roots: roots.map(pid => ({ pid, start: startOf(pid) })), tokens: [TOKEN] };
        const found = pidsOf(table, carriers, { target, spared });
        expect(new Set(found).size).toBe(found.length);
        for (const pid of found) {
          const one = table.find(process => process.pid === pid);
          expect(spared.has(pid)).toBe(false);
          expect(one?.state).not.toMatch(/[ZX]/);
          const isBelow = table.some(({ pid: other }) => other === one?.ppid && !spared.has(other));
          expect(roots.includes(pid) || carriers.includes(pid) || isBelow).toBe(true);
        }
      }),
    );
  });

  test('every member comes after its parent, if that is one', () => {
    fc.assert(
      fc.property(tables, pids, (table, carriers) => {
        // Only a table that was read while pids were used again can have a circle.
        fc.pre(!table.some(({ pid }) => isInCircle(table, pid)));
        const found = pidsOf(table, carriers);
        const isOrdered = (pid: number) => {
          const parent = table.find(one => one.pid === pid)?.ppid ?? 0;
          return (
            !found.includes(parent) ||
            found.indexOf(parent) < found.indexOf(pid) ||
            isOlder(table, pid, parent)
          );
        };
        expect(found.filter(pid => !isOrdered(pid))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Not a true child: the pid of its parent was used again. */
function isOlder(table: readonly ProcessFacts[], pid: number, parent: number): boolean {
  const startOf = (one: number) => Number(table.find(process => process.pid === one)?.start ?? 0);
  return startOf(pid) < startOf(parent);
}

function isInCircle(table: readonly ProcessFacts[], pid: number): boolean {
  const parentOf = (child: number) => table.find(one => one.pid === child)?.ppid ?? 0;
  let at = parentOf(pid);
  for (let steps = 0; steps < table.length && at !== pid; steps++) at = parentOf(at);
  return at === pid;
}
