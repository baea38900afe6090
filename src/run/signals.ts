// What to do with a signal that reached the wrapper while the command runs. Pure, tested by tables.
// A terminal's Ctrl-C reaches command and wrapper alike, so it is not forwarded; a signal sent to the
// wrapper alone is. Asking twice means it: the tree is ended.

import type { SignalName } from '../base/ports.ts';

/** `ignore`: the same request once more. `remember`: the command has it already; the next one means it. */
export type SignalAction =
  | 'ignore'
  | 'remember'
  | 'forward'
  | 'forward-and-escalate-later'
  | 'escalate'
  | 'hurry';

export interface SignalHistory {
  /** When the last signal that asks to end arrived, milliseconds; `undefined` before the first. */
  readonly askedMs: number | undefined;
  readonly isEscalated: boolean;
}

/** Signals the wrapper listens for; TSTP, TTIN, TTOU and CONT keep their meaning for the whole group. */
export const HANDLED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** All but those that mean what the command wants them to mean. */
export const asksToEnd = (signal: SignalName): boolean => signal !== 'SIGUSR1' && signal !== 'SIGUSR2';

/** timeout(1) and shells signal the process and then its group: two within this time are one. */
const SAME_MS = 50;

/**
 * @param isForeground we are the foreground group of our terminal
 * @param graceMs a second request later than this after the first counts as a first one again
 */
export function actOnSignal(
  signal: SignalName,
  isForeground: boolean,
  history: SignalHistory,
  nowMs: number,
  graceMs: number,
): SignalAction {
  if (signal === 'SIGHUP' || signal === 'SIGUSR1' || signal === 'SIGUSR2') return 'forward';
  const isFromTerminal = isForeground && (signal === 'SIGINT' || signal === 'SIGQUIT');
  const sinceMs = history.askedMs === undefined ? Infinity : nowMs - history.askedMs;
  if (sinceMs < SAME_MS && !isFromTerminal) return 'ignore';
  if (history.isEscalated) return 'hurry';
  if (sinceMs <= graceMs) return 'escalate';
  return isFromTerminal ? 'remember' : 'forward-and-escalate-later';
}
