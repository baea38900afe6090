// Memory pressure in words: what is short, who makes room, how.

import { expect, test } from 'vitest';
import type { SeqxEvent } from '../../../../src/base/events.ts';
import { type Level, lineOf } from '../../../../src/cli/report/lines.ts';

const GIB = 2 ** 30;
const LEVEL = { usedBytes: 4.2 * GIB, thresholdBytes: 4 * GIB, availableBytes: 0.3 * GIB };
const SHORT = { of: 'threshold', ...LEVEL } as const;
const USE = 'memory: the runs of web use 4.2 GiB, over the 4.0 GiB threshold';

const ROWS: readonly [SeqxEvent, Level, string][] = [
  [
    { type: 'suspended', pid: 42, processes: 4, ...SHORT },
    'normal',
    `${USE}; suspended "npm test" (pid 42 and 3 more), the youngest, until there is room`,
  ],
  [
    { type: 'suspended', pid: 42, processes: 1, ...SHORT, of: 'machine' },
    'normal',
    'memory: this machine has 307 MiB left; suspended "npm test" (pid 42), the youngest, until there is room',
  ],
  [
    { type: 'suspend-unavailable', ...SHORT },
    'normal',
    `${USE}; this system cannot suspend "npm test", so it goes on (or: --on-pressure=end)`,
  ],
  [
    {
      type: 'pressure-over',
      pid: 42,
      processes: 2,
      bytes: GIB,
      ...SHORT,
      suspendedMs: undefined,
      graceMs: 5_000,
    },
    'always',
    `${USE}; ending "npm test" (pid 42 and 1 more), the youngest: SIGTERM now, SIGKILL in 5s`,
  ],
  [
    {
      type: 'pressure-over',
      pid: 42,
      processes: 1,
      bytes: GIB,
      ...SHORT,
      suspendedMs: 7_000,
      graceMs: 5_000,
    },
    'always',
    `${USE}; ending "npm test" (pid 42), which has stood still for 7s to no avail: SIGTERM now, SIGKILL in 5s`,
  ],
  [
    { type: 'resumed', suspendedMs: 12_000, why: 'room' },
    'normal',
    'memory: resumed "npm test" after 12s: there is room again',
  ],
  [
    { type: 'resumed', suspendedMs: 12_000, why: 'alone' },
    'normal',
    'memory: resumed "npm test" after 12s: nothing runs beside it',
  ],
  [
    { type: 'resumed', suspendedMs: 12_000, why: 'asked' },
    'detail',
    'memory: resumed "npm test" after 12s: it is asked to end',
  ],
  [
    { type: 'resumed', suspendedMs: 12_000, why: 'unwatched' },
    'detail',
    'memory: resumed "npm test" after 12s: nobody watches over it',
  ],
];

test.each(ROWS)('%j', (event, level, text) => {
  expect(lineOf(event, { gate: 'web', command: '"npm test"' })).toEqual({ level, text });
});
