import { expect, test } from 'vitest';
import { type AutoFacts, autoJobs, firstJobs, idleShare, usedEach } from '../../../src/batch/auto-jobs.ts';

test.each([
  [1, 2],
  [2, 3],
  [4, 6],
  [16, 18],
])('%i processors: %i to begin with', (cpus, jobs) => {
  expect(firstJobs(cpus)).toBe(jobs);
});

const FACTS: AutoFacts = { cpus: 4, jobs: 6, running: 6, idleShare: 0.1, usedEach: 0.5 };

test.each<{ why: string; expected: number } & Partial<AutoFacts>>([
  { why: 'nothing is known yet', idleShare: undefined, usedEach: 0, expected: 6 },
  { why: 'a processor has nothing to do', idleShare: 0.25, expected: 7 },
  {
    why: 'a processor has nothing to do, whoever uses the rest',
    idleShare: 0.4,
    usedEach: undefined,
    expected: 7,
  },
  {
    why: 'fewer run than may: it is not this that holds the next one up',
    idleShare: 0.9,
    running: 5,
    expected: 6,
  },
  { why: 'others have all processors, and ours wait', idleShare: 0, usedEach: 0.02, expected: 7 },
  { why: 'others have all processors, and ours would like some', idleShare: 0, usedEach: 0.3, expected: 6 },
  { why: 'others have all processors, as far as is known', idleShare: 0, usedEach: undefined, expected: 6 },
  { why: 'well used', expected: 6 },
  { why: 'it was raised, and they are used up', jobs: 9, running: 9, idleShare: 0.01, expected: 8 },
  { why: 'it was raised, and some have ended since', jobs: 9, running: 7, idleShare: 0, expected: 6 },
  { why: 'never fewer than to begin with', jobs: 7, running: 1, idleShare: 0, expected: 6 },
  { why: 'eight for each processor are enough', jobs: 32, running: 32, idleShare: 0.9, expected: 32 },
])('$why: $expected', ({ why: _, expected, ...facts }) => {
  expect(autoJobs({ ...FACTS, ...facts })).toBe(expected);
});

const processor = (idle: number, user: number) => ({ times: { idle, user, nice: 0, sys: 0, irq: 0 } });

test('what processors had nothing to do, of all their time between two looks', () => {
  const before = [processor(100, 100), processor(100, 100)];
  expect(idleShare(before, [processor(200, 100), processor(100, 200)])).toBe(0.5);
  expect(idleShare(before, before)).toBeUndefined();
});

const use = (usedMs: number, isRunnable = false) => ({ usedMs, isRunnable });

test.each([
  { why: 'what they used since the last look', now: [use(140), use(60)], each: 0.25 },
  { why: 'one that came since began with nothing', now: [use(100), use(0), use(90)], each: 0.15 },
  { why: 'one that wants a processor counts for a whole one', now: [use(100), use(0, true)], each: 0.5 },
  { why: 'one of several threads has used more than a whole one', now: [use(500, true), use(0)], each: 1 },
  { why: 'a process that has ended takes what it used with it', now: [use(20), use(40)], each: 0.1 },
  { why: 'not known of one', now: [use(100), undefined], each: undefined },
  { why: 'nobody runs', now: [], each: undefined },
])('$why: $each', ({ now, each }) => {
  const before = new Map([
    [0, use(100)],
    [1, use(0)],
  ]);
  expect(usedEach(before, new Map(now.entries()), 200)).toBe(each);
});
