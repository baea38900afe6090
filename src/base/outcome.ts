// Every way a run can end that is not a bug: data, returned and switched exhaustively.

import { constants } from 'node:os';
import { unreachable } from './assert.ts';

export type SignalName = NodeJS.Signals;

/** Why nothing was run. */
export type NotRunReason = 'wait-passed' | 'busy' | 'cancelled' | 'git-busy';

/** Why a running command was ended by seqx and not by itself. */
export type EndedBy =
  | 'timeout'
  | 'memory'
  | 'pressure'
  | 'cancelled'
  | 'slot-lost'
  | 'unwatched'
  | 'unprinted'
  | 'aborted';

/** How a gate held by `seqx hold` was given back: its owner ended, let go of it, or was ended by seqx. */
export type HoldEnd = 'held' | 'released' | EndedBy;

export type Outcome =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: SignalName }
  | { readonly kind: 'ended'; readonly by: EndedBy; readonly signal: SignalName | undefined }
  | { readonly kind: 'not-started'; readonly why: 'not-found' | 'not-executable'; readonly detail: string }
  | { readonly kind: 'not-run'; readonly reason: NotRunReason }
  | { readonly kind: 'interrupted'; readonly signal: SignalName };

/**
 * The exit code of an ending (docs/exit-codes.md). Where the command died by a signal, or asked for one, the
 * caller re-raises it on itself and this is the 128+n that shells show.
 */
export function exitCodeOf(outcome: Outcome, conflictExitCode: number): number {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code;
    case 'signalled':
    case 'interrupted':
      return signalCode(outcome.signal);
    case 'not-started':
      return outcome.why === 'not-found' ? 127 : 126;
    case 'not-run':
      return conflictExitCode;
    case 'ended':
      return endedCode(outcome.by, outcome.signal, conflictExitCode);
    default:
      return unreachable(outcome);
  }
}

const ENDED_CODES: Partial<Record<EndedBy, number>> = {
  timeout: 124,
  memory: 137,
  pressure: 137,
  unwatched: 125,
  unprinted: 125,
};
const LOST_EXIT_CODE = 75;

/** A command that was cut short is never 0, whatever it made of its signal and whatever -E says. */
function endedCode(by: EndedBy, signal: SignalName | undefined, conflictExitCode: number): number {
  if (by === 'slot-lost') return conflictExitCode || LOST_EXIT_CODE;
  return ENDED_CODES[by] ?? signalCode(signal ?? 'SIGTERM');
}

const signalCode = (signal: SignalName): number => 128 + (constants.signals[signal] ?? 0);

/** The signal to die by instead of exiting, so that the caller sees what it would have seen without seqx. */
export function signalToRaise(outcome: Outcome): SignalName | undefined {
  if (outcome.kind === 'signalled' || outcome.kind === 'interrupted') return outcome.signal;
  return outcome.kind === 'ended' && outcome.by === 'cancelled' ? outcome.signal : undefined;
}

/** One word for the journal: the kind, or what ended the command. */
export function outcomeWord(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'ended':
      return outcome.by;
    case 'not-run':
      return outcome.reason;
    case 'not-started':
      return outcome.why;
    default:
      return outcome.kind;
  }
}
