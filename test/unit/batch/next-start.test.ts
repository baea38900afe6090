// May the next command start beside those that run?

import { describe, expect, test } from 'vitest';
import { guessPeak, type Load, mayStart, type Room } from '../../../src/batch/next-start.ts';

const load = (expectedBytes: number | undefined, more: Partial<Load> = {}): Load => ({
  isExclusive: false,
  weight: 1,
  expectedBytes,
  usedBytes: 0,
  ...more,
});
const room = (more: Partial<Room> = {}): Room => ({
  jobs: 4,
  budgetBytes: 100,
  availableBytes: 1_000,
  guessBytes: 25,
  ...more,
});
const exclusive = load(10, { isExclusive: true });

describe('the next one', () => {
  test.each<[string, Load, Load[], Room, string]>([
    ['starts when nothing runs', load(10), [], room(), 'open'],
    ['starts alone even if it needs more than there is', load(500), [], room(), 'open'],
    ['starts beside others that leave enough', load(40), [load(60)], room(), 'open'],
    ['waits when they do not', load(41), [load(60)], room(), 'memory'],
    ['waits when they use more than was expected', load(40), [load(20, { usedBytes: 61 })], room(), 'memory'],
    [
      'counts what was promised to them, used or not',
      load(40),
      [load(61, { usedBytes: 1 })],
      room(),
      'memory',
    ],
    ['waits when all jobs are taken', load(1), [load(1), load(1)], room({ jobs: 2 }), 'taken'],
    ['waits beside one that is exclusive', load(1), [exclusive], room(), 'taken'],
    ['waits for all when it is exclusive itself', exclusive, [load(1)], room(), 'taken'],
    ['starts when it is exclusive and alone', exclusive, [], room({ budgetBytes: 1 }), 'open'],
    ['counts for as many as it weighs', load(1, { weight: 3 }), [load(1), load(1)], room(), 'taken'],
    ['never weighs more than there is', load(1, { weight: 9 }), [], room(), 'open'],
    ['is guessed at when nothing is known', load(undefined), [load(76)], room(), 'memory'],
    ['fits when its guess does', load(undefined), [load(75)], room(), 'open'],
    ['has no limit but the machine’s', load(900), [load(50)], room({ budgetBytes: 0 }), 'open'],
    ['waits for the machine', load(970), [load(50)], room({ budgetBytes: 0 }), 'memory'],
    [
      'goes by the budget where the machine cannot be seen',
      load(50),
      [load(50)],
      room({ availableBytes: undefined }),
      'open',
    ],
  ])('%s', (_what, next, running, where, expected) => {
    expect(mayStart(next, running, where).kind).toBe(expected);
  });

  test('says what it lacks', () => {
    expect(mayStart(load(50), [load(70)], room())).toEqual({
      kind: 'memory',
      neededBytes: 50,
      freeBytes: 30,
      of: 'threshold',
    });
  });
});

describe('a command that nothing is known of', () => {
  test.each<[string, number[], number[], number]>([
    ['gets an even share', [], [], 25],
    ['gets what another one was seen to use, if that is more', [], [40], 40],
    ['keeps the even share until three have shown what they need', [1, 2], [], 25],
    ['is then expected to need what the most of them did', [3, 1, 2], [], 3],
    ['and what those that run do', [3, 1, 2], [7], 7],
  ])('%s', (_what, peaks, used, expected) => {
    expect(guessPeak(peaks, used, 4, 100)).toBe(expected);
  });
});
