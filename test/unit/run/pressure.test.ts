// Who makes room under memory pressure: exactly one, the youngest, and never the last one that runs.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MachineMemory, Yielding } from '../../../src/base/ports.ts';
import {
  DIRE_MS,
  isDire,
  judgePressure,
  LEAST_SUSPENDED_MS,
  type OwnPart,
  PATIENCE_MS,
  type Sharing,
  type Situation,
  type Step,
} from '../../../src/run/pressure.ts';

const MIB = 2 ** 20;
const machine = (availableMib: number, rest: Partial<MachineMemory> = {}): MachineMemory => ({
  totalBytes: 1_000 * MIB,
  availableBytes: availableMib * MIB,
  swapTotalBytes: 0,
  swapFreeBytes: 0,
  ...rest,
});
const AMPLE = machine(900);

/** Ids in the order of age. */
const run = (id: string, yields: Yielding | undefined = { how: 'suspend' }, isHeard = true): Sharing => ({
  id,
  heldAt: `2026-01-01T00:00:0${id.charCodeAt(0) - 97}Z`,
  isHeard,
  yields,
});
const standing = (id: string, usedMib: number, availableMib = 900): Sharing =>
  run(id, {
    how: 'suspend',
    suspended: {
      since: '2026-01-01T00:01:00Z',
      usedBytes: usedMib * MIB,
      availableBytes: availableMib * MIB,
    },
  });
const situation = (runs: Sharing[], usedMib: number, on: MachineMemory | undefined = AMPLE): Situation => ({
  runs,
  usedBytes: usedMib * MIB,
  thresholdBytes: 100 * MIB,
  machine: on,
});
const own = (id: string, rest: Partial<OwnPart> = {}): OwnPart => ({
  id,
  suspendedMs: 10_000,
  direMs: 0,
  ...rest,
});

const STAY: Step = { kind: 'stay' };
const SUSPEND: Step = { kind: 'suspend', of: 'threshold' };

/** What each run does. */
const steps = (now: Situation, rest: Partial<OwnPart> = {}) =>
  Object.fromEntries(now.runs.map(({ id }) => [id, judgePressure(own(id, rest), now)]));

describe('runs that all go on', () => {
  test.each<[string, Situation, Record<string, Step>]>([
    ['at the threshold', situation([run('a'), run('b')], 100), { a: STAY, b: STAY }],
    [
      'over it: the youngest',
      situation([run('a'), run('b'), run('c')], 101),
      { a: STAY, b: STAY, c: SUSPEND },
    ],
    ['over it, listed otherwise', situation([run('c'), run('a')], 101), { a: STAY, c: SUSPEND }],
    ['over it, alone', situation([run('a')], 900), { a: STAY }],
    [
      'over it, the youngest is to be ended',
      situation([run('a'), run('b', { how: 'end' })], 101),
      { a: STAY, b: { kind: 'end', of: 'threshold' } },
    ],
    [
      'over it, the youngest ignores pressure: the next youngest',
      situation([run('a'), run('b'), { ...run('c'), yields: undefined }], 101),
      { a: STAY, b: SUSPEND, c: STAY },
    ],
    [
      'over it, nobody makes room',
      situation(
        [
          { ...run('a'), yields: undefined },
          { ...run('b'), yields: undefined },
        ],
        900,
      ),
      { a: STAY, b: STAY },
    ],
    [
      'over it, the other one is not heard of: alone',
      situation([run('a', { how: 'suspend' }, false), run('b')], 900),
      { a: STAY, b: STAY },
    ],
    [
      'over it, the youngest is not heard of: the next youngest',
      situation([run('a'), run('b'), run('c', { how: 'suspend' }, false)], 101),
      { a: STAY, b: SUSPEND, c: STAY },
    ],
    [
      'a machine that is short',
      situation([run('a'), run('b')], 50, machine(49)),
      { a: STAY, b: { kind: 'suspend', of: 'machine' } },
    ],
    ['a machine with just enough', situation([run('a'), run('b')], 50, machine(50)), { a: STAY, b: STAY }],
    [
      'a cgroup that is short counts by its own limit',
      situation([run('a'), run('b')], 50, machine(19, { cgroupLimitBytes: 400 * MIB })),
      { a: STAY, b: { kind: 'suspend', of: 'machine' } },
    ],
    [
      'a machine that thrashes is short sooner',
      situation([run('a'), run('b')], 50, machine(99, { pressure: { someAvg10: 40, fullAvg10: 10 } })),
      { a: STAY, b: { kind: 'suspend', of: 'machine' } },
    ],
    [
      'a machine that thrashes with memory to spare: not for want of memory',
      situation([run('a'), run('b')], 50, machine(100, { pressure: { someAvg10: 90, fullAvg10: 90 } })),
      { a: STAY, b: STAY },
    ],
    [
      'a machine that cannot be seen',
      { ...situation([run('a'), run('b')], 50), machine: undefined },
      { a: STAY, b: STAY },
    ],
    ['no threshold', { ...situation([run('a'), run('b')], 900), thresholdBytes: 0 }, { a: STAY, b: STAY }],
  ])('%s', (_what, now, expected) => {
    expect(steps(now)).toEqual(expected);
  });

  test('who got the gate in the same millisecond is told apart by arrival', () => {
    const same = (id: string) => ({ ...run(id), heldAt: '2026-01-01T00:00:00Z' });
    expect(steps(situation([same('b'), same('a')], 101))).toEqual({ a: STAY, b: SUSPEND });
  });

  test('a run that is not among those who hold does nothing', () => {
    expect(judgePressure(own('x'), situation([run('a'), run('b')], 900))).toEqual(STAY);
  });
});

