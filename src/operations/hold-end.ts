// The end of a hold: what its owner left behind is ended before the slot is free, and the journal gets its line after.

import type { HoldEnd } from '../base/outcome.ts';
import type { ProcessRef, World } from '../base/ports.ts';
import { noteRun } from '../journal/note-run.ts';
import { settleLeftovers } from '../run/leftovers.ts';
import type { HoldOrder } from '../run/watch-messages.ts';

/** The owner is gone, so nobody waits for the farewell of what it left, and the next run should start soon. */
const LEFTOVER_GRACE_MS = 300;

/** What is known of a hold when its slot is free. */
export interface Freed {
  readonly ticket: string;
  readonly ranMs: number;
  readonly peakBytes: number | undefined;
}

/** @returns the pids that were to be ended and could not be */
export function endLeftovers(
  { tree, home, settings }: HoldOrder,
  hidden: readonly ProcessRef[],
  world: World,
): Promise<readonly number[]> {
  const grace = { leftovers: settings.leftovers, killGrace: LEFTOVER_GRACE_MS };
  return settleLeftovers(tree, grace, { before: undefined, hidden, home }, world);
}

/** Tells everybody, and the journal. */
export async function noteHold(
  { record, waitedMs, journal }: HoldOrder,
  by: HoldEnd,
  { ticket, ranMs, peakBytes }: Freed,
  world: World,
): Promise<void> {
  world.emit({ type: 'released', ticket, ranMs, peakBytes, by });
  const { argv, cwd } = record;
  const facts = { ticket, argv, cwd, waitedMs, ranMs, peakBytes: peakBytes || null };
  await noteRun(journal, { ...facts, outcome: by, exitCode: null, signal: null }, world);
}
