// The last line of a run that seqx has something to say about. Pure.

import { unreachable } from '../../base/assert.ts';
import type { HolderView, RunStats } from '../../base/events.ts';
import type { EndedBy, NotRunReason, Outcome } from '../../base/outcome.ts';
import { cleanText } from '../../base/text.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import { holderText, type Line, type Subject } from './lines.ts';

export function endLine(
  outcome: Outcome,
  stats: RunStats,
  holder: HolderView | undefined,
  exitCode: number,
  subject: Subject,
): Line {
  const ran = formatDuration(stats.ranMs);
  switch (outcome.kind) {
    case 'exited':
    case 'signalled':
      return { level: 'detail', text: `${subject.command} ended after ${ran} (exit ${exitCode})` };
    case 'interrupted':
      return { level: 'detail', text: `${outcome.signal}: left the queue; nothing was run` };
    case 'not-started': {
      const what =
        outcome.why === 'not-found' ? 'command not found' : `cannot be run (${cleanText(outcome.detail)})`;
      return { level: 'always', text: `${subject.command}: ${what} (exit ${exitCode})` };
    }
    case 'not-run':
      return { level: 'normal', text: notRunText(outcome.reason, stats, holder, exitCode, subject) };
    case 'ended':
      return endedLine(outcome.by, stats, exitCode, subject);
    default:
      return unreachable(outcome);
  }
}

function notRunText(
  reason: NotRunReason,
  stats: RunStats,
  holder: HolderView | undefined,
  exitCode: number,
  { gate }: Subject,
): string {
  const nothing = `nothing was run (exit ${exitCode})`;
  switch (reason) {
    case 'busy': {
      const by = holder ? ` by ${holderText(holder)}` : '';
      return `${gate} is taken${by}; ${nothing}\n  try: seqx status   or wait with --wait 5m`;
    }
    case 'wait-passed': {
      const place = stats.position === undefined ? '' : ` at position ${stats.position} of ${stats.of}`;
      return `gave up after ${formatDuration(stats.waitedMs)}${place}; ${nothing}\n  try: seqx status   or a longer --wait`;
    }
    case 'cancelled':
      return `cancelled in the queue of ${gate}; ${nothing}`;
    case 'git-busy':
      return `git is busy in this repository; ${nothing}\n  try: a longer --git-wait   or --git-busy=continue`;
    default:
      return unreachable(reason);
  }
}

function endedLine(by: EndedBy, stats: RunStats, exitCode: number, { command }: Subject): Line {
  const ran = formatDuration(stats.ranMs);
  switch (by) {
    case 'memory': {
      const peak = stats.peakBytes === undefined ? '' : `, peak ${formatBytes(stats.peakBytes)}`;
      const text = `memory: ended ${command} after ${ran}${peak} (exit ${exitCode})\n  try: a higher --memory-limit`;
      return { level: 'always', text };
    }
    case 'pressure': {
      const text = `memory: ended ${command} after ${ran} to make room (exit ${exitCode})\n  try: it again later   or --memory-expected with what it needs, so that it waits until that is free`;
      return { level: 'always', text };
    }
    case 'timeout':
      return { level: 'always', text: `${command} was ended by --timeout after ${ran} (exit ${exitCode})` };
    case 'slot-lost':
    case 'unwatched':
    case 'unprinted':
      return { level: 'always', text: `${command} was ended after ${ran} (exit ${exitCode})` };
    case 'cancelled':
    case 'aborted':
      return { level: 'normal', text: `${command} was ${by} after ${ran} (exit ${exitCode})` };
    default:
      return unreachable(by);
  }
}
