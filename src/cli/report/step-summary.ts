// The table of runs in a step's summary: a Markdown row for each. Pure.

import type { RunStats } from '../../base/events.ts';
import type { Outcome } from '../../base/outcome.ts';
import { showCommand } from '../../base/text.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';

const HEADER = `| command | waited | ran | peak memory | outcome |
|---|---:|---:|---:|---|
`;
const LONGEST_COMMAND = 120;

/** The runner refuses a summary of more than 1 MiB, all of it. */
const LARGEST_BYTES = 1_000_000;

export interface SummaryRow {
  readonly argv: readonly string[];
  /** Missing where seqx itself failed. */
  readonly stats: RunStats | undefined;
  readonly outcome: string;
}

/** What to append to a summary that reads like this: the row, and its header where no table is open at the end. */
export function summaryAddition(existing: string, row: SummaryRow): string {
  const addition = isTableOpen(existing) ? rowText(row) : `${gapAfter(existing)}${HEADER}${rowText(row)}`;
  return existing.length + addition.length > LARGEST_BYTES ? '' : addition;
}

function isTableOpen(existing: string): boolean {
  const block = existing.slice(existing.lastIndexOf('\n\n') + 1).trimStart();
  return block.startsWith(HEADER) && /^(\|[^\n]*\n)+$/.test(block);
}

function gapAfter(existing: string): string {
  if (existing === '' || existing.endsWith('\n\n')) return '';
  return existing.endsWith('\n') ? '\n' : '\n\n';
}

function rowText({ argv, stats, outcome }: SummaryRow): string {
  const command = `<code>${literal(showCommand(argv, LONGEST_COMMAND))}</code>`;
  const peak = stats?.peakBytes === undefined ? '' : formatBytes(stats.peakBytes);
  const [waited, ran] = [stats?.waitedMs, stats?.ranMs].map(ms =>
    ms === undefined ? '' : formatDuration(ms),
  );
  return `| ${[command, waited, ran, peak, literal(outcome)].join(' | ')} |\n`;
}

/** As a person reads an outcome: `ok`, `exit 2`, `SIGKILL`, `not run: busy (exit 75)`. */
export function outcomeText(outcome: Outcome, exitCode: number): string {
  switch (outcome.kind) {
    case 'exited':
      return exitCode === 0 ? 'ok' : `exit ${exitCode}`;
    case 'signalled':
      return outcome.signal;
    case 'interrupted':
      return `not run: ${outcome.signal} in the queue`;
    case 'not-run':
      return `not run: ${outcome.reason} (exit ${exitCode})`;
    case 'not-started':
      return `not run: ${outcome.why} (exit ${exitCode})`;
    case 'ended':
      return `ended: ${outcome.by} (exit ${exitCode})`;
  }
}

/** Nothing in it is Markdown, HTML or the end of a cell: all but letters, digits and a few harmless signs. */
const literal = (text: string): string =>
  text.replace(/[^\p{L}\p{N} .,=+/'"()-]/gu, char => `&#${char.codePointAt(0)};`);
