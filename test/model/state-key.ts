// A state as a few 32-bit words, and a set of such keys that holds millions of them in little memory.
// States that differ only in which contender is called first get the same key: of all their
// orders, the one whose words are smallest. The key is exact, so no state is ever taken for another.

import type { Contender, Place, State } from './protocol.ts';
import { bit, NO_NAME, namesIn, PLACES, runOf, TURNS_MAX } from './protocol.ts';

type PlaceNumbers = Record<Place, number>;
const PLACE_NUMBERS = Object.fromEntries(PLACES.map((place, number) => [place, number])) as PlaceNumbers;

/** One way to line the contenders up, and what becomes of every name and set of names by it. */
interface Order {
  readonly lineUp: readonly number[];
  readonly names: Uint8Array;
  readonly sets: Uint8Array;
}

/** The key function for so many contenders; its answer is valid until it is called again. */
export function keyMaker(contenders: number): (state: State) => Uint32Array {
  const orders = permutations(Array.from({ length: contenders }, (_, who) => who)).map(orderFrom);
  const ranks = new Uint32Array(contenders);
  let best = new Uint32Array(contenders + 1);
  let other = new Uint32Array(contenders + 1);
  return state => {
    best.fill(0xffffffff);
    for (let who = 0; who < contenders; who += 1) ranks[who] = rankOf(state.contenders[who] as Contender);
    for (const order of orders) {
      if (!isRising(ranks, order.lineUp)) continue;
      writeKey(state, ranks, order, other);
      if (isSmaller(other, best)) [best, other] = [other, best];
    }
    return best;
  };
}

/** What is true of a contender whatever the others are called; the top bits of its word. */
function rankOf({ place, turn, sawLive }: Contender): number {
  return (((turn << 4) | PLACE_NUMBERS[place]) << 1) | Number(sawLive);
}

function isRising(ranks: Uint32Array, lineUp: readonly number[]): boolean {
  for (let at = 1; at < lineUp.length; at += 1) {
    if ((ranks[lineUp[at - 1] as number] as number) > (ranks[lineUp[at] as number] as number)) return false;
  }
  return true;
}

function writeKey(state: State, ranks: Uint32Array, { lineUp, names, sets }: Order, into: Uint32Array): void {
  const { folder, crashesLeft, liesLeft, contenders, wrecks } = state;
  for (let at = 0; at < lineUp.length; at += 1) {
    const who = lineUp[at] as number;
    const { rest, target } = contenders[who] as Contender;
    const renamedTarget = target === NO_NAME ? 15 : (names[target] as number);
    into[at] = ((ranks[who] as number) << 12) | (renamedTarget << 8) | (sets[rest] as number);
  }
  let wreckBits = 0;
  for (let run = 0; run < wrecks.length; run += 1)
    wreckBits |= (wrecks[run] as number) << (2 * (names[run] as number));
  const budget = (Number(folder) << 4) | (crashesLeft << 1) | liesLeft;
  into[lineUp.length] = (budget << 24) | ((sets[state.names] as number) << 16) | wreckBits;
}

function isSmaller(key: Uint32Array, than: Uint32Array): boolean {
  for (let word = 0; word < key.length; word += 1) {
    const [mine, theirs] = [key[word] as number, than[word] as number];
    if (mine !== theirs) return mine < theirs;
  }
  return false;
}

function orderFrom(lineUp: readonly number[]): Order {
  const names = Uint8Array.from(
    lineUp.flatMap((_, who) => [0, 1].map(turn => runOf(lineUp.indexOf(who), turn))),
  );
  const renamed = (set: number) => namesIn(set).reduce((all, name) => all | bit(names[name] as number), 0);
  const sets = Uint8Array.from({ length: 1 << (lineUp.length * TURNS_MAX) }, (_, set) => renamed(set));
  return { lineUp, names, sets };
}

function permutations(items: readonly number[]): (readonly number[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap(first =>
    permutations(items.filter(one => one !== first)).map(rest => [first, ...rest]),
  );
}

/** Keys in the order of their arrival, found again by open addressing. */
export class KeySet {
  size = 0;
  readonly #words: number;
  #keys: Uint32Array;
  #slots: Int32Array;

  constructor(words: number, capacity = 1 << 12) {
    this.#words = words;
    this.#keys = new Uint32Array(words * capacity);
    this.#slots = new Int32Array(capacity * 2);
  }

  /** The number of this key; a new key gets the next number, the size so far. */
  add(key: Uint32Array): number {
    if (this.size * 2 >= this.#slots.length) this.#grow();
    const slot = this.#slotOf(key);
    const known = (this.#slots[slot] as number) - 1;
    if (known >= 0) return known;
    this.#keys.set(key, this.size * this.#words);
    this.size += 1;
    this.#slots[slot] = this.size;
    return this.size - 1;
  }

  isAt(number: number, key: Uint32Array): boolean {
    const from = number * this.#words;
    for (let word = 0; word < this.#words; word += 1) if (this.#keys[from + word] !== key[word]) return false;
    return true;
  }

  #slotOf(key: Uint32Array): number {
    const mask = this.#slots.length - 1;
    let hash = 0;
    for (let word = 0; word < this.#words; word += 1) {
      hash = Math.imul(hash ^ (key[word] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    let slot = hash & mask;
    while (this.#slots[slot] !== 0 && !this.isAt((this.#slots[slot] as number) - 1, key))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const keys = new Uint32Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let number = 0; number < this.size; number += 1) {
      const from = number * this.#words;
      this.#slots[this.#slotOf(keys.subarray(from, from + this.#words))] = number + 1;
    }
  }
}
