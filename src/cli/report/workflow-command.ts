// Events as workflow commands: lines that GitHub's runner turns into annotations of the job. Pure.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions

import type { HolderView, SeqxEvent } from '../../base/events.ts';
import { formatDuration } from '../../base/units.ts';
import { gitText, holderText, type Level, type Line, lineOf, type Subject } from './lines.ts';

export type Severity = 'notice' | 'warning' | 'error';

/** What is said anyway and is worth an annotation. How a run ended comes once, with `ended`. */
const SEVERITIES: Partial<Record<SeqxEvent['type'], Severity>> = {
  'queue-failed': 'warning',
  'stale-removed': 'notice',
  'orphans-ended': 'notice',
  'orphans-survived': 'warning',
  'holder-stuck': 'warning',
  'git-lock-stale': 'warning',
  'git-wait-passed': 'warning',
  'memory-high': 'warning',
  suspended: 'warning',
  resumed: 'notice',
  'suspend-unavailable': 'warning',
  'tree-survived': 'error',
  'ending-failed': 'error',
  'leftovers-ended': 'notice',
  'daemons-left': 'notice',
  'watchdog-lost': 'error',
  'slot-lost': 'error',
  'events-failed': 'warning',
};

/** Shorter waits are not worth a word. */
const QUIET_MS = 1_000;

/** What an event annotates the job with, if these levels are spoken. */
export function annotation(
  event: SeqxEvent,
  subject: Subject,
  spoken: ReadonlySet<Level>,
): string | undefined {
  const severity = SEVERITIES[event.type];
  const line = severity && lineOf(event, subject);
  return severity && line && spoken.has(line.level) ? workflowCommand(severity, line.text) : undefined;
}

/** The wait that is over, and who was ahead last. */
export function waitNotice(
  waitedMs: number,
  holder: HolderView | undefined,
  { gate }: Subject,
): string | undefined {
  if (waitedMs < QUIET_MS) return undefined;
  const behind = holder ? `, behind ${holderText(holder)}` : '';
  return workflowCommand('notice', `waited ${formatDuration(waitedMs)} for ${gate}${behind}`);
}

/** The last news of a wait for git. */
export const gitNotice = (event: Extract<SeqxEvent, { type: 'git-waited' }>): string | undefined =>
  event.waitedMs < QUIET_MS
    ? undefined
    : workflowCommand('notice', gitText(event).replace(/^waiting/, 'waited'));

/** A run whose ending is seqx's doing: the runner itself reports exit codes of commands. */
export function endAnnotation(
  { outcome }: Extract<SeqxEvent, { type: 'ended' }>,
  line: Line,
  spoken: ReadonlySet<Level>,
): string | undefined {
  const isOurs = ['not-run', 'not-started', 'ended'].includes(outcome.kind);
  return isOurs && spoken.has(line.level) ? workflowCommand('error', line.text) : undefined;
}

/** One line whatever the text: the runner unescapes these three, in this order reversed. */
export const workflowCommand = (severity: Severity, text: string): string =>
  `::${severity} title=seqx::${text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')}\n`;
