// The heartbeat: once a second the watchdog rewrites the slot entry. That proves the run to be healthy, shows
// its memory in `seqx status`, and notices when the slot is no longer ours.

import { errnoOf } from '../base/errors.ts';
import type { Cancel, RunMemory, RunRecord, World, Yielding } from '../base/ports.ts';
import { HEARTBEAT_MS } from '../base/settings.ts';
import type { WatchOrder } from './watch-messages.ts';

export class Heartbeat {
  readonly #order: WatchOrder;
  readonly #onLost: () => void;
  readonly #world: Pick<World, 'platform' | 'clock' | 'slots'>;
  #memory: RunMemory;
  #yields: Yielding | undefined;
  #isLost = false;
  #cancel: Cancel = () => {};

  constructor(order: WatchOrder, onLost: () => void, world: Pick<World, 'platform' | 'clock' | 'slots'>) {
    this.#order = order;
    this.#onLost = onLost;
    this.#world = world;
    this.#memory = { bytes: 0, peakBytes: 0, limitBytes: order.limits.treeBytes, processes: 0 };
    this.#yields = order.pressure && { how: order.pressure.how };
  }

  start(): void {
    const beat = () => {
      this.#write();
      this.#cancel = this.#world.clock.after(HEARTBEAT_MS, beat);
    };
    beat();
  }

  stop(): void {
    this.#cancel();
  }

  /** A new peak is written at once: a run may be over before the next heartbeat. */
  note(bytes: number, processes: number, isLast = false): void {
    const { peakBytes, limitBytes } = this.#memory;
    this.#memory = { bytes, peakBytes: Math.max(peakBytes, bytes), limitBytes, processes };
    if (isLast || bytes > peakBytes * 1.05) this.#write();
  }

  /** @param isNews the others reckon with it: written at once. At the end of a run the entry may be gone. */
  noteYielding(yields: Yielding | undefined, isNews: boolean): void {
    this.#yields = yields;
    if (isNews) this.#write();
  }

  #write(): void {
    const { gate, slotId, share, command, executable, heldAt, startedAt, tree } = this.#order;
    if (slotId === undefined) return;
    const { pid, start } = this.#world.platform.self();
    const record: RunRecord = {
      schema: 'seqx.run/1',
      root: gate.plainRoot,
      share,
      executable,
      heldAt,
      startedAt,
      command,
      watchdog: { pid, start },
      memory: tree.roots.length + tree.tokens.length > 0 ? this.#memory : undefined,
      yields: this.#yields,
    };
    try {
      this.#world.slots.writeRecord(slotId, record);
    } catch (error) {
      this.#onFailed(errnoOf(error), slotId);
    }
  }

  /** A full disk must not stop the heartbeat; a missing entry means that the slot is no longer ours. */
  #onFailed(errno: string, slotId: string): void {
    if (errno !== 'ENOENT' && this.#world.slots.beat(slotId)) return;
    if (!this.#isLost) this.#onLost();
    this.#isLost = true;
  }
}
