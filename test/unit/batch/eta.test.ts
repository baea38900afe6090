// When a batch will be done.

import { expect, test } from 'vitest';
import { etaMs, type Pace } from '../../../src/batch/eta.ts';

const pace = (more: Partial<Pace>): Pace => ({ doneMs: [], running: [], waiting: [], elapsedMs: 0, ...more });

test.each<[string, Partial<Pace>, number | undefined]>([
  ['nothing is known of it', { running: [{ forMs: 5, usualMs: undefined }] }, undefined],
  ['nothing is left', { doneMs: [10], elapsedMs: 10 }, undefined],
  ['one of the commands is unknown', { waiting: [100, undefined] }, undefined],
  ['all are known from before', { waiting: [100, 300] }, 400],
  [
    'two at once have done four, two are left',
    { doneMs: [100, 100, 100, 100], waiting: [undefined, undefined], elapsedMs: 200 },
    100,
  ],
  [
    'one that runs is nearly done',
    { doneMs: [100], running: [{ forMs: 80, usualMs: undefined }], elapsedMs: 180 },
    20,
  ],
  [
    'one runs longer than usual',
    { doneMs: [100], running: [{ forMs: 300, usualMs: 100 }], waiting: [50], elapsedMs: 400 },
    50,
  ],
  [
    'not before the longest is done',
    {
      running: [
        { forMs: 0, usualMs: 1_000 },
        { forMs: 0, usualMs: 10 },
      ],
      elapsedMs: 0,
    },
    1_000,
  ],
])('%s', (_what, more, expected) => {
  expect(etaMs(pace(more))).toBe(expected);
});
