// What a batch was and how it went: the answer of the library, and of `seqx batch --json`.

import type { Outcome, SignalName } from '../base/outcome.ts';

export interface BatchCommandReport {
  /** Place in the list, from 1. */
  readonly number: number;
  readonly name: string;
  /** The exact words; a line of shell is among them. Secrets masked. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly state: 'ok' | 'failed' | 'not-run';
  /** One word: `exited`, `signalled`, `memory`, `timeout`, `not-found` …; `null` when it was not run. */
  readonly outcome: string | null;
  readonly exitCode: number | null;
  readonly signal: SignalName | null;
  readonly startedAt: string | null;
  readonly ranMs: number | null;
  /** The most that its processes were seen to use; `null` when it was too short to be looked at. */
  readonly peakBytes: number | null;
  /** What it was expected to need when it was started. */
  readonly expectedBytes: number | null;
}

export interface BatchReport {
  readonly schema: 'seqx.batch/1';
  readonly ticket: string;
  readonly startedAt: string | null;
  readonly jobs: number | 'auto';
  readonly waitedMs: number;
  readonly ranMs: number;
  /** Of all commands together. */
  readonly peakBytes: number | null;
  readonly counts: {
    readonly total: number;
    readonly ok: number;
    readonly failed: number;
    readonly notRun: number;
    /** The most that ran at once. */
    readonly mostAtOnce: number;
  };
  /** How the batch as a whole ended. */
  readonly outcome: Outcome;
  /** 0 if every command succeeded, 1 if one did not; else as docs/exit-codes.md. */
  readonly exitCode: number;
  readonly signal: SignalName | null;
  /** In the order of the list. */
  readonly commands: readonly BatchCommandReport[];
}

/** How it goes, while it goes. */
export interface BatchProgress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Names, in the order in which they were started. */
  readonly running: readonly string[];
  /** How many may run at once at the moment. */
  readonly jobs: number;
  readonly usedBytes: number;
  /** What all of them may use together; 0 is no limit. */
  readonly budgetBytes: number;
  /** `undefined` as long as nothing is known. */
  readonly leftMs: number | undefined;
}
