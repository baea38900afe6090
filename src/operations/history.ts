// What ran at a gate, and how it ended.

import { type JournalEntry, journalFolder, readEntries } from '../journal/journal.ts';
import { findPlace, type PlaceOptions } from '../place.ts';

export interface HistoryOptions extends PlaceOptions {
  /** Only the latest so many; all by default. */
  readonly last?: number | undefined;
}

/**
 * The runs of a gate, oldest first. Best effort: what could not be written down is not here.
 * @throws SeqxError for a malformed configuration
 */
export async function history(options: HistoryOptions = {}): Promise<JournalEntry[]> {
  const { gate, env } = await findPlace(options);
  const folder = journalFolder(gate.hash, env);
  const entries = folder === undefined ? [] : readEntries(folder);
  return options.last === undefined ? entries : entries.slice(Math.max(0, entries.length - options.last));
}
