// The room at a gate as one caller sees it now: what the entries of the others say, what the machine has
// available, and what this caller is expected to need.

import type { RunRecord, Share, World } from '../base/ports.ts';
import type { Settings } from '../base/settings.ts';
import { type Admission, admit, type Sharer, type Terms, takenSlots } from './admission.ts';

type RoomWorld = Pick<World, 'slots' | 'platform'>;

/** What came of looking at who is there. */
export interface View {
  readonly admission: Admission;
  readonly takenSlots: number;
}

export class Room {
  readonly terms: Terms;
  readonly #world: RoomWorld;

  constructor(terms: Terms, world: RoomWorld) {
    this.terms = terms;
    this.#world = world;
  }

  get isShared(): boolean {
    return this.terms.share !== undefined;
  }

  /** How much room there is beside these entries. Reads them only if they matter. */
  beside(names: readonly string[]): View {
    const { share } = this.terms;
    const others = share === undefined ? names.map(() => UNKNOWN) : names.map(name => this.#sharer(name));
    const available = share === undefined ? undefined : availableBytes(this.#world);
    return { admission: admit(this.terms, others, available), takenSlots: takenSlots(others) };
  }

  isOpenBeside(names: readonly string[]): boolean {
    return this.beside(names).admission.kind === 'open';
  }

  #sharer(name: string): Sharer {
    return sharerOf(this.#world.slots.readRecord(name));
  }
}

const UNKNOWN: Sharer = { share: undefined, usedBytes: 0 };

const sharerOf = (record: RunRecord | undefined): Sharer => ({
  share: shareIn(record?.share),
  usedBytes: numberOr(record?.memory?.bytes, 0),
  isSuspended: record?.yields?.suspended !== undefined,
});

/** Somebody else's words: what makes no sense is not shared. */
function shareIn(share: Share | undefined): Share | undefined {
  const weight = numberOr(share?.weight, 0);
  const expectedBytes = numberOr(share?.expectedBytes, -1);
  return weight >= 1 && expectedBytes >= 0 ? { weight, expectedBytes } : undefined;
}

const numberOr = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : otherwise;

/** Where it cannot be seen, the threshold alone decides. */
function availableBytes({ platform }: RoomWorld): number | undefined {
  try {
    return platform.machineMemory().availableBytes;
  } catch {
    return undefined;
  }
}

/**
 * On what terms a run comes to its gate.
 * @param usualPeakBytes what this command peaked at before, asked for only if nothing else says what to expect
 */
export function termsOf(
  settings: Pick<
    Settings,
    'slots' | 'exclusive' | 'weight' | 'memoryThreshold' | 'memoryExpected' | 'memoryLimit'
  >,
  usualPeakBytes: () => number | undefined,
): Terms {
  const { slots, memoryThreshold: thresholdBytes } = settings;
  if (slots <= 1 || settings.exclusive) return { slots, share: undefined, thresholdBytes };
  // Without a limit and without a past there is nothing to expect of it: it gets all there is.
  const limitBytes = settings.memoryLimit || thresholdBytes;
  const expectedBytes = settings.memoryExpected ?? usualPeakBytes() ?? limitBytes;
  return { slots, share: { weight: Math.min(settings.weight, slots), expectedBytes }, thresholdBytes };
}
