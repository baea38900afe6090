// An event as a line of JSON: what `--events` and `--progress=json` write. docs/events.md describes it.

import type { SeqxEvent } from './events.ts';
import { escapeUnprintable, maskSecrets, shortenWords } from './text.ts';

/** Far below the 4096 bytes that POSIX lets several writers put into one pipe without mixing them. */
const LONGEST_COMMAND = 1_500;

/** Gives each event of one run its line; from the first event that names the ticket, every line does. */
export function eventLines(now: () => Date = () => new Date()): (event: SeqxEvent) => string {
  let ticket: string | undefined;
  return event => {
    ticket = ticketOf(event) ?? ticket;
    const line = { schema: 'seqx.event/1', at: now().toISOString(), ticket, ...event };
    return `${escapeUnprintable(JSON.stringify(line, shownValue))}\n`;
  };
}

function ticketOf(event: SeqxEvent): string | undefined {
  if ('ticket' in event) return event.ticket;
  return event.type === 'ended' && event.stats.ticket !== '' ? event.stats.ticket : undefined;
}

/** Command lines as the queue shows them: secrets masked, cut. */
const shownValue = (key: string, value: unknown): unknown =>
  ['argv', 'command'].includes(key) && Array.isArray(value)
    ? shortenWords(maskSecrets(value.map(String)), LONGEST_COMMAND)
    : value;
