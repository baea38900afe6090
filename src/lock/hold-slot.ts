// The lock. Protocol: claim; if somebody is inside, clear the dead, wait for the living.
// Invariants: a held slot has exactly one entry, ours; nobody is cleared but on proof of death, or after a
// watched standstill and the proven end of its run. What this does not protect against: slot-folder.ts.

import { errnoOf, stateUnusable } from '../base/errors.ts';
import type { World } from '../base/ports.ts';
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

/**
 * Takes the slot for `id`. Resolves to `undefined` if a stop was requested or `mayWait` said no while a
 * living holder was inside, which it is told of; it may throw to give up.
 * @throws whatever the disk throws: without a working disk there is no lock, and nothing may run
 */
export async function holdSlot(
  id: string,
  watch: HolderWatch,
  mayWait: (holders: readonly string[]) => boolean,
  world: World,
): Promise<HeldSlot | undefined> {
  const empty = new EmptyFolder(world);
  while (world.stop.requested === undefined) {
    if (world.slot.claim(id) === 'held') return heldSlot(id, world);
    const names = world.slot.occupants().filter(name => name !== id);
    if (names.length === 0) {
      await empty.sitOut();
      continue;
    }
    empty.forget();
    const blocker = await clearTheDead(names, watch, world);
    if (blocker === undefined) continue;
    if (!mayWait([blocker.name])) return undefined;
    await waitFor(blocker, world);
  }
  return undefined;
}

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
    const { clock, slot, gate } = this.#world;
    const nowNs = clock.nowNs();
    if (this.#sinceNs === undefined) this.#sinceNs = this.#graceNs = nowNs;
    if (Number(nowNs - this.#sinceNs) / 1e6 >= BARREN_MS) {
      throw stateUnusable(gate.folder, new Error('the slot looks empty but cannot be taken'));
    }
    if (Number(nowNs - this.#graceNs) / 1e6 >= EMPTY_GRACE_MS) {
      slot.clear([]);
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

/** Clears every dead or stuck occupant; returns a living one that is in the way. */
async function clearTheDead(
  names: readonly string[],
  watch: HolderWatch,
  world: World,
): Promise<Blocker | undefined> {
  let blocker: Blocker | undefined;
  for (const name of names) {
    const state = await watch.judge(name);
    if (state === 'alive' || state === 'suspended') {
      blocker = { name, hasSurvivors: false };
      continue;
    }
    if (state === 'stuck') {
      world.emit({ type: 'holder-stuck', pid: Number(name.split('-')[1]), stillMs: watch.stillMs(name) });
    }
    if ((await clearHolder(name, state, world)) === 'survivors') blocker = { name, hasSurvivors: true };
  }
  return blocker;
}

async function waitFor(blocker: Blocker, world: World): Promise<void> {
  if (blocker.hasSurvivors) return pause(SURVIVOR_PAUSE_MS, world);
  const ticket = world.tickets.list().find(({ id }) => id === blocker.name);
  if (ticket === undefined) return pause(POLL_MS, world);
  await firstOf([
    done => world.stop.listen(done),
    done => world.clock.after(LOOK_MS, done),
    done => world.sockets.watch(world.tickets.socketPath(ticket), end => end === 'ended' && done()),
  ]);
}

const pause = (ms: number, world: World): Promise<void> =>
  firstOf([done => world.stop.listen(done), done => world.clock.after(ms, done)]);

function heldSlot(id: string, world: World): HeldSlot {
  let isHeld = true;
  const release = () => {
    if (isHeld) world.slot.clear([id]);
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
