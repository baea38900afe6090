// Is there room for one more beside those who hold the gate? Pure: numbers in, answer out. An exclusive run takes
// all the room there is. Runs that share are counted by slots and by memory, where each counts for what it was
// expected to need or for what it uses, whichever is more: what was promised to one is never given to another.

import type { Share } from '../base/ports.ts';

/** How somebody comes to the gate. */
export interface Terms {
  /** How many may hold it at once, for whom it is: others may think otherwise. */
  readonly slots: number;
  /** `undefined`: exclusive. */
  readonly share: Share | undefined;
  /** What all who share the gate may need together, bytes; 0 is no limit. */
  readonly thresholdBytes: number;
}

/** One who holds the gate. */
export interface Sharer {
  /** `undefined`: exclusive, or not to be known. */
  readonly share: Share | undefined;
  /** What its processes use now, bytes. */
  readonly usedBytes: number;
  /** It stands still until there is room: whoever comes later does not get that room. */
  readonly isSuspended?: boolean;
}

export interface MemoryShortage {
  readonly neededBytes: number;
  /** What the others leave of it. */
  readonly freeBytes: number;
  /** Whose end this is: that of the threshold, or of what the machine has available. */
  readonly of: 'threshold' | 'machine';
}

export type Admission =
  | {
      readonly kind: 'open';
      /** It may run because it is alone: beside somebody there would not be enough for it. */
      readonly tight: MemoryShortage | undefined;
    }
  /** All slots are taken, or somebody exclusive has to be waited for. */
  | { readonly kind: 'taken' }
  | ({ readonly kind: 'memory' } & MemoryShortage);

/**
 * @param others everybody who holds the gate, or is trying to
 * @param availableBytes what the machine has available; `undefined` where that is not known
 */
export function admit(
  { slots, share, thresholdBytes }: Terms,
  others: readonly Sharer[],
  availableBytes: number | undefined,
): Admission {
  if (share === undefined)
    return others.length === 0 ? { kind: 'open', tight: undefined } : { kind: 'taken' };
  const shortage = shortageFor(share, others, thresholdBytes, availableBytes);
  if (others.length === 0) return { kind: 'open', tight: shortage };
  if (others.some(other => other.share === undefined)) return { kind: 'taken' };
  if (takenSlots(others) + Math.min(share.weight, slots) > slots) return { kind: 'taken' };
  return shortage ? { kind: 'memory', ...shortage } : { kind: 'open', tight: undefined };
}

/** Slots that count as taken. */
export const takenSlots = (others: readonly Sharer[]): number =>
  others.reduce((sum, { share }) => sum + (share?.weight ?? 1), 0);

function shortageFor(
  { expectedBytes: neededBytes }: Share,
  others: readonly Sharer[],
  thresholdBytes: number,
  availableBytes = Infinity,
): MemoryShortage | undefined {
  let promised = 0;
  let toGrow = 0;
  for (const { share, usedBytes } of others) {
    const expectedBytes = share?.expectedBytes ?? 0;
    promised += Math.max(expectedBytes, usedBytes);
    toGrow += Math.max(0, expectedBytes - usedBytes);
  }
  const ofThreshold = thresholdBytes > 0 ? thresholdBytes - promised : Infinity;
  const ofMachine = availableBytes - toGrow;
  const isWaitedFor = others.some(({ isSuspended }) => isSuspended);
  const free = isWaitedFor ? 0 : Math.min(ofThreshold, ofMachine);
  if (neededBytes <= free && !isWaitedFor) return undefined;
  const of = ofThreshold <= ofMachine ? 'threshold' : 'machine';
  return { neededBytes, freeBytes: Math.max(0, free), of };
}
