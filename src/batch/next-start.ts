// May the next command of a batch start now? Pure: who runs, what the next one needs and what there is, in; yes,
// or why not, out. In order: nobody is started before the one in front of it, or one that needs much would wait
// for ever. Whenever nothing runs, the next one may.

import { type Admission, admit, type Sharer } from '../admission/admission.ts';

/** A command that runs, or the one that would be started next. */
export interface Load {
  /** It runs beside no other command of the batch. */
  readonly isExclusive: boolean;
  /** How many it counts for. */
  readonly weight: number;
  /** What it is expected to need; `undefined` if nothing is known of it. */
  readonly expectedBytes: number | undefined;
  /** What its processes use now. */
  readonly usedBytes: number;
}

export interface Room {
  /** How many may run at once. */
  readonly jobs: number;
  /** What all together may need; 0 is no limit. */
  readonly budgetBytes: number;
  /** What the machine has available; `undefined` where that is not known. */
  readonly availableBytes: number | undefined;
  /** What is expected of a command that nothing is known of. */
  readonly guessBytes: number;
}

export function mayStart(next: Load, running: readonly Load[], room: Room): Admission {
  const { jobs: slots, budgetBytes: thresholdBytes, availableBytes, guessBytes } = room;
  const share = shareOf(next, guessBytes);
  const others = running.map(
    (load): Sharer => ({ share: shareOf(load, guessBytes), usedBytes: load.usedBytes }),
  );
  // Exclusive, and alone: how much it needs is nobody else's concern.
  return admit({ slots, share, thresholdBytes }, others, availableBytes);
}

const shareOf = ({ isExclusive, weight, expectedBytes }: Load, guessBytes: number) =>
  isExclusive ? undefined : { weight, expectedBytes: expectedBytes ?? guessBytes };

/** How many peaks have to be seen before they say more than an even share of what there is. */
const ENOUGH_PEAKS = 3;

/**
 * What is expected of a command that nothing is known of: an even share of all there is, until others of the same
 * batch have shown what they need; then the most that any of them did.
 * @param peaks of commands that have ended
 * @param used the most that those that run were seen to use so far
 */
export function guessPeak(
  peaks: readonly number[],
  used: readonly number[],
  jobs: number,
  budgetBytes: number,
): number {
  const most = Math.max(0, ...peaks, ...used);
  return peaks.length >= ENOUGH_PEAKS ? most : Math.max(most, Math.floor(budgetBytes / jobs));
}