describe('one stands still already', () => {
  test.each<[string, Situation, Record<string, Step>]>([
    [
      'as much is used as then',
      situation([run('a'), run('b'), standing('c', 110)], 110),
      { a: STAY, b: STAY },
    ],
    ['much more is used', situation([run('a'), run('b'), standing('c', 110)], 116), { a: STAY, b: SUSPEND }],
    [
      'more is used than when the last one was stopped',
      situation([run('a'), run('b'), standing('c', 130), standing('d', 105)], 120),
      { a: STAY, b: STAY },
    ],
    [
      'the machine has less than then',
      situation([run('a'), run('b'), standing('c', 50, 49)], 50, machine(40)),
      { a: STAY, b: { kind: 'suspend', of: 'machine' } },
    ],
    ['only one still runs', situation([run('a'), standing('c', 110)], 140), { a: STAY }],
  ])('%s', (_what, now, expected) => {
    expect(steps(now)).toMatchObject(expected);
  });

  test.each<[string, Situation, Step]>([
    ['room', situation([run('a'), standing('b', 110)], 90), { kind: 'resume', why: 'room' }],
    ['a little less than too much', situation([run('a'), standing('b', 110)], 91), STAY],
    ['room, but not on the machine', situation([run('a'), standing('b', 110)], 90, machine(99)), STAY],
    [
      'room on a machine that cannot be seen',
      { ...situation([run('a'), standing('b', 110)], 90), machine: undefined },
      { kind: 'resume', why: 'room' },
    ],
    ['nobody else', situation([standing('b', 110)], 900), { kind: 'resume', why: 'alone' }],
    [
      'nobody else that is heard of',
      situation([run('a', { how: 'suspend' }, false), standing('b', 110)], 900),
      { kind: 'resume', why: 'alone' },
    ],
    [
      'one beside it that ignores pressure',
      situation([{ ...run('a'), yields: undefined }, standing('b', 110)], 110),
      STAY,
    ],
    [
      'room, but an older one stands still, too',
      situation([run('a'), { ...standing('a', 120), id: 'aa' }, standing('b', 110)], 50),
      STAY,
    ],
    [
      'room, and an older one that nobody hears of',
      situation([run('a'), { ...standing('a', 120), id: 'aa', isHeard: false }, standing('b', 110)], 50),
      { kind: 'resume', why: 'room' },
    ],
  ])('with %s', (_what, now, expected) => {
    expect(judgePressure(own('b'), now)).toEqual(expected);
  });

  test('it stands for as long as records may be old', () => {
    const now = situation([run('a'), standing('b', 110)], 10);
    expect(judgePressure(own('b', { suspendedMs: LEAST_SUSPENDED_MS - 1 }), now)).toEqual(STAY);
    expect(judgePressure(own('b', { suspendedMs: LEAST_SUSPENDED_MS }), now)).toMatchObject({
      kind: 'resume',
    });
  });
});

