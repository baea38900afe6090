// The last line of a run: exact texts, and what --quiet leaves.

import { expect, test } from 'vitest';
import type { HolderView, RunStats } from '../../../../src/base/events.ts';
import { exitCodeOf, type Outcome } from '../../../../src/base/outcome.ts';
import { endLine } from '../../../../src/cli/report/endings.ts';

const STATS: RunStats = {
  ticket: 'deadbeef',
  waitedMs: 100_000,
  ranMs: 12_000,
  peakBytes: 2.1 * 2 ** 30,
  position: 1,
  of: 2,
};
const HOLDER = {
  pid: 4321,
  command: ['npm', 'test'],
  heldMs: 72_000,
  isSuspended: false,
} as unknown as HolderView;
const SUBJECT = { gate: 'web', command: '"npm test"' };
const line = (outcome: Outcome, stats: Partial<RunStats> = {}, holder?: HolderView) =>
  endLine(outcome, { ...STATS, ...stats }, holder, exitCodeOf(outcome, 75), SUBJECT);
const ended = (by: Extract<Outcome, { kind: 'ended' }>['by']): Outcome => ({
  kind: 'ended',
  by,
  signal: 'SIGTERM',
});

test.each<[Outcome, string, string]>([
  [{ kind: 'exited', code: 7 }, 'detail', '"npm test" ended after 12s (exit 7)'],
  [{ kind: 'signalled', signal: 'SIGTERM' }, 'detail', '"npm test" ended after 12s (exit 143)'],
  [{ kind: 'interrupted', signal: 'SIGINT' }, 'detail', 'SIGINT: left the queue; nothing was run'],
  [
    { kind: 'not-started', why: 'not-found', detail: '' },
    'always',
    '"npm test": command not found (exit 127)',
  ],
  [
    { kind: 'not-started', why: 'not-executable', detail: 'EACCES' },
    'always',
    '"npm test": cannot be run (EACCES) (exit 126)',
  ],
  [
    { kind: 'not-run', reason: 'wait-passed' },
    'normal',
    'gave up after 1m40s at position 1 of 2; nothing was run (exit 75)\n  try: seqx status   or a longer --wait',
  ],
  [
    { kind: 'not-run', reason: 'busy' },
    'normal',
    'web is taken; nothing was run (exit 75)\n  try: seqx status   or wait with --wait 5m',
  ],
  [
    { kind: 'not-run', reason: 'cancelled' },
    'normal',
    'cancelled in the queue of web; nothing was run (exit 75)',
  ],
  [
    { kind: 'not-run', reason: 'git-busy' },
    'normal',
    'git is busy in this repository; nothing was run (exit 75)\n  try: a longer --git-wait   or --git-busy=continue',
  ],
  [
    ended('memory'),
    'always',
    'memory: ended "npm test" after 12s, peak 2.1 GiB (exit 137)\n  try: a higher --memory-limit',
  ],
  [ended('timeout'), 'always', '"npm test" was ended by --timeout after 12s (exit 124)'],
  [ended('slot-lost'), 'always', '"npm test" was ended after 12s (exit 75)'],
  [ended('unwatched'), 'always', '"npm test" was ended after 12s (exit 125)'],
  [ended('unprinted'), 'always', '"npm test" was ended after 12s (exit 125)'],
  [ended('cancelled'), 'normal', '"npm test" was cancelled after 12s (exit 143)'],
  [ended('aborted'), 'normal', '"npm test" was aborted after 12s (exit 143)'],
])('%j', (outcome, level, text) => {
  expect(line(outcome)).toEqual({ level, text });
});

test('what is not known is not said', () => {
  const gaveUp = line({ kind: 'not-run', reason: 'wait-passed' }, { position: undefined, of: undefined });
  expect(gaveUp.text).toMatch(/^gave up after 1m40s; nothing was run/);
  expect(line(ended('memory'), { peakBytes: undefined }).text).toMatch(/after 12s \(exit 137\)/);
});

test('a gate that is taken is taken by somebody', () => {
  expect(line({ kind: 'not-run', reason: 'busy' }, {}, HOLDER).text).toMatch(
    /^web is taken by pid 4321 "npm test" \(running 1m12s\); nothing was run \(exit 75\)/,
  );
});

test('what the system said about a command cannot move the cursor', () => {
  const { text } = line({ kind: 'not-started', why: 'not-executable', detail: 'E\u001b[2J\n\u202eX' });
  expect(text).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
});
