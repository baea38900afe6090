// Events as sentences. Pure: an event in, a level and a line out. Facts come in a fixed order: what,
// who (pid, command), how much, how long, what to do.

import type { HolderView, MemoryWait, SeqxEvent } from '../../base/events.ts';
import type { SignalName } from '../../base/ports.ts';
import type { Settings } from '../../base/settings.ts';
import { cleanText, count, showCommand } from '../../base/text.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import { pressureOverText, resumedText, suspendedText, unavailableText } from './pressure-text.ts';

/** `always` is said even with --quiet; `normal` unless quiet; `detail` with --verbose. */
export type Level = 'always' | 'normal' | 'detail';

export interface Line {
  readonly level: Level;
  readonly text: string;
}

export interface Subject {
  readonly gate: string;
  /** The command, as people read it. */
  readonly command: string;
}

/** Whom a run's lines are about. */
export const subjectOf = ({ gate, argv }: Extract<SeqxEvent, { type: 'gate-opened' }>): Subject => ({
  gate: cleanText(gate, 60),
  command: `"${showCommand(argv)}"`,
});

/** Which lines are said under these settings. */
export function spokenLevels({ quiet, verbose, progress }: Settings): ReadonlySet<Level> {
  if (quiet || progress === 'none') return new Set(['always']);
  return new Set(verbose ? ['always', 'normal', 'detail'] : ['always', 'normal']);
}

/** The line for an event that is said as it happens; `undefined` for those the printer paces by itself. */
export function lineOf(event: SeqxEvent, { gate, command }: Subject): Line | undefined {
  switch (event.type) {
    case 'queue-failed':
      return normal(`the queue cannot be used (${event.reason}); going on without a place in line`);
    case 'passed-through':
      return detail(`inside the run of pid ${event.holderPid} that holds ${gate}; passing through`);
    case 'bypassed':
      return normal(`bypassing the gate of ${gate}; counted in: seqx history`);
    case 'memory-short':
      return normal(`memory: ${needs(event)}; runs of ${gate} go one at a time until there is room`);
    case 'memory-tight':
      return normal(`memory: ${command} ${needs(event)}; it runs alone`);
    case 'owner-unwatched':
      return normal(
        `pid ${event.pid} holds ${gate}: nothing of it is watched or ended, and what it starts passes through by SEQX_RUN alone`,
      );
    case 'released':
      return detail(`released ${gate} after ${formatDuration(event.ranMs)}`);
    case 'stale-removed':
      return normal(staleLine(event));
    case 'orphans-ended':
      return normal(
        `ended ${count(event.ended, 'process', 'processes')} left by the dead run of pid ${event.pid}${neededKill(event.killed)}`,
      );
    case 'orphans-survived':
      return normal(
        `waiting for ${gate}: ${pids(event.survivors)} of a dead run cannot be ended; trying again`,
      );
    case 'holder-stuck':
      return normal(
        `the heartbeat of pid ${event.pid} has stood still for ${formatDuration(event.stillMs)}; ending its run`,
      );
    case 'git-lock-stale':
      return normal(
        `${event.path} is ${formatDuration(event.ageMs)} old and no git process holds it; continuing (remove it with: rm '${event.path}')`,
      );
    case 'git-wait-passed':
      return normal(
        `git is still busy in ${event.root} after ${formatDuration(event.waitedMs)}; ${event.isRefused ? 'nothing is run' : 'continuing'}`,
      );
    case 'git-raced':
      return normal('another git was faster to index.lock; nothing was done yet, trying again');
    case 'started':
      return detail(`started ${command} (pid ${event.pid})`);
    case 'memory-high':
      return normal(
        `memory: ${command} (pid ${event.pid}, ${count(event.processes, 'process', 'processes')}) uses ${formatBytes(event.bytes)} of its ${formatBytes(event.limitBytes)} limit (${percent(event.bytes, event.limitBytes)})`,
      );
    case 'memory-over':
      return { level: 'always', text: memoryLine(event, command) };
    case 'memory-spared':
      return detail(
        `memory: RSS ${formatBytes(event.rssBytes)} is over the ${formatBytes(event.limitBytes)} limit, but shared pages counted once it is ${formatBytes(event.pssBytes)}; going on`,
      );
    case 'suspended':
      return normal(suspendedText(event, { gate, command }));
    case 'resumed': {
      const isNews = event.why === 'room' || event.why === 'alone';
      return (isNews ? normal : detail)(resumedText(event, { gate, command }));
    }
    case 'suspend-unavailable':
      return normal(unavailableText(event, { gate, command }));
    case 'pressure-over':
      return { level: 'always', text: pressureOverText(event, { gate, command }) };
    case 'timed-out':
      return normal(
        `${command} ran for ${formatDuration(event.timeoutMs)}; ending it: SIGTERM now, SIGKILL in ${formatDuration(event.graceMs)}`,
      );
    case 'ending':
      return normal(endingLine(event, command));
    case 'signal-refused':
      return normal(`${command} runs as another user and cannot be sent ${event.signal}`);
    case 'signal-forwarded':
      return detail(`forwarded ${event.signal} to ${command}`);
    case 'tree-ended':
      return detail(`ended ${count(event.ended, 'process', 'processes')}${neededKill(event.killed)}`);
    case 'ending-failed':
      return {
        level: 'always',
        text: `could not end the processes of ${command}: ${cleanText(event.reason)}`,
      };
    case 'tree-survived':
      return { level: 'always', text: `could not end ${pids(event.survivors)}` };
    case 'leftovers-ended':
      return normal(
        `ended ${count(event.ended, 'process', 'processes')} that ${command} left behind${neededKill(event.killed)}`,
      );
    case 'leftovers-waited':
      return normal(
        `${command} has ended; waiting for ${count(event.processes, 'process', 'processes')} it left behind`,
      );
    case 'daemons-left':
      return normal(`left running: ${daemons(event.processes)}`);
    case 'settle-waited':
      return normal(`memory: keeping ${gate} until ${settleText(event)} (${formatDuration(event.waitedMs)})`);
    case 'settled':
      return normal(
        event.isBack
          ? `memory: back at ${formatBytes(event.bytes)} after ${formatDuration(event.waitedMs)}`
          : `memory: still ${formatBytes(event.bytes)} after ${formatDuration(event.waitedMs)}; going on`,
      );
    case 'watchdog-restarted':
      return normal('the watchdog died and was started again');
    case 'watchdog-lost':
      return { level: 'always', text: `the watchdog cannot be kept running; ending ${command} (exit 125)` };
    case 'slot-lost':
      return {
        level: 'always',
        text: `LOST THE LOCK of ${gate}: its entry in the state folder was removed; ${event.unended ? `pid ${event.unended} goes on without it` : `ending ${command}`}`,
      };
    case 'events-failed':
      return normal(`events are not written any further (${event.reason}); going on without them`);
    case 'journal-failed':
      return detail(`could not write the journal: ${event.reason}`);
    default:
      return undefined;
  }
}

