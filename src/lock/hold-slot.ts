// The lock. Protocol: claim; if somebody is inside, clear the dead, wait for the living.
// Invariants: a held slot has exactly one entry, ours, with room beside all others; nobody is cleared but on proof
// of death, or after a watched standstill and the proven end of its run. What this does not protect against:
// slot-folder.ts.

import { errnoOf, stateUnusable } from '../base/errors.ts';
import type { SlotAsk, World } from '../base/ports.ts';
import { firstOf } from '../base/wake.ts';
import { clearHolder } from './clear-holder.ts';
import type { HolderWatch } from './judge-holder.ts';

/** An empty folder is somebody between mkdir and create; after this long watched, it was left by a crash. */
const EMPTY_GRACE_MS = 200;
/** Nobody loses so many races in a row: the disk is broken. */
const BARREN_MS = 300_000;
/** Pause after losing a race, random so that two losers do not meet again. */
const PAUSE_MS = { least: 5, spread: 20 };
const LOOK_MS = 2_000;
const SHARED_LOOK_MS = 250;
/** A holder without a ticket has no socket to wake us. */
const POLL_MS = 100;
/** A process in the kernel's hands (state D) may take any time to die; ask again, but not in a hurry. */
const SURVIVOR_PAUSE_MS = 1_000;
const RELEASE_TRIES = 5;

export interface HeldSlot extends AsyncDisposable {
  readonly id: string;
  /** Unlinks our entry and the empty folder; idempotent, and harmless if the entry is no longer ours. */
  release(): void;
  /**
   * Leaves our entry in place on purpose: to the watchdog of a process that holds the gate beyond our own end,
   * or to whoever comes next, who ends what we could not before it takes over.
   */
  handOver(): void;
}

/** A slot, and on which terms. */
export type SlotWish = SlotAsk & {
  /** False: it holds a slot alone, whatever the others take. */
  readonly isShared: boolean;
};

/**
 * Takes a slot for `wish.id`. Resolves to `undefined` if a stop was requested or `mayWait` said no while there
 * was no room beside the living holders, of whom it is told; it may throw to give up.
 * @throws whatever the disk throws: without a working disk there is no lock, and nothing may run
 */
export async function holdSlot(
  wish: SlotWish,
  watch: HolderWatch,
  mayWait: (holders: readonly string[]) => boolean,
  world: World,
): Promise<HeldSlot | undefined> {
  const empty = new EmptyFolder(world);
  // An exclusive one tries first and looks afterwards; for one who shares, somebody inside is the usual thing, and
  // the dead among them are cleared even if there is room beside them.
  let { living } = wish.isShared ? await clearTheDead(wish, watch, world) : NOBODY;
  while (world.stop.requested === undefined) {
    if (hasRoom(wish, living)) {
      if (world.slots.claim(wish) === 'held') return heldSlot(wish.id, world);
      const found = await clearTheDead(wish, watch, world);
      living = found.living;
      // Nobody in the way, and still no slot: an empty folder, or somebody who was on the way in and out again.
      if (found.cleared > 0) empty.forget();
      else if (hasRoom(wish, living)) await empty.sitOut();
      continue;
    }
    empty.forget();
    if (!mayWait(living.map(({ name }) => name))) return undefined;
    await waitFor(living, wish.isShared, world);
    living = wish.isShared ? (await clearTheDead(wish, watch, world)).living : [];
  }
  return undefined;
}

const hasRoom = (wish: SlotWish, living: readonly Blocker[]): boolean =>
  living.length === 0 || wish.hasRoomBeside(living.map(({ name }) => name));

/** A folder without an entry: a moment for whoever is about to create one, then it is taken away. */
class EmptyFolder {
  readonly #world: World;
  #sinceNs: bigint | undefined;
  #graceNs = 0n;

  constructor(world: World) {
    this.#world = world;
  }

  forget(): void {
    this.#sinceNs = undefined;
  }

  /** @throws SeqxError SEQX_STATE_UNUSABLE where the slot stays empty and still cannot be taken */
  async sitOut(): Promise<void> {
    const { clock, slots, gate } = this.#world;
    const nowNs = clock.nowNs();
    if (this.#sinceNs === undefined) this.#sinceNs = this.#graceNs = nowNs;
    if (Number(nowNs - this.#sinceNs) / 1e6 >= BARREN_MS) {
      throw stateUnusable(gate.folder, new Error('the slot looks empty but cannot be taken'));
    }
    if (Number(nowNs - this.#graceNs) / 1e6 >= EMPTY_GRACE_MS) {
      slots.clearEmpty();
      this.#graceNs = nowNs;
    } else {
      await pause(PAUSE_MS.least + Math.random() * PAUSE_MS.spread, this.#world);
    }
  }
}

interface Blocker {
  readonly name: string;
  readonly hasSurvivors: boolean;
}

interface Found {
  /** The living, and those of whose runs something survived. */
  readonly living: readonly Blocker[];
  readonly cleared: number;
}

const NOBODY: Found = { living: [], cleared: 0 };

/** Clears every dead or stuck occupant. */
async function clearTheDead({ id }: SlotWish, watch: HolderWatch, world: World): Promise<Found> {
  const living: Blocker[] = [];
  let cleared = 0;
  for (const name of world.slots.occupants()) {
    if (name === id) continue;
    const state = await watch.judge(name);
    if (state === 'alive' || state === 'suspended') {
      living.push({ name, hasSurvivors: false });
      continue;
    }
    if (state === 'stuck') {
      world.emit({ type: 'holder-stuck', pid: Number(name.split('-')[1]), stillMs: watch.stillMs(name) });
    }
    if ((await clearHolder(name, state, world)) === 'cleared') cleared += 1;
    else living.push({ name, hasSurvivors: true });
  }
  return { living, cleared };
}

/** Until one of them has gone, or it is time to look again. */
async function waitFor(blockers: readonly Blocker[], isShared: boolean, world: World): Promise<void> {
  const tickets = world.tickets.list();
  const known = tickets.filter(({ id }) => blockers.some(({ name }) => name === id));
  if (blockers.some(({ hasSurvivors }) => hasSurvivors)) return pause(SURVIVOR_PAUSE_MS, world);
  if (known.length < blockers.length) return pause(POLL_MS, world);
  await firstOf([
    done => world.stop.listen(done),
    // Room for one who shares comes and goes with the memory of the others, and with whoever only tries.
    done => world.clock.after(isShared ? SHARED_LOOK_MS : LOOK_MS, done),
    ...known.map(ticket => (done: () => void) => {
      return world.sockets.watch(world.tickets.socketPath(ticket), end => end === 'ended' && done());
    }),
  ]);
}

const pause = (ms: number, world: World): Promise<void> =>
  firstOf([done => world.stop.listen(done), done => world.clock.after(ms, done)]);

function heldSlot(id: string, world: World): HeldSlot {
  let isHeld = true;
  const release = () => {
    if (isHeld) world.slots.clear([id]);
    isHeld = false;
  };
  return {
    id,
    release,
    handOver: () => {
      isHeld = false;
    },
    // A release that the disk refuses leaves our entry until this process ends; then the next contender clears
    // it. The work is done, and how it ended must not be lost over this.
    [Symbol.asyncDispose]: async () => {
      for (let tries = 0; isHeld && tries < RELEASE_TRIES; tries++) {
        try {
          release();
        } catch (error) {
          if (errnoOf(error) === '') throw error;
          await new Promise<void>(resolve => void world.clock.after(PAUSE_MS.spread, resolve));
        }
      }
    },
  };
}
