// What is known of a batch at its end: into the journal, the events, and the report.

import { exitCodeOf, outcomeWord, signalToRaise } from '../base/outcome.ts';
import type { World } from '../base/ports.ts';
import { maskSecrets } from '../base/text.ts';
import type { BatchCommandReport, BatchReport } from '../batch/batch-report.ts';
import { journalFolder } from '../journal/journal.ts';
import { noteRun } from '../journal/note-run.ts';
import type { Passage } from '../passage.ts';
import type { Place } from '../place.ts';
import type { BatchCommand } from './batch-commands.ts';
import { type CommandEnd, isOk } from './batch-ends.ts';
import type { Work } from './batch-work.ts';

export async function conclude(
  argv: readonly string[],
  { commands, ends, mostAtOnce, peakBytes, outcome }: Work,
  passage: Passage,
  place: Place,
  world: World,
): Promise<BatchReport> {
  const { ticket, waitedMs, ranFromNs, settledMs, position, of } = passage;
  const ranMs = ranFromNs === undefined ? 0 : Number(world.clock.nowNs() - ranFromNs) / 1e6 - settledMs;
  const exitCode = exitCodeOf(outcome, place.settings.conflictExitCode);
  const signal = signalToRaise(outcome) ?? null;
  const facts = { ticket, argv, cwd: place.cwd, waitedMs, ranMs, peakBytes: peakBytes ?? null };
  const bypassed = place.settings.bypass ? { bypassed: true as const } : {};
  const end = { outcome: outcomeWord(outcome), exitCode, signal };
  await noteRun(journalFolder(place.gate.hash, place.env), { ...facts, ...end, ...bypassed }, world);
  world.emit({ type: 'ended', outcome, stats: { ticket, waitedMs, ranMs, peakBytes, position, of } });
  const rows = commands.map(command => rowOf(command, ends.get(command.number), place));
  const countOf = (state: BatchCommandReport['state']) => rows.filter(row => row.state === state).length;
  return {
    schema: 'seqx.batch/1',
    ticket,
    startedAt:
      ranFromNs === undefined ? null : new Date(world.clock.wallMs() - ranMs - settledMs).toISOString(),
    jobs: place.settings.jobs,
    waitedMs,
    ranMs,
    peakBytes: peakBytes ?? null,
    counts: {
      total: rows.length,
      ok: countOf('ok'),
      failed: countOf('failed'),
      notRun: countOf('not-run'),
      mostAtOnce,
    },
    outcome,
    exitCode,
    signal,
    commands: rows,
  };
}

function rowOf(
  { number, name, argv, cwd }: BatchCommand,
  end: CommandEnd | undefined,
  { settings }: Place,
): BatchCommandReport {
  return {
    number,
    name,
    argv: maskSecrets(argv),
    cwd,
    state: end === undefined ? 'not-run' : isOk(end) ? 'ok' : 'failed',
    outcome: end ? outcomeWord(end.outcome) : null,
    exitCode: end ? exitCodeOf(end.outcome, settings.conflictExitCode) : null,
    signal: (end && 'signal' in end.outcome ? end.outcome.signal : undefined) ?? null,
    startedAt: end?.startedAt ?? null,
    ranMs: end?.ranMs ?? null,
    peakBytes: end?.peakBytes ?? null,
    expectedBytes: end?.expectedBytes ?? null,
  };
}
