// The end of a hold: what its owner left behind is ended before the slot is free, and the journal gets its line after.

import type { HoldEnd } from '../base/outcome.ts';
import type { ProcessFacts, ProcessRef, World } from '../base/ports.ts';
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

/** What the watchdog of a hold has seen. */
export interface Seen {
  /** At its last look, parents before children. */
  readonly members: readonly ProcessFacts[];
  /** The family of the owner, itself included, before it had the gate. */
  readonly earlier: readonly ProcessRef[];
}

/** @returns the pids that were to be ended and could not be */
export function endLeftovers(
  { tree, command, home, settings }: HoldOrder,
  seen: Seen,
  world: World,
): Promise<readonly number[]> {
  const grace = { leftovers: settings.leftovers, killGrace: LEFTOVER_GRACE_MS };
  const hidden = withoutEarlier(seen, command, tree.tokens, world);
  return settleLeftovers(tree, grace, { before: undefined, hidden, home }, world);
}

/**
 * Who was there before the hold is no part of it, nor is what such a process has started, unless it carries the token.
 * One whose parent had ended before the last look is of the run: nobody knows of whom it descends.
 */
function withoutEarlier(
  { members, earlier }: Seen,
  owner: ProcessRef,
  tokens: readonly string[],
  { platform }: World,
): ProcessRef[] {
  const isOwner = ({ pid, start }: ProcessRef) =>
    pid === owner.pid && platform.isSameStart(start, owner.start);
  const wasThere = (ref: ProcessRef) =>
    earlier.some(({ pid, start }) => pid === ref.pid && platform.isSameStart(start, ref.start));
  const strangers = new Set<number>();
  return members.filter(member => {
    if (isOwner(member)) return true;
    const isStranger =
      (wasThere(member) || strangers.has(member.ppid)) &&
      !platform.runChain(member.pid)?.some(token => tokens.includes(token));
    if (isStranger) strangers.add(member.pid);
    return !isStranger;
  });
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