/** `position 2 of 3, behind pid 4321 "npm test" (running 1m12s, usually 1m50s) and 1 more`. */
export function waitingText(event: Extract<SeqxEvent, { type: 'position' }>, gate: string): string {
  const { position, of, holder, holders, memory } = event;
  if (memory) return memoryWaitText(memory, holders);
  const more = holders.length > 1 ? ` and ${holders.length - 1} more` : '';
  const behind = holder ? `, behind ${holderText(holder)}${more}` : '';
  return `waiting for ${gate}: position ${position} of ${of}${behind}`;
}

/** `waiting for memory: needs 4.0 GiB, 2.1 GiB free (1 of 2 slots taken); pid 4321 holds 5.2 GiB`. */
function memoryWaitText(
  memory: MemoryWait,
  holders: readonly Pick<HolderView, 'pid' | 'memoryBytes'>[],
): string {
  const { takenSlots, slots } = memory;
  const heaviest = [...holders].sort((a, b) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0))[0];
  const who =
    heaviest?.memoryBytes === undefined
      ? ''
      : `; pid ${heaviest.pid} holds ${formatBytes(heaviest.memoryBytes)}`;
  return `waiting for memory: ${needs(memory)} (${takenSlots} of ${count(slots, 'slot')} taken)${who}`;
}

/** Whose memory it is that is short is said where it is not this project's own threshold. */
function needs({ neededBytes, freeBytes, of }: Pick<MemoryWait, 'neededBytes' | 'freeBytes' | 'of'>): string {
  const where = of === 'machine' ? ' on this machine' : '';
  return `needs ${formatBytes(neededBytes)}, ${formatBytes(freeBytes)} free${where}`;
}

