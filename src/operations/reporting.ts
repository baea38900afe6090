// To whom a run reports: the caller's listener, and the stream that `--events` asks for.

import { resolve } from 'node:path';
import { messageOf, SeqxError } from '../base/errors.ts';
import { eventLines } from '../base/event-line.ts';
import type { SeqxEvent } from '../base/events.ts';
import { type EventsTarget, parseEventsTarget } from '../base/events-target.ts';
import { RUN_VARIABLE } from '../base/run-token.ts';
import { EventStream } from '../journal/event-stream.ts';
import type { Place } from '../place.ts';
import { namedDescriptors } from '../platform/named-descriptors.ts';
import { telling } from './stops.ts';

export interface Reporting {
  /** Tells everybody. Never throws. */
  readonly emit: (event: SeqxEvent) => void;
  /** What is left of the given descriptors for the command: the stream's own is not passed on. */
  readonly descriptors: readonly number[];
  /** Does the work; tells everybody, and throws on, when seqx itself fails. */
  readonly during: <T>(work: () => Promise<T>) => Promise<T>;
}

type ReportingPlace = Pick<Place, 'settings' | 'origins' | 'env' | 'cwd'>;

interface Listening {
  readonly onEvent?: ((event: SeqxEvent) => void) | undefined;
  /** Descriptors from 3 upwards that the caller was given. */
  readonly descriptors?: readonly number[] | undefined;
}

/** @throws SeqxError SEQX_SETTING_INVALID when a program gave an `events` that is neither file nor `fd:N` */
export function reporting(place: ReportingPlace, { onEvent, descriptors = [] }: Listening): Reporting {
  const tell = telling(onEvent);
  const target = targetOf(place);
  if (!target) return { emit: tell, descriptors, during: work => tellingFailure(work, tell) };
  const fd = target.kind === 'descriptor' ? target.fd : undefined;
  const isOpen = fd === undefined || fd <= 2 || isOurs(fd, descriptors, place);
  const stream = new EventStream(target);
  const lineOf = eventLines();
  let reason = isOpen ? undefined : `descriptor ${fd}: it was not opened for seqx`;
  const emit = (event: SeqxEvent): void => {
    tell(event);
    if (isOpen) reason = stream.write(lineOf(event));
    // After the event itself: the first one tells a listener how much to say.
    if (reason !== undefined) tell({ type: 'events-failed', reason });
    reason = undefined;
  };
  return {
    emit,
    descriptors: isOpen ? descriptors.filter(one => one !== fd) : descriptors,
    during: work => tellingFailure(work, emit),
  };
}

async function tellingFailure<T>(work: () => Promise<T>, emit: Reporting['emit']): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof SeqxError ? error.code : undefined;
    emit({ type: 'failed', code, reason: messageOf(error) });
    throw error;
  }
}

/**
 * An inherited `fd:N` is for the outermost run: the command does not get that descriptor, and whatever has its
 * number further in is something else.
 */
function targetOf({ settings, origins, env, cwd }: ReportingPlace): EventsTarget | undefined {
  if (settings.events === undefined) return undefined;
  const target = parseEventsTarget(settings.events);
  if (!target) {
    throw new SeqxError(
      'SEQX_SETTING_INVALID',
      `settings.events is ${JSON.stringify(settings.events)}; it takes a file, or fd:N`,
    );
  }
  if (target.kind === 'file') return { kind: 'file', path: resolve(cwd, target.path) };
  const isMeant = ['--events', 'settings.events'].includes(origins.events) || !env[RUN_VARIABLE];
  return isMeant ? target : undefined;
}

/** Node has descriptors of its own, and make's jobserver counts every byte that is written to it. */
const isOurs = (fd: number, descriptors: readonly number[], { env }: ReportingPlace): boolean =>
  descriptors.includes(fd) && !namedDescriptors(env.MAKEFLAGS, []).includes(fd);

/** The file that `--events` names, for a process that has none of our descriptors. */
export function eventsFile(events: string | undefined, cwd: string): string | undefined {
  const target = events === undefined ? undefined : parseEventsTarget(events);
  return target?.kind === 'file' ? resolve(cwd, target.path) : undefined;
}
