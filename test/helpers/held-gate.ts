// The gate held by the test itself, through the real code: a living owner that costs no process.

import { openWorld } from '../../src/assemble.ts';
import { type Hold, takeGate } from '../../src/gate.ts';
import { type JournalEntry, journalFolder, readEntries } from '../../src/journal/journal.ts';
import { newPassage } from '../../src/passage.ts';
import { findPlace } from '../../src/place.ts';
import type { Scratch } from './scratch.ts';

const placeOf = ({ project, env }: Scratch, flags: Record<string, string> = {}) =>
  findPlace({ cwd: project, env, flags });

export interface HeldGate extends AsyncDisposable {
  readonly hold: Hold;
  /** Milliseconds from ticket to slot. */
  readonly waitedMs: number;
  release(): Promise<void>;
}

/** Takes the gate in this very process, or throws when it cannot be had at all. */
export async function holdHere(scratch: Scratch, flags: Record<string, string> = {}): Promise<HeldGate> {
  const place = await placeOf(scratch, flags);
  const world = openWorld(place, () => {}, { prepare: true });
  const { cwd, env, settings } = place;
  const passage = newPassage();
  let letGo = () => {};
  const gone = new Promise<void>(resolve => {
    letGo = resolve;
  });
  let ended: Promise<unknown> = Promise.resolve();
  const hold = await new Promise<Hold>((resolve, reject) => {
    ended = takeGate({ argv: ['the test'], cwd, env, settings, inside: [] }, passage, world, async held => {
      resolve(held);
      await gone;
    });
    ended.then(() => reject(new Error('the gate was not to be had')), reject);
  });
  const release = async () => {
    letGo();
    await ended;
  };
  return { hold, waitedMs: passage.waitedMs, release, [Symbol.asyncDispose]: release };
}

/** Where this scratch's gate lies on disk. */
export async function gateFolder(scratch: Scratch, flags: Record<string, string> = {}): Promise<string> {
  return (await placeOf(scratch, flags)).gate.folder;
}

/** What the journal has written down, oldest first. */
export async function journalOf(scratch: Scratch): Promise<JournalEntry[]> {
  const { gate } = await placeOf(scratch);
  const folder = journalFolder(gate.hash, scratch.env);
  return folder === undefined ? [] : readEntries(folder);
}
