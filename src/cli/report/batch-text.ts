// A batch as people read it. Pure.

import { unreachable } from '../../base/assert.ts';
import type { SeqxEvent } from '../../base/events.ts';
import type { Outcome } from '../../base/outcome.ts';
import { cleanText, count } from '../../base/text.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { BatchCommandReport, BatchProgress, BatchReport } from '../../index.ts';
import { type Line, lineOf, type Subject } from './lines.ts';
import { table } from './status-text.ts';

/** `12 of 40 done, 1 failed, 1.2 GiB of 4.0 GiB, about 2m left, 3 running: lint, test, docs`. */
export function progressText(progress: BatchProgress): string {
  const { total, done, failed, running, usedBytes, budgetBytes, leftMs } = progress;
  const most = budgetBytes > 0 ? ` of ${formatBytes(budgetBytes)}` : '';
  return [
    `${done} of ${total} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${formatBytes(usedBytes)}${most}`,
    ...(leftMs === undefined ? [] : [`about ${formatDuration(leftMs)} left`]),
    `${running.length} running: ${running.join(', ')}`,
  ].join(', ');
}

/** `2 of 5: lint: exit 3 after 1.2s, peak 120 MiB`. */
export function endedText(
  { number, name, outcome, ranMs, peakBytes }: Extract<SeqxEvent, { type: 'command-ended' }>,
  total: number,
): string {
  const peak = peakBytes === undefined ? '' : `, peak ${formatBytes(peakBytes)}`;
  const text = `${number} of ${total}: ${name}: ${outcomeText(outcome)} after ${formatDuration(ranMs)}${peak}`;
  return cleanText(text, Infinity);
}

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code === 0 ? 'ok' : `exit ${outcome.code}`;
    case 'signalled':
    case 'interrupted':
      return outcome.signal;
    case 'ended':
      return outcome.by;
    case 'not-started':
      return outcome.why === 'not-found' ? 'command not found' : `cannot be run (${outcome.detail})`;
    case 'not-run':
      return 'not run';
    default:
      return unreachable(outcome);
  }
}

/** The line of an event that only a batch has; `undefined` for all others. */
export function batchLine(
  event: SeqxEvent,
  { gate }: Subject,
  nameOf: (number: number) => string,
): Line | undefined {
  if (event.type === 'command-event')
    return lineOf(event.event, { gate, command: `"${nameOf(event.number)}"` });
  if (event.type === 'output-lost')
    return {
      level: 'always',
      text: `the output of the commands is not complete: ${cleanText(event.reason)}`,
    };
  if (event.type !== 'batch-short') return undefined;
  const { name, neededBytes, freeBytes, of, running } = event;
  const where = of === 'machine' ? ' on this machine' : '';
  const text = `memory: "${name}" needs ${formatBytes(neededBytes)}, ${formatBytes(freeBytes)} free${where}; it waits until there is room (${running} running)`;
  return { level: 'normal', text };
}

/** Longer tables say nothing: those that went well are only counted then. */
const MOST_ROWS = 60;

/** The counts, and the table: one row a command in the order of the list. */
export function summaryText(report: BatchReport, hasTable: boolean): string {
  return [countsText(report), ...(hasTable ? rowsOf(report) : []), ''].join('\n');
}

function countsText({ counts, ranMs, peakBytes, exitCode }: BatchReport): string {
  const { ok, total, failed, notRun } = counts;
  const facts = [
    `${ok} of ${count(total, 'command')} ok`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(notRun > 0 ? [`${notRun} not run`] : []),
  ].join(', ');
  const peak = peakBytes === null ? '' : `, peak ${formatBytes(peakBytes)}`;
  return `seqx: batch: ${facts} in ${formatDuration(ranMs)}${peak} (exit ${exitCode})`;
}

function rowsOf({ commands, counts }: BatchReport): string[] {
  const isLong = commands.length > MOST_ROWS;
  const shown = isLong ? commands.filter(({ state }) => state !== 'ok') : commands;
  const rows = shown.map(command => ['', command.name, stateText(command), ...figures(command)]);
  const rest = isLong && counts.ok > 0 ? [`  and ${counts.ok} that went well`] : [];
  return rows.length === 0
    ? rest
    : [...table([['', 'COMMAND', 'OUTCOME', 'TIME', 'PEAK'], ...rows]), ...rest];
}

function stateText({ state, outcome, exitCode, signal }: BatchCommandReport): string {
  if (state !== 'failed') return state === 'ok' ? 'ok' : 'not run';
  if (outcome === 'exited') return `exit ${exitCode}`;
  return outcome === 'signalled' ? (signal ?? outcome) : (outcome ?? 'failed');
}

const figures = ({ ranMs, peakBytes }: BatchCommandReport): string[] => [
  ranMs === null ? '-' : formatDuration(ranMs),
  peakBytes === null ? '-' : formatBytes(peakBytes),
];
