// A gate's status as people read it, and as scripts split it. Pure.

import { cleanText, count, showCommand } from '../../base/text.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { GateStatus, QueueStatus, RunningStatus } from '../../index.ts';
import { clockTime } from './lines.ts';
import { paint } from './screen.ts';

export function statusText(report: GateStatus, isColored: boolean): string {
  const { gate, running, queue } = report;
  const title = `${paint('bold', cleanText(gate.name, 60), isColored)}  ${paint('dim', cleanText(gate.root), isColored)}`;
  const held =
    running.length === 0 ? ['  nothing is running'] : running.flatMap(run => runLines(run, isColored));
  const isShared = [...running, ...queue].some(({ share }) => share !== null);
  const rows = queue.map(waiter => queueRow(waiter, isShared));
  const waiting = queue.length === 0 ? [] : [`  ${count(queue.length, 'run')} waiting:`, ...table(rows)];
  return [title, ...held, ...waiting].join('\n');
}

function runLines(run: RunningStatus, isColored: boolean): string[] {
  const since = run.startedAt ?? run.heldAt;
  const facts = [
    run.heldMs === null ? undefined : `for ${formatDuration(run.heldMs)}`,
    since === null ? undefined : `since ${clockTime(since)}`,
    run.usualMs === null ? undefined : `usually ${formatDuration(run.usualMs)}`,
  ].filter(fact => fact !== undefined);
  const style = run.state === 'running' ? 'green' : 'yellow';
  const lines = [
    `  ${paint(style, run.state, isColored)}  pid ${run.pid}  ${showCommand(run.command)}  ${facts.join(', ')}  [${run.ticket}]`,
  ];
  if (run.memory) {
    const { bytes, peakBytes, limitBytes, processes } = run.memory;
    const limit = limitBytes > 0 ? `limit ${formatBytes(limitBytes)}` : 'no limit';
    const expected = run.share ? `, expected ${formatBytes(run.share.expectedBytes)}` : '';
    lines.push(
      `           memory ${formatBytes(bytes)}, peak ${formatBytes(peakBytes)}${expected}, ${limit}; ${count(processes, 'process', 'processes')}`,
    );
  }
  if (run.cwd !== null) lines.push(`           in ${cleanText(run.cwd)}`);
  if (run.suspendedAt !== null)
    lines.push(
      `           suspended by memory pressure since ${clockTime(run.suspendedAt)}${run.state === 'dead' ? '' : '; it goes on when there is room'}`,
    );
  if (run.state === 'dead')
    lines.push('           its seqx is gone; the next run ends what is left and takes over');
  return lines;
}

/** Where some share the gate, it is said of those who do not. */
const queueRow = (waiter: QueueStatus, isShared: boolean): string[] => [
  `  ${waiter.position}.`,
  `pid ${waiter.pid}`,
  showCommand(waiter.command),
  `waited ${formatDuration(waiter.waitedMs)}`,
  waiter.priority === 'normal' ? '' : waiter.priority,
  [isShared && waiter.share === null ? 'exclusive' : '', waiter.state === 'suspended' ? 'suspended' : '']
    .filter(word => word !== '')
    .join(', '),
  `[${waiter.ticket}]`,
];

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `PID:TIMESTAMP:COMMAND`, seconds since 1970; the holder first, then the queue in order. */
export function plainStatus({ running, queue }: GateStatus): string {
  const line = (pid: number, iso: string | null, command: readonly string[]) =>
    `${pid}:${iso === null ? 0 : Math.floor(Date.parse(iso) / 1_000)}:${showCommand(command, 200)}`;
  return [
    ...running.map(run => line(run.pid, run.startedAt ?? run.heldAt, run.command)),
    ...queue.map(waiter => line(waiter.pid, waiter.arrivedAt, waiter.command)),
  ].join('\n');
}
