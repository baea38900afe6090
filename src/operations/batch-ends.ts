// What became of the commands of a batch so far, and how far it is.

import type { SeqxEvent } from '../base/events.ts';
import type { Outcome } from '../base/outcome.ts';
import type { BatchProgress } from '../batch/batch-report.ts';
import { etaMs } from '../batch/eta.ts';
import type { BatchCommand } from './batch-commands.ts';

/** What became of a command that was started. */
export interface CommandEnd {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly startedAt: string;
  readonly ranMs: number;
  readonly peakBytes: number | undefined;
  readonly expectedBytes: number;
}

export interface Running {
  readonly command: BatchCommand;
  readonly startedNs: bigint;
}

export const isOk = ({ outcome }: Pick<CommandEnd, 'outcome'>): boolean =>
  outcome.kind === 'exited' && outcome.code === 0;

export const endedEvent = (
  { number, name }: BatchCommand,
  { outcome, exitCode, ranMs, peakBytes }: CommandEnd,
): SeqxEvent => ({ type: 'command-ended', number, name, outcome, exitCode, ranMs, peakBytes });

interface Standing extends Pick<BatchProgress, 'total' | 'jobs' | 'usedBytes' | 'budgetBytes'> {
  readonly ends: readonly CommandEnd[];
  readonly running: readonly Running[];
  readonly waiting: readonly BatchCommand[];
  readonly beganNs: bigint;
  readonly nowNs: bigint;
}

export function progressOf({ ends, running, waiting, beganNs, nowNs, ...known }: Standing): BatchProgress {
  const sinceMs = (ns: bigint) => Number(nowNs - ns) / 1e6;
  return {
    ...known,
    done: ends.length,
    failed: ends.filter(end => !isOk(end)).length,
    running: running.map(({ command }) => command.name),
    leftMs: etaMs({
      doneMs: ends.map(({ ranMs }) => ranMs),
      running: running.map(({ command: { usualMs }, startedNs }) => ({ forMs: sinceMs(startedNs), usualMs })),
      waiting: waiting.map(({ usualMs }) => usualMs),
      elapsedMs: sinceMs(beganNs),
    }),
  };
}
