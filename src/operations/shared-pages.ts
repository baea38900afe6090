// What a sum of resident sizes counts more than once: pages that processes share. Found out now and then, because
// the kernel has to walk all of them.

import type { ProcessFacts, World } from '../base/ports.ts';
import { honestBytes } from '../run/await-memory.ts';

/** At most 5 % of a core for it; meanwhile what was found last counts. */
const MEASURE_COST = 20;

export class SharedPages {
  readonly #world: Pick<World, 'platform' | 'clock'>;
  #found = { atNs: 0n, costMs: 0, bytes: 0 };

  constructor(world: Pick<World, 'platform' | 'clock'>) {
    this.#world = world;
  }

  /** @param usedBytes the simple sum over these processes */
  bytes(usedBytes: number, processes: readonly ProcessFacts[]): number {
    const { clock, platform } = this.#world;
    const beganNs = clock.nowNs();
    const isFresh = Number(beganNs - this.#found.atNs) / 1e6 < this.#found.costMs * MEASURE_COST;
    if (!isFresh) {
      const bytes = Math.max(0, usedBytes - honestBytes(processes, platform));
      const atNs = clock.nowNs();
      this.#found = { atNs, costMs: Number(atNs - beganNs) / 1e6, bytes };
    }
    return this.#found.bytes;
  }
}