export function holderText(holder: HolderView): string {
  const command = holder.command ? ` "${showCommand(holder.command)}"` : '';
  const facts = [
    holder.heldMs === undefined ? undefined : `running ${formatDuration(holder.heldMs)}`,
    holder.usualMs === undefined ? undefined : `usually ${formatDuration(holder.usualMs)}`,
    holder.isSuspended ? 'suspended' : undefined,
  ].filter(fact => fact !== undefined);
  return `pid ${holder.pid}${command}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
}

/** Every five minutes: who holds, where, how healthy, and the ways out. */
export function longWaitText({ holder, waitedMs }: Extract<SeqxEvent, { type: 'position' }>): string {
  if (!holder) return `waited ${formatDuration(waitedMs)} so far\n  try: seqx status`;
  const health = [
    holder.cwd === undefined ? undefined : `in ${cleanText(holder.cwd)}`,
    holder.memoryBytes === undefined ? undefined : `using ${formatBytes(holder.memoryBytes)}`,
    holder.heartbeatAgeMs === undefined
      ? undefined
      : `heartbeat ${formatDuration(holder.heartbeatAgeMs)} ago${holder.heartbeatAgeMs < 10_000 ? ' (healthy)' : ''}`,
  ].filter(fact => fact !== undefined);
  return `waited ${formatDuration(waitedMs)} so far; pid ${holder.pid} ${health.join(', ')}\n  try: seqx status   or end everything: seqx kill-all`;
}

export function gitText(event: Extract<SeqxEvent, { type: 'git-waited' }>): string {
  const by = event.pid === undefined ? '' : ` held by pid ${event.pid} "${showCommand(event.command ?? [])}"`;
  const where = `${cleanText(event.root)}: ${cleanText(event.what)}`;
  return `waiting for git in ${where}${by} (${formatDuration(event.waitedMs)})`;
}

/** Over its own limit, or below it on a machine that is short. */
function settleText(event: Extract<SeqxEvent, { type: 'settle-waited' }>): string {
  const { bytes, limitBytes, availableBytes } = event;
  if (limitBytes > 0 && bytes > limitBytes) {
    return `its processes use less than ${formatBytes(limitBytes)} again, now ${formatBytes(bytes)}`;
  }
  return `this machine has memory again, now ${formatBytes(availableBytes)} available`;
}

function staleLine(event: Extract<SeqxEvent, { type: 'stale-removed' }>): string {
  const who = `pid ${event.pid}${event.command ? ` "${showCommand(event.command)}"` : ''}`;
  const since = event.startedAt === undefined ? '' : ` (started ${clockTime(event.startedAt)})`;
  const reasons = {
    gone: `${who} is gone${since}`,
    reused: `pid ${event.pid} is another process by now${since}`,
    rebooted: `${who} ran before the last boot${since}`,
    unreadable: 'it was not written by seqx',
  };
  return `removed a stale lock: ${reasons[event.why]}`;
}

function memoryLine(event: Extract<SeqxEvent, { type: 'memory-over' }>, command: string): string {
  const what = event.culprit === undefined ? '' : `pid ${event.culprit} alone with `;
  const more = event.processes > 1 ? ` and ${event.processes - 1} more` : '';
  return `memory: ${what}${formatBytes(event.bytes)} (${event.measure}) is over the ${formatBytes(event.limitBytes)} limit; ending ${command} (pid ${event.pid}${more}): SIGTERM now, SIGKILL in ${formatDuration(event.graceMs)}`;
}

function endingLine({ why, detail: by }: Extract<SeqxEvent, { type: 'ending' }>, command: string): string {
  if (why === 'signal') return `${signalWords(by)}; ending ${command} and everything it started`;
  return `${why === 'cancel' ? `cancelled by ${by}` : 'aborted'}; ending ${command}`;
}

const signalWords = (signal: SignalName | string): string =>
  signal === 'SIGINT' ? 'interrupted again' : `${signal} and no end within the grace`;

// Paths, reasons and what another process says of itself are other people's text: one clean line each.
const normal = (text: string): Line => ({ level: 'normal', text: cleanText(text, Infinity) });
const detail = (text: string): Line => ({ level: 'detail', text: cleanText(text, Infinity) });
const percent = (part: number, whole: number): string => `${Math.round((100 * part) / whole)}%`;
const pids = (list: readonly number[]): string =>
  `${count(list.length, 'pid')} ${list.join(', ')}`.replace(/^\d+ /, '');
const neededKill = (killed: readonly number[]): string =>
  killed.length > 0 ? ` (${killed.length} needed SIGKILL)` : '';

/** HH:MM:SS of the local clock. */
export function clockTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? 'at an unknown time' : date.toTimeString().slice(0, 8);
}

/** Those that `kill-all` finds come first, and the hint behind them. */
function daemons(processes: Extract<SeqxEvent, { type: 'daemons-left' }>['processes']): string {
  const show = (isShown: (isHidden: boolean) => boolean) =>
    processes
      .filter(({ isHidden = false }) => isShown(isHidden))
      .map(({ pid, command }) => `pid ${pid} "${showCommand(command, 40)}"`)
      .join(', ');
  const found = show(isHidden => !isHidden);
  const hidden = show(isHidden => isHidden);
  return [found && `${found} (end with: seqx kill-all)`, hidden].filter(Boolean).join(', ');
}