describe('one is being ended to make room', () => {
  const leaving = (id: string, usedMib: number): Sharing =>
    run(id, { how: 'end', leaving: { usedBytes: usedMib * MIB, availableBytes: 900 * MIB } });

  test.each<[string, Situation, Record<string, Step>]>([
    ['the last one that runs is spared', situation([run('a'), leaving('b', 110)], 900), { a: STAY, b: STAY }],
    [
      'the others wait for what it frees',
      situation([run('a'), run('b', { how: 'end' }), leaving('c', 110)], 115),
      { a: STAY, b: STAY, c: STAY },
    ],
    [
      'unless they grow on',
      situation([run('a'), run('b'), leaving('c', 110)], 116),
      { a: STAY, b: SUSPEND, c: STAY },
    ],
    ['nobody is alone yet', situation([standing('a', 110), leaving('b', 110)], 110), { a: STAY, b: STAY }],
    [
      'one whose watchdog is dead is nobody to wait for',
      situation([standing('a', 110), { ...leaving('b', 110), isHeard: false }], 110),
      { a: { kind: 'resume', why: 'alone' }, b: STAY },
    ],
  ])('%s', (_what, now, expected) => {
    expect(steps(now)).toEqual(expected);
  });

  test('nobody else takes the last step', () => {
    const now = situation([run('a'), standing('b', 110), leaving('c', 200)], 160);
    expect(steps(now, { direMs: DIRE_MS })).toEqual({ a: STAY, b: STAY, c: STAY });
  });
});

describe('the last step', () => {
  const END: Step = { kind: 'end', of: 'threshold' };
  const now = situation([run('a'), standing('b', 110), standing('c', 110)], 160);

  test.each<[string, Partial<OwnPart>, Step]>([
    ['dire for too long', { direMs: DIRE_MS }, END],
    ['dire for a moment', { direMs: DIRE_MS - 1 }, STAY],
    ['no relief for too long', { suspendedMs: PATIENCE_MS }, END],
    ['no relief for long', { suspendedMs: PATIENCE_MS - 1 }, STAY],
  ])('%s: the youngest alone', (_what, part, expected) => {
    expect(steps(now, part)).toEqual({ a: STAY, b: STAY, c: expected });
  });

  test.each<[string, Situation, boolean]>([
    ['half as much again as there may be', situation([], 150), false],
    ['more than that', situation([], 151), true],
    ['little left on the machine', situation([], 0, machine(25)), false],
    ['next to nothing left on the machine', situation([], 0, machine(24)), true],
    ['without a threshold, anything used', { ...situation([], 9_000), thresholdBytes: 0 }, false],
  ])('%s', (_what, seen, expected) => {
    expect(isDire(seen)).toBe(expected);
  });
});

test('of any runs, at most one stops and at most one goes on; one always runs', () => {
  const any = fc.record({
    how: fc.constantFrom('suspend', 'end', undefined),
    suspendedMib: fc.option(fc.nat(200), { nil: undefined }),
    isHeard: fc.boolean(),
  });
  const runs = fc.array(any, { minLength: 1, maxLength: 6 }).map(list =>
    list.map(({ how, suspendedMib, isHeard }, index): Sharing => {
      const id = String.fromCharCode(97 + index);
      const isStanding = how === 'suspend' && suspendedMib !== undefined;
      return {
        ...(isStanding ? standing(id, suspendedMib) : run(id, how && { how })),
        isHeard,
        ...(how ? {} : { yields: undefined }),
      };
    }),
  );
  fc.assert(
    fc.property(runs, fc.nat(200), fc.nat(200), (list, usedMib, availableMib) => {
      const now = situation(list, usedMib, machine(availableMib));
      const heard = list.filter(({ isHeard }) => isHeard);
      const taken = heard.map(({ id }) => judgePressure(own(id), now).kind);
      const count = (...kinds: string[]) => taken.filter(kind => kinds.includes(kind)).length;
      expect(count('suspend', 'end')).toBeLessThanOrEqual(1);
      expect(count('resume')).toBeLessThanOrEqual(1);
      const awake = heard.filter(({ yields }) => yields?.suspended === undefined);
      if (heard.length > 0)
        expect(awake.length - count('suspend', 'end') + count('resume')).toBeGreaterThan(0);
    }),
  );
});
