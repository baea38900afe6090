// Writing down how a run went. Best effort: what cannot be written is reported and changes nothing.

import { messageOf } from '../base/errors.ts';
import type { World } from '../base/ports.ts';
import { maskSecrets } from '../base/text.ts';
import { appendEntry, type JournalEntry } from './journal.ts';

/** What is known of a run at its end; the journal adds when that was. */
export type RunNote = Omit<JournalEntry, 'schema' | 'endedAt'>;

/** @param folder the gate's journal; `undefined` when no place for one is known */
export async function noteRun(
  folder: string | undefined,
  note: RunNote,
  { clock, emit }: Pick<World, 'clock' | 'emit'>,
): Promise<void> {
  if (folder === undefined) return;
  try {
    await appendEntry(folder, {
      schema: 'seqx.history/1',
      ...note,
      argv: maskSecrets(note.argv),
      endedAt: new Date(clock.wallMs()).toISOString(),
      waitedMs: Math.round(note.waitedMs),
      ranMs: Math.round(note.ranMs),
    });
  } catch (error) {
    emit({ type: 'journal-failed', reason: messageOf(error) });
  }
}
