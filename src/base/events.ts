// What happens during a run, as data. Steps emit these; one printer turns them into words, and library users
// may listen to them. Names are past tense; times are milliseconds, sizes bytes.

import type { ErrorCode } from './errors.ts';
import type { HoldEnd, Outcome, SignalName } from './outcome.ts';
import type { Settings } from './settings.ts';

/** Who is ahead: as much as is known of it. */
export interface HolderView {
  readonly pid: number;
  readonly command: readonly string[] | undefined;
  readonly cwd: string | undefined;
  readonly heldMs: number | undefined;
  readonly isSuspended: boolean;
  readonly memoryBytes: number | undefined;
  readonly heartbeatAgeMs: number | undefined;
  /** What this command usually takes, from the journal. */
  readonly usualMs: number | undefined;
}

export type SeqxEvent =
  /** First of all: which gate, under which settings. */
  | {
      readonly type: 'gate-opened';
      readonly gate: string;
      readonly argv: readonly string[];
      readonly settings: Settings;
    }
  | { readonly type: 'queued'; readonly ticket: string }
  | {
      readonly type: 'queue-failed';
      readonly reason: string;
    }
  | {
      readonly type: 'position';
      readonly position: number;
      readonly of: number;
      readonly waitedMs: number;
      readonly holder: HolderView | undefined;
    }
  | { readonly type: 'passed-through'; readonly ticket: string; readonly holderPid: number }
  /** The gate was not asked, because the caller said so. */
  | { readonly type: 'bypassed'; readonly ticket: string }
  | { readonly type: 'acquired'; readonly ticket: string; readonly waitedMs: number }
  | {
      readonly type: 'stale-removed';
      readonly pid: number;
      readonly command: readonly string[] | undefined;
      readonly startedAt: string | undefined;
      readonly why: 'gone' | 'reused' | 'rebooted' | 'unreadable';
    }
  | {
      readonly type: 'orphans-ended';
      readonly pid: number;
      readonly ended: number;
      readonly killed: readonly number[];
    }
  | { readonly type: 'orphans-survived'; readonly survivors: readonly number[] }
  | { readonly type: 'holder-stuck'; readonly pid: number; readonly stillMs: number }
  | {
      readonly type: 'git-waited';
      readonly root: string;
      readonly what: string;
      readonly pid: number | undefined;
      readonly command: readonly string[] | undefined;
      readonly waitedMs: number;
    }
  | { readonly type: 'git-lock-stale'; readonly path: string; readonly ageMs: number }
  | {
      readonly type: 'git-wait-passed';
      readonly root: string;
      readonly waitedMs: number;
      readonly isRefused: boolean;
    }
  /** Another git took index.lock between our look and git's own; git did nothing else and is started again. */
  | { readonly type: 'git-raced' }
  | { readonly type: 'started'; readonly pid: number }
  | {
      readonly type: 'memory-high';
      readonly pid: number;
      readonly processes: number;
      readonly bytes: number;
      readonly limitBytes: number;
    }
  | {
      readonly type: 'memory-over';
      readonly pid: number;
      readonly processes: number;
      readonly bytes: number;
      readonly limitBytes: number;
      readonly measure: 'PSS' | 'RSS';
      /** The single process that passed its own limit; `undefined` when the whole tree did. */
      readonly culprit: number | undefined;
      readonly graceMs: number;
    }
  | {
      readonly type: 'memory-spared';
      readonly rssBytes: number;
      readonly pssBytes: number;
      readonly limitBytes: number;
    }
  | { readonly type: 'timed-out'; readonly timeoutMs: number; readonly graceMs: number }
  | { readonly type: 'ending'; readonly why: 'signal' | 'cancel' | 'abort'; readonly detail: string }
  | { readonly type: 'signal-refused'; readonly signal: SignalName }
  | { readonly type: 'signal-forwarded'; readonly signal: SignalName }
  | { readonly type: 'tree-ended'; readonly ended: number; readonly killed: readonly number[] }
  | { readonly type: 'ending-failed'; readonly reason: string }
  | { readonly type: 'tree-survived'; readonly survivors: readonly number[] }
  | { readonly type: 'leftovers-ended'; readonly ended: number; readonly killed: readonly number[] }
  | { readonly type: 'leftovers-waited'; readonly processes: number }
  | {
      readonly type: 'daemons-left';
      /** A hidden one shows no token: `kill-all` would not find it. */
      readonly processes: readonly { pid: number; command: readonly string[]; isHidden?: boolean }[];
    }
  | { readonly type: 'watchdog-restarted'; readonly times: number }
  | { readonly type: 'watchdog-lost' }
  | {
      readonly type: 'slot-lost';
      /** Pid 1 has lost it, by whom it was held; it is not ended. */
      readonly unended?: number | undefined;
    }
  /** Pid 1 holds the gate (a container): everything descends from it, so nothing of it is watched or ended. */
  | { readonly type: 'owner-unwatched'; readonly pid: number }
  /** A gate held by `seqx hold` was given back: its owner has ended, or somebody released it. */
  | {
      readonly type: 'released';
      readonly ticket: string;
      readonly ranMs: number;
      readonly peakBytes: number | undefined;
      readonly by: HoldEnd;
    }
  | { readonly type: 'journal-failed'; readonly reason: string }
  /** The stream that --events asked for; told to listeners, as the stream itself is no more. */
  | { readonly type: 'events-failed'; readonly reason: string }
  /** Last of all, in its place `failed`: seqx itself could not go on. */
  | { readonly type: 'ended'; readonly outcome: Outcome; readonly stats: RunStats }
  | { readonly type: 'failed'; readonly code: ErrorCode | undefined; readonly reason: string };

/** What is known of a run at its end. */
export interface RunStats {
  readonly ticket: string;
  readonly waitedMs: number;
  readonly ranMs: number;
  readonly peakBytes: number | undefined;
  /** Place in the queue when it stopped waiting, for runs that never started. */
  readonly position: number | undefined;
  readonly of: number | undefined;
}
