// Who is in the slot, and may we clear it? Liveness from the evidence, and a watched heartbeat: a holder
// counts as stuck only after *this* waiter saw its heartbeat stand still for the whole time while awake.

import { parseId } from '../base/identity.ts';
import type { World } from '../base/ports.ts';
import { isHeldByInit } from './clear-holder.ts';

export type HolderState = 'alive' | 'suspended' | 'dead' | 'stuck';

/** A longer gap between two looks means that we slept (laptop lid, SIGSTOP): the watch starts again. */
const LONGEST_GAP_MS = 10_000;

/** How long the heartbeat of a run in another pid namespace must have been watched to stand still. */
const ELSEWHERE_MS = 5_000;

interface Watch {
  readonly heartbeatMs: number | undefined;
  readonly sinceNs: bigint;
  readonly seenNs: bigint;
}

export class HolderWatch {
  readonly #watches = new Map<string, Watch>();
  readonly #stuckTimeoutMs: number;
  readonly #world: Pick<World, 'slots' | 'clock' | 'liveness' | 'platform'>;

  constructor(stuckTimeoutMs: number, world: Pick<World, 'slots' | 'clock' | 'liveness' | 'platform'>) {
    this.#stuckTimeoutMs = stuckTimeoutMs;
    this.#world = world;
  }

  /** Judges one entry of the slot. A name that seqx cannot have written is alive until it is stuck. */
  async judge(name: string): Promise<HolderState> {
    const stillMs = this.#watch(name);
    const liveness = parseId(name) === undefined ? 'unjudgeable' : await this.#world.liveness(name);
    // In another pid namespace its run cannot be seen, let alone proven gone. Its watchdog frees the slot by
    // itself, and beats while it is at it: only when that has stopped, nobody is left who could.
    if (liveness === 'dead' && this.#isElsewhere(name) && stillMs < ELSEWHERE_MS) return 'alive';
    if (liveness === 'dead') return 'dead';
    // Stopped before its watchdog was there to beat for it (Ctrl-Z while it waited for git): not stuck.
    if (liveness === 'suspended' && !this.#world.slots.readRecord(name)?.watchdog) return 'suspended';
    const isStuck = stillMs >= this.#stuckTimeoutMs && !(liveness !== 'unjudgeable' && this.#isInit(name));
    return isStuck ? 'stuck' : liveness === 'suspended' ? 'suspended' : 'alive';
  }

  /** How long this waiter has watched the heartbeat stand still, milliseconds of its own awake time. */
  stillMs(name: string): number {
    const watch = this.#watches.get(name);
    return watch === undefined ? 0 : Number(watch.seenNs - watch.sinceNs) / 1e6;
  }

  /** It cannot be ended, and as long as it lives it holds: its heartbeat is nobody's proof. */
  #isInit(name: string): boolean {
    return isHeldByInit(name, this.#world.slots.readRecord(name));
  }

  #isElsewhere(name: string): boolean {
    const { boot, namespace } = this.#world.platform.self();
    const identity = parseId(name);
    return identity?.boot === boot && identity.namespace !== namespace;
  }

  #watch(name: string): number {
    const nowNs = this.#world.clock.nowNs();
    const heartbeatMs = this.#world.slots.heartbeatMs(name);
    const before = this.#watches.get(name);
    const isContinued =
      before !== undefined &&
      before.heartbeatMs === heartbeatMs &&
      Number(nowNs - before.seenNs) / 1e6 <= LONGEST_GAP_MS;
    this.#watches.set(name, { heartbeatMs, sinceNs: isContinued ? before.sinceNs : nowNs, seenNs: nowNs });
    return this.stillMs(name);
  }
}
