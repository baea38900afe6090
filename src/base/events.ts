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

/** Why the next in line waits although a slot is free. Sizes in bytes. */
export interface MemoryWait {
  /** What it is expected to need. */
  readonly neededBytes: number;
  /** What the others leave of it. */
  readonly freeBytes: number;
  /** Whose end this is: that of --memory-threshold, or of what the machine has available. */
  readonly of: 'threshold' | 'machine';
  readonly takenSlots: number;
  readonly slots: number;
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
      /** Everybody who holds the gate, up to 32. */
      readonly holders: readonly Pick<HolderView, 'pid' | 'memoryBytes'>[];
      readonly memory: MemoryWait | undefined;
    }
  /** A slot is free, and the memory for another run is not: one at a time for now. Told once in a wait. */
  | {
      readonly type: 'memory-short';
      readonly neededBytes: number;
      readonly freeBytes: number;
      readonly of: 'threshold' | 'machine';
      readonly thresholdBytes: number;
      readonly takenSlots: number;
      readonly slots: number;
    }
  /** It runs because it is alone: it needs more than runs that share the gate may have. */
  | {
      readonly type: 'memory-tight';
      readonly neededBytes: number;
      readonly freeBytes: number;
      readonly of: 'threshold' | 'machine';
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
  /**
   * Memory is short for the runs that share the gate: this one, the youngest, stands still until there is room.
   * `of` says what is short: --memory-threshold, or what the machine has available.
   */
  | {
      readonly type: 'suspended';
      readonly pid: number;
      readonly processes: number;
      readonly of: 'threshold' | 'machine';
      readonly usedBytes: number;
      readonly thresholdBytes: number;
      readonly availableBytes: number | undefined;
    }
  /** It goes on: there is room, nobody else runs, somebody asked it to end, or nobody watches over it. */
  | {
      readonly type: 'resumed';
      readonly suspendedMs: number;
      readonly why: 'room' | 'alone' | 'asked' | 'unwatched';
    }
  /** It would be suspended, and this system cannot: nothing is done. Told once. */
  | {
      readonly type: 'suspend-unavailable';
      readonly of: 'threshold' | 'machine';
      readonly usedBytes: number;
      readonly thresholdBytes: number;
      readonly availableBytes: number | undefined;
    }
  /** It is ended to make room: --on-pressure=end, or suspending it was not enough. */
  | {
      readonly type: 'pressure-over';
      readonly pid: number;
      readonly processes: number;
      readonly bytes: number;
      readonly of: 'threshold' | 'machine';
      readonly usedBytes: number;
      readonly thresholdBytes: number;
      readonly availableBytes: number | undefined;
      /** How long it had been suspended; absent if it was not. */
      readonly suspendedMs: number | undefined;
      readonly graceMs: number;
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
  /** The run has ended, and its slot is kept until memory is back (--settle). */
  | {
      readonly type: 'settle-waited';
      readonly bytes: number;
      readonly limitBytes: number;
      readonly availableBytes: number;
      readonly waitedMs: number;
    }
  | {
      readonly type: 'settled';
      readonly isBack: boolean;
      readonly bytes: number;
      readonly limitBytes: number;
      readonly availableBytes: number;
      readonly waitedMs: number;
    }
  /** A batch has the gate and starts its commands. */
  | { readonly type: 'batch-started'; readonly commands: number; readonly jobs: number | 'auto' }
  /** One of them: which, from 1. */
  | {
      readonly type: 'command-started';
      readonly number: number;
      readonly name: string;
      readonly argv: readonly string[];
      readonly pid: number;
    }
  /** What happened in one of them, as in any run. */
  | { readonly type: 'command-event'; readonly number: number; readonly event: SeqxEvent }
  | {
      readonly type: 'command-ended';
      readonly number: number;
      readonly name: string;
      readonly outcome: Outcome;
      readonly exitCode: number;
      readonly ranMs: number;
      readonly peakBytes: number | undefined;
    }
  /** More might run, but not with the memory that there is. Told once, and again after it went. */
  | {
      readonly type: 'batch-short';
      readonly number: number;
      readonly name: string;
      readonly neededBytes: number;
      readonly freeBytes: number;
      readonly of: 'threshold' | 'machine';
      readonly running: number;
    }
  /** What the commands of a batch have written could not be printed, or only the first of it. */
  | { readonly type: 'output-lost'; readonly reason: string }
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
