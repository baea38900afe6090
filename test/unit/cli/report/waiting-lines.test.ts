// Who is waited for, in words; and that nothing hostile in paths, commands or reasons reaches the terminal.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HolderView, SeqxEvent } from '../../../../src/base/events.ts';
import {
  clockTime,
  gitText,
  holderText,
  lineOf,
  longWaitText,
  waitingText,
} from '../../../../src/cli/report/lines.ts';

const GIB = 2 ** 30;
const SUBJECT = { gate: 'web', command: '"vitest run"' };
const HOLDER: HolderView = {
  pid: 4321,
  command: ['npm', 'test'],
  cwd: '/home/ann/web',
  heldMs: 72_000,
  isSuspended: false,
  memoryBytes: GIB,
  heartbeatAgeMs: 900,
  usualMs: 110_000,
};
type Waited = Extract<SeqxEvent, { type: 'position' }>;
const waited = (holder?: HolderView, waitedMs = 92_000): Waited => ({
  type: 'position',
  position: 2,
  of: 3,
  waitedMs,
  holder,
  holders: holder ? [holder] : [],
  memory: undefined,
});
/** 14:02:11 of whatever zone the test runs in. */
const AT_1402 = new Date(2026, 0, 5, 14, 2, 11).toISOString();

describe('the waiting line', () => {
  test('has position, holder, age and what is usual, in that order', () => {
    expect(waitingText(waited(HOLDER), 'web')).toBe(
      'waiting for web: position 2 of 3, behind pid 4321 "npm test" (running 1m12s, usually 1m50s)',
    );
  });

  test.each([
    [{ usualMs: undefined }, 'pid 4321 "npm test" (running 1m12s)'],
    [{ usualMs: undefined, heldMs: undefined }, 'pid 4321 "npm test"'],
    [{ command: undefined }, 'pid 4321 (running 1m12s, usually 1m50s)'],
    [{ isSuspended: true }, 'pid 4321 "npm test" (running 1m12s, usually 1m50s, suspended)'],
    [
      { command: ['deploy', '--token=hunter2'] },
      'pid 4321 "deploy --token=***" (running 1m12s, usually 1m50s)',
    ],
  ])('of a holder with %j says %s', (change, text) => {
    expect(holderText({ ...HOLDER, ...change })).toBe(text);
  });

  test('of several holders names the first and counts the others', () => {
    const holders = [HOLDER, { pid: 5, memoryBytes: undefined }, { pid: 6, memoryBytes: undefined }];
    expect(waitingText({ ...waited(HOLDER), holders }, 'web')).toBe(
      'waiting for web: position 2 of 3, behind pid 4321 "npm test" (running 1m12s, usually 1m50s) and 2 more',
    );
  });

  test('for memory says what is needed, what is free, and who has the most of it', () => {
    const memory = {
      neededBytes: 4 * GIB,
      freeBytes: 2.1 * GIB,
      of: 'threshold',
      takenSlots: 1,
      slots: 2,
    } as const;
    const holders = [
      { pid: 1, memoryBytes: GIB },
      { pid: 4321, memoryBytes: 5.2 * GIB },
    ];
    expect(waitingText({ ...waited(HOLDER), holders, memory }, 'web')).toBe(
      'waiting for memory: needs 4.0 GiB, 2.1 GiB free (1 of 2 slots taken); pid 4321 holds 5.2 GiB',
    );
    const unknown = { ...waited(), memory: { ...memory, of: 'machine' } as const };
    expect(waitingText(unknown, 'web')).toBe(
      'waiting for memory: needs 4.0 GiB, 2.1 GiB free on this machine (1 of 2 slots taken)',
    );
  });

  test('once says that runs go one at a time, and that one runs because it is alone', () => {
    const shortage = { neededBytes: 4 * GIB, freeBytes: GIB, of: 'threshold' } as const;
    const slots = { thresholdBytes: 4 * GIB, takenSlots: 1, slots: 2 };
    expect(lineOf({ type: 'memory-short', ...shortage, ...slots }, SUBJECT)?.text).toBe(
      'memory: needs 4.0 GiB, 1.0 GiB free; runs of web go one at a time until there is room',
    );
    expect(lineOf({ type: 'memory-tight', ...shortage }, SUBJECT)?.text).toBe(
      'memory: "vitest run" needs 4.0 GiB, 1.0 GiB free; it runs alone',
    );
  });

  test('without a holder says the position alone', () => {
    expect(waitingText(waited(), 'web')).toBe('waiting for web: position 2 of 3');
  });

  test('of a long wait says how healthy the holder is, and the ways out', () => {
    expect(longWaitText(waited(HOLDER, 300_000))).toBe(
      'waited 5m so far; pid 4321 in /home/ann/web, using 1.0 GiB, heartbeat 900ms ago (healthy)\n' +
        '  try: seqx status   or end everything: seqx kill-all',
    );
    expect(longWaitText(waited({ ...HOLDER, heartbeatAgeMs: 40_000 }, 600_000))).toContain(
      'heartbeat 40s ago\n',
    );
    expect(longWaitText(waited(undefined, 300_000))).toBe('waited 5m so far\n  try: seqx status');
  });
});

describe('the git line', () => {
  const git = { type: 'git-waited', root: '~/web', what: '.git/index.lock', waitedMs: 5_000 } as const;

  test('names lock and holder', () => {
    expect(gitText({ ...git, pid: 991, command: ['git', 'commit'] })).toBe(
      'waiting for git in ~/web: .git/index.lock held by pid 991 "git commit" (5s)',
    );
  });

  test('names no holder that is not known', () => {
    expect(gitText({ ...git, pid: undefined, command: undefined })).toBe(
      'waiting for git in ~/web: .git/index.lock (5s)',
    );
  });
});

test('a hostile path, command or reason cannot move the cursor or add a line', () => {
  const hostile = fc.string({
    unit: fc.constantFrom('\u001b[2J', '\n', '\r', '\u202e', '\u009b', 'a', ' ', '/'),
  });
  fc.assert(
    fc.property(hostile, text => {
      const events: SeqxEvent[] = [
        { type: 'git-lock-stale', path: text, ageMs: 1 },
        { type: 'git-wait-passed', root: text, waitedMs: 1, isRefused: true },
        { type: 'queue-failed', reason: text },
        { type: 'journal-failed', reason: text },
        { type: 'ending', why: 'cancel', detail: text },
        { type: 'daemons-left', processes: [{ pid: 5, command: [text] }] },
        { type: 'stale-removed', pid: 5, command: [text], startedAt: text, why: 'gone' },
      ];
      const holder = { ...HOLDER, command: [text], cwd: text };
      const lines = [
        ...events.map(event => lineOf(event, SUBJECT)?.text ?? ''),
        waitingText(waited(holder), 'web'),
        longWaitText(waited(holder)).replace('\n  try: ', ''),
        gitText({ type: 'git-waited', root: text, what: text, pid: 5, command: [text], waitedMs: 1 }),
      ];
      for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }),
  );
});

test('a time of day is local, and garbage is said to be', () => {
  expect([clockTime(AT_1402), clockTime('never')]).toEqual(['14:02:11', 'at an unknown time']);
});
