// Who makes room when the runs that share a gate have grown into real pressure? Pure, tested by tables. Every
// run's own watchdog asks, of the same records, and acts for its own run alone: the rule names exactly one.
//
//   the youngest of those who run     stands still, if the others still grow the next youngest, and so on
//   the oldest of those who stand     goes on when there is room again, or when nobody else runs
//   the youngest of those who stand   is ended, as the last step: it was no help, or there was no relief
//   whoever is being ended            counts no more, and the others wait for what it frees
//
// Never the last one that runs: it has the machine to itself, as if it had come alone.

import type { MachineMemory, Yielding } from '../base/ports.ts';
import { memoryOf } from './await-memory.ts';

/** One who holds the gate, as its record shows it. Sizes in bytes. */
export interface Sharing {
  readonly id: string;
  /** ISO 8601. */
  readonly heldAt: string;
  /** Its watchdog is heard of. An entry that is only being tried, or whose seqx is dead, is nobody to reckon with. */
  readonly isHeard: boolean;
  /** What it does to make room; nothing if it was told to ignore pressure, or is not seqx's to stop. */
  readonly yields: Yielding | undefined;
}

/** How it is now. */
export interface Situation {
  readonly runs: readonly Sharing[];
  /** What all of them use together. */
  readonly usedBytes: number;
  /** 0 is no limit. */
  readonly thresholdBytes: number;
  /** `undefined` where it cannot be seen: then the threshold alone decides. */
  readonly machine: MachineMemory | undefined;
}

/** What a run knows of itself alone. */
export interface OwnPart {
  readonly id: string;
  /** How long it has stood still, and how long of that memory was dire (`isDire`) without a break. */
  readonly suspendedMs: number;
  readonly direMs: number;
}

export type ShortOf = 'threshold' | 'machine';

export type Step =
  | { readonly kind: 'stay' }
  | { readonly kind: 'suspend' | 'end'; readonly of: ShortOf }
  | { readonly kind: 'resume'; readonly why: 'room' | 'alone' };

const STAY: Step = { kind: 'stay' };

/** A machine with less than this left is short: the same as for --settle. */
const SHORT_SHARE = 0.05;
/** Room again: well away from where it was short, or one run would be stopped and continued for ever. */
const ROOM_SHARE = 0.1;
const ROOM_OF_THRESHOLD = 0.9;
/** With this much of the last ten seconds lost to waiting for memory a machine is short below ROOM_SHARE. */
const THRASHING_PERCENT = 10;
/** One stands still already: the next one only if this much more is used, or less is left. */
const GROWN = 1.05;
const SHRUNK = 0.9;
/** Suspending has not helped: half as much again as there may be, or half of what is short is gone as well. */
const DIRE_OF_THRESHOLD = 1.5;
const DIRE_SHARE = SHORT_SHARE / 2;

/** Records are written once a second: as long they may show how it was before. */
export const LEAST_SUSPENDED_MS = 1_000;
export const DIRE_MS = 5_000;
/** Who runs may wait for something that the suspended one has (a lock of a build tool): not for ever. */
export const PATIENCE_MS = 30 * 60_000;

/** What a run has to do about memory now. */
export function judgePressure(own: OwnPart, now: Situation): Step {
  const self = now.runs.find(({ id }) => id === own.id);
  if (self?.yields === undefined || isLeaving(self)) return STAY;
  return isSuspended(self) ? whileSuspended(self, own, now) : whileRunning(self, self.yields, now);
}

function whileRunning(self: Sharing, { how }: Yielding, now: Situation): Step {
  const of = shortOf(now);
  if (of === undefined || !isWorse(now)) return STAY;
  const running = now.runs.filter(isAwake);
  const isYoungest = youngest(running.filter(({ yields }) => yields !== undefined)) === self;
  return isYoungest && running.length > 1 ? { kind: how, of } : STAY;
}

function whileSuspended(self: Sharing, own: OwnPart, now: Situation): Step {
  const standing = now.runs.filter(isSuspended);
  if (oldest(standing) === self) {
    if (!now.runs.some(one => isAwake(one) || isLeaving(one))) return { kind: 'resume', why: 'alone' };
    if (own.suspendedMs >= LEAST_SUSPENDED_MS && hasRoom(now)) return { kind: 'resume', why: 'room' };
  }
  if (youngest(standing) !== self || now.runs.some(isLeaving)) return STAY;
  const isLastStep = own.direMs >= DIRE_MS || own.suspendedMs >= PATIENCE_MS;
  return isLastStep ? { kind: 'end', of: shortOf(now) ?? 'threshold' } : STAY;
}

/** What there is too little of. A machine that is short concerns more than this gate. */
export function shortOf({ usedBytes, thresholdBytes, machine }: Situation): ShortOf | undefined {
  if (machine && isShort(machine)) return 'machine';
  return thresholdBytes > 0 && usedBytes > thresholdBytes ? 'threshold' : undefined;
}

function isShort(machine: MachineMemory): boolean {
  const left = machine.availableBytes / memoryOf(machine);
  const isThrashing = (machine.pressure?.fullAvg10 ?? 0) >= THRASHING_PERCENT;
  return left < (isThrashing ? ROOM_SHARE : SHORT_SHARE);
}

function hasRoom({ usedBytes, thresholdBytes, machine }: Situation): boolean {
  const isBelow = thresholdBytes === 0 || usedBytes <= thresholdBytes * ROOM_OF_THRESHOLD;
  return isBelow && (machine === undefined || machine.availableBytes >= memoryOf(machine) * ROOM_SHARE);
}

/** Those who stand still already, or are being ended, have not been enough. */
function isWorse({ runs, usedBytes, machine }: Situation): boolean {
  const marks = runs.flatMap(({ isHeard, yields }) =>
    isHeard ? (yields?.suspended ?? yields?.leaving ?? []) : [],
  );
  const available = machine?.availableBytes ?? Infinity;
  return marks.every(
    mark => usedBytes > mark.usedBytes * GROWN || available < (mark.availableBytes ?? 0) * SHRUNK,
  );
}

/** So bad that standing still is no help. */
export function isDire({ usedBytes, thresholdBytes, machine }: Situation): boolean {
  if (machine && machine.availableBytes < memoryOf(machine) * DIRE_SHARE) return true;
  return thresholdBytes > 0 && usedBytes > thresholdBytes * DIRE_OF_THRESHOLD;
}

const isSuspended = ({ isHeard, yields }: Sharing): boolean => isHeard && yields?.suspended !== undefined;

const isLeaving = ({ isHeard, yields }: Sharing): boolean => isHeard && yields?.leaving !== undefined;

const isAwake = (one: Sharing): boolean => one.isHeard && !isSuspended(one) && !isLeaving(one);

const oldest = (runs: readonly Sharing[]): Sharing | undefined => [...runs].sort(byAge)[0];

const youngest = (runs: readonly Sharing[]): Sharing | undefined => [...runs].sort(byAge).at(-1);

/** Ids begin with the arrival: who got the gate in the same millisecond is told apart by that. */
const byAge = (a: Sharing, b: Sharing): number => compare(a.heldAt, b.heldAt) || compare(a.id, b.id);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
