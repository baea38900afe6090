// Saying that the next command of a batch waits for memory: once, and not at all where it was a matter of a moment.

import type { MemoryShortage } from '../admission/admission.ts';
import type { World } from '../base/ports.ts';
import type { BatchCommand } from './batch-commands.ts';

const QUIET_MS = 1_000;

export class ShortNews {
  readonly #world: Pick<World, 'clock' | 'emit'>;
  #sinceNs: bigint | undefined;
  #isTold = false;

  constructor(world: Pick<World, 'clock' | 'emit'>) {
    this.#world = world;
  }

  /** There is room, or something else is missing. */
  clear(): void {
    this.#sinceNs = undefined;
    this.#isTold = false;
  }

  /** @param running how many run meanwhile */
  tell({ number, name }: BatchCommand, shortage: MemoryShortage, running: number): void {
    const nowNs = this.#world.clock.nowNs();
    this.#sinceNs ??= nowNs;
    if (this.#isTold || Number(nowNs - this.#sinceNs) / 1e6 < QUIET_MS) return;
    this.#isTold = true;
    const { neededBytes, freeBytes, of } = shortage;
    this.#world.emit({ type: 'batch-short', number, name, neededBytes, freeBytes, of, running });
  }
}
