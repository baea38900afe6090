// What to do with a signal that reached the wrapper: the whole table.

import { describe, expect, test } from 'vitest';
import { actOnSignal, asksToEnd, HANDLED_SIGNALS, type SignalHistory } from '../../../src/run/signals.ts';

const FIRST: SignalHistory = { askedMs: undefined, isEscalated: false };
const ASKED: SignalHistory = { askedMs: 1_000, isEscalated: false };
const ESCALATED: SignalHistory = { askedMs: 1_000, isEscalated: true };
const GRACE_MS = 5_000;

describe('sent to the wrapper alone', () => {
  test.each([
    ['SIGTERM', FIRST, 1_000, 'forward-and-escalate-later'],
    ['SIGINT', FIRST, 1_000, 'forward-and-escalate-later'],
    ['SIGQUIT', FIRST, 1_000, 'forward-and-escalate-later'],
    ['SIGTERM', ASKED, 1_049, 'ignore'],
    ['SIGTERM', ASKED, 1_050, 'escalate'],
    ['SIGINT', ASKED, 6_000, 'escalate'],
    ['SIGINT', ASKED, 6_001, 'forward-and-escalate-later'],
    ['SIGTERM', ESCALATED, 1_010, 'ignore'],
    ['SIGTERM', ESCALATED, 1_100, 'hurry'],
    ['SIGTERM', ESCALATED, 99_000, 'hurry'],
  ] as const)('%s after %j at %d ms: %s', (signal, history, nowMs, action) => {
    expect(actOnSignal(signal, false, history, nowMs, GRACE_MS)).toBe(action);
  });
});

describe('from our terminal, whose Ctrl-C the command gets as well', () => {
  test.each([
    ['SIGINT', FIRST, 1_000, 'remember'],
    ['SIGQUIT', FIRST, 1_000, 'remember'],
    ['SIGINT', ASKED, 1_010, 'escalate'],
    ['SIGINT', ASKED, 3_000, 'escalate'],
    ['SIGINT', ASKED, 6_001, 'remember'],
    ['SIGINT', ESCALATED, 1_100, 'hurry'],
    ['SIGTERM', FIRST, 1_000, 'forward-and-escalate-later'],
  ] as const)('%s after %j at %d ms: %s', (signal, history, nowMs, action) => {
    expect(actOnSignal(signal, true, history, nowMs, GRACE_MS)).toBe(action);
  });
});

describe.each(['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)('%s', signal => {
  test.each([FIRST, ASKED, ESCALATED])('is the command’s own, whatever was before: %j', history => {
    for (const isForeground of [true, false]) {
      expect(actOnSignal(signal, isForeground, history, 1_100, GRACE_MS)).toBe('forward');
    }
  });
});

test('the terminal’s job control stays with the group', () => {
  for (const signal of ['SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGCONT', 'SIGWINCH']) {
    expect(HANDLED_SIGNALS).not.toContain(signal);
  }
});

test.each([
  ['SIGINT', true],
  ['SIGTERM', true],
  ['SIGHUP', true],
  ['SIGQUIT', true],
  ['SIGUSR1', false],
  ['SIGUSR2', false],
] as const)('%s asks a command to end: %s', (signal, expected) => {
  expect(asksToEnd(signal)).toBe(expected);
});
