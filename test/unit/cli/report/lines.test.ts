// Events as sentences: the exact texts people and scripts read, and how loud each is.

import { describe, expect, test } from 'vitest';
import type { SeqxEvent } from '../../../../src/base/events.ts';
import { lineOf } from '../../../../src/cli/report/lines.ts';

const GIB = 2 ** 30;
const SUBJECT = { gate: 'web', command: '"vitest run"' };
/** 14:02:11 of whatever zone the test runs in. */
const AT_1402 = new Date(2026, 0, 5, 14, 2, 11).toISOString();
const stale = (rest: Partial<Extract<SeqxEvent, { type: 'stale-removed' }>>): SeqxEvent => ({
  type: 'stale-removed',
  pid: 4321,
  command: ['npm', 'test'],
  startedAt: AT_1402,
  why: 'gone',
  ...rest,
});
const over = (rest: Partial<Extract<SeqxEvent, { type: 'memory-over' }>> = {}): SeqxEvent => ({
  type: 'memory-over',
  pid: 5120,
  processes: 7,
  bytes: 2.1 * GIB,
  limitBytes: 2 * GIB,
  measure: 'PSS',
  culprit: undefined,
  graceMs: 5_000,
  ...rest,
});

const ALWAYS: [SeqxEvent, string][] = [
  [
    over(),
    'memory: 2.1 GiB (PSS) is over the 2.0 GiB limit; ending "vitest run" (pid 5120 and 6 more): SIGTERM now, SIGKILL in 5s',
  ],
  [
    over({ processes: 1, measure: 'RSS' }),
    'memory: 2.1 GiB (RSS) is over the 2.0 GiB limit; ending "vitest run" (pid 5120): SIGTERM now, SIGKILL in 5s',
  ],
  [
    over({ culprit: 77, processes: 2 }),
    'memory: pid 77 alone with 2.1 GiB (PSS) is over the 2.0 GiB limit; ending "vitest run" (pid 5120 and 1 more): SIGTERM now, SIGKILL in 5s',
  ],
  [{ type: 'tree-survived', survivors: [7] }, 'could not end pid 7'],
  [{ type: 'tree-survived', survivors: [7, 8] }, 'could not end pids 7, 8'],
  [{ type: 'watchdog-lost' }, 'the watchdog cannot be kept running; ending "vitest run" (exit 125)'],
  [
    { type: 'slot-lost' },
    'LOST THE LOCK of web: its entry in the state folder was removed; ending "vitest run"',
  ],
  [
    { type: 'slot-lost', unended: 1 },
    'LOST THE LOCK of web: its entry in the state folder was removed; pid 1 goes on without it',
  ],
];
const NORMAL: [SeqxEvent, string][] = [
  [
    { type: 'owner-unwatched', pid: 1 },
    'pid 1 holds web: nothing of it is watched or ended, and what it starts passes through by SEQX_RUN alone',
  ],
  [
    { type: 'memory-high', pid: 5120, processes: 7, bytes: 1.1 * GIB, limitBytes: 2 * GIB },
    'memory: "vitest run" (pid 5120, 7 processes) uses 1.1 GiB of its 2.0 GiB limit (55%)',
  ],
  [stale({}), 'removed a stale lock: pid 4321 "npm test" is gone (started 14:02:11)'],
  [stale({ command: undefined, startedAt: undefined }), 'removed a stale lock: pid 4321 is gone'],
  [stale({ why: 'reused' }), 'removed a stale lock: pid 4321 is another process by now (started 14:02:11)'],
  [
    stale({ why: 'rebooted' }),
    'removed a stale lock: pid 4321 "npm test" ran before the last boot (started 14:02:11)',
  ],
  [stale({ why: 'unreadable' }), 'removed a stale lock: it was not written by seqx'],
  [
    stale({ startedAt: 'garbage' }),
    'removed a stale lock: pid 4321 "npm test" is gone (started at an unknown time)',
  ],
  [
    { type: 'orphans-ended', pid: 4321, ended: 1, killed: [] },
    'ended 1 process left by the dead run of pid 4321',
  ],
  [
    { type: 'orphans-ended', pid: 4321, ended: 3, killed: [5, 6] },
    'ended 3 processes left by the dead run of pid 4321 (2 needed SIGKILL)',
  ],
  [
    { type: 'orphans-survived', survivors: [5] },
    'waiting for web: pid 5 of a dead run cannot be ended; trying again',
  ],
  [
    { type: 'holder-stuck', pid: 4321, stillMs: 300_000 },
    'the heartbeat of pid 4321 has stood still for 5m; ending its run',
  ],
  [
    { type: 'git-lock-stale', path: '/w/.git/index.lock', ageMs: 7_200_000 },
    "/w/.git/index.lock is 2h old and no git process holds it; continuing (remove it with: rm '/w/.git/index.lock')",
  ],
  [
    { type: 'git-wait-passed', root: '/w', waitedMs: 10_000, isRefused: true },
    'git is still busy in /w after 10s; nothing is run',
  ],
  [
    { type: 'git-wait-passed', root: '/w', waitedMs: 10_000, isRefused: false },
    'git is still busy in /w after 10s; continuing',
  ],
  [
    { type: 'timed-out', timeoutMs: 60_000, graceMs: 5_000 },
    '"vitest run" ran for 1m; ending it: SIGTERM now, SIGKILL in 5s',
  ],
  [
    { type: 'ending', why: 'signal', detail: 'SIGINT' },
    'interrupted again; ending "vitest run" and everything it started',
  ],
  [
    { type: 'ending', why: 'signal', detail: 'SIGTERM' },
    'SIGTERM and no end within the grace; ending "vitest run" and everything it started',
  ],
  [
    { type: 'ending', why: 'cancel', detail: 'seqx cancel, pid 9' },
    'cancelled by seqx cancel, pid 9; ending "vitest run"',
  ],
  [{ type: 'ending', why: 'abort', detail: '' }, 'aborted; ending "vitest run"'],
  [
    { type: 'leftovers-ended', ended: 2, killed: [5] },
    'ended 2 processes that "vitest run" left behind (1 needed SIGKILL)',
  ],
  [
    { type: 'leftovers-waited', processes: 1 },
    '"vitest run" has ended; waiting for 1 process it left behind',
  ],
  [
    { type: 'daemons-left', processes: [{ pid: 5, command: ['sleep', '9'] }] },
    'left running: pid 5 "sleep 9" (end with: seqx kill-all)',
  ],
  [
    { type: 'daemons-left', processes: [{ pid: 5, command: ['sleep', '9'], isHidden: true }] },
    'left running: pid 5 "sleep 9"',
  ],
  [{ type: 'watchdog-restarted', times: 1 }, 'the watchdog died and was started again'],
  [
    { type: 'events-failed', reason: '/e: ENOSPC' },
    'events are not written any further (/e: ENOSPC); going on without them',
  ],
  [
    { type: 'queue-failed', reason: 'ENOSPC' },
    'the queue cannot be used (ENOSPC); going on without a place in line',
  ],
];
const DETAIL: [SeqxEvent, string][] = [
  [{ type: 'started', pid: 5120 }, 'started "vitest run" (pid 5120)'],
  [
    { type: 'passed-through', ticket: 'deadbeef', holderPid: 4321 },
    'inside the run of pid 4321 that holds web; passing through',
  ],
  [{ type: 'signal-forwarded', signal: 'SIGTERM' }, 'forwarded SIGTERM to "vitest run"'],
  [{ type: 'tree-ended', ended: 2, killed: [] }, 'ended 2 processes'],
  [{ type: 'journal-failed', reason: 'EROFS' }, 'could not write the journal: EROFS'],
  [
    { type: 'memory-spared', rssBytes: 3 * GIB, pssBytes: GIB, limitBytes: 2 * GIB },
    'memory: RSS 3.0 GiB is over the 2.0 GiB limit, but shared pages counted once it is 1.0 GiB; going on',
  ],
];

describe('lineOf', () => {
  test.each(ALWAYS)('says even with --quiet: %#', (event, text) => {
    expect(lineOf(event, SUBJECT)).toEqual({ level: 'always', text });
  });

  test.each(NORMAL)('says unless quiet: %#', (event, text) => {
    expect(lineOf(event, SUBJECT)).toEqual({ level: 'normal', text });
  });

  test.each(DETAIL)('says with --verbose: %#', (event, text) => {
    expect(lineOf(event, SUBJECT)).toEqual({ level: 'detail', text });
  });

  test('leaves to the printer what it paces by itself', () => {
    expect(lineOf({ type: 'queued', ticket: 'deadbeef' }, SUBJECT)).toBeUndefined();
    expect(lineOf({ type: 'acquired', ticket: 'deadbeef', waitedMs: 5 }, SUBJECT)).toBeUndefined();
  });
});
