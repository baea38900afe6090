// Memory pressure in sentences: what is short, which run makes room for it, and how. Pure.

import type { SeqxEvent } from '../../base/events.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';

type Of<T extends SeqxEvent['type']> = Extract<SeqxEvent, { type: T }>;

interface Names {
  readonly gate: string;
  /** The command, as people read it. */
  readonly command: string;
}

/** `memory: the runs of web use 4.2 GiB, over …; suspended "npm test" (pid 42 and 3 more), the youngest, …` */
export const suspendedText = (event: Of<'suspended'>, names: Names): string =>
  `memory: ${shortText(event, names)}; suspended ${whoText(event, names)}, the youngest, until there is room`;

export const unavailableText = (event: Of<'suspend-unavailable'>, names: Names): string =>
  `memory: ${shortText(event, names)}; this system cannot suspend ${names.command}, so it goes on (or: --on-pressure=end)`;

export function pressureOverText(event: Of<'pressure-over'>, names: Names): string {
  const { suspendedMs, graceMs } = event;
  const why =
    suspendedMs === undefined
      ? 'the youngest'
      : `which has stood still for ${formatDuration(suspendedMs)} to no avail`;
  return `memory: ${shortText(event, names)}; ending ${whoText(event, names)}, ${why}: SIGTERM now, SIGKILL in ${formatDuration(graceMs)}`;
}

const REASONS: Readonly<Record<Of<'resumed'>['why'], string>> = {
  room: 'there is room again',
  alone: 'nothing runs beside it',
  asked: 'it is asked to end',
  unwatched: 'nobody watches over it',
};

export const resumedText = ({ suspendedMs, why }: Of<'resumed'>, { command }: Names): string =>
  `memory: resumed ${command} after ${formatDuration(suspendedMs)}: ${REASONS[why]}`;

type Level = Pick<Of<'suspended'>, 'of' | 'usedBytes' | 'thresholdBytes' | 'availableBytes'>;

function shortText({ of, usedBytes, thresholdBytes, availableBytes }: Level, { gate }: Names): string {
  if (of === 'machine') return `this machine has ${formatBytes(availableBytes ?? 0)} left`;
  return `the runs of ${gate} use ${formatBytes(usedBytes)}, over the ${formatBytes(thresholdBytes)} threshold`;
}

const whoText = (
  { pid, processes }: { readonly pid: number; readonly processes: number },
  { command }: Names,
): string => `${command} (pid ${pid}${processes > 1 ? ` and ${processes - 1} more` : ''})`;
