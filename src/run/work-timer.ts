// The clock of --timeout: it stands still while the command does, for seqx's own doing.

import type { Cancel, Clock } from '../base/ports.ts';

export class WorkTimer {
  readonly #clock: Pick<Clock, 'nowNs' | 'after'>;
  readonly #onOver: () => void;
  #leftMs: number;
  #startedNs: bigint | undefined;
  #isStopped = false;
  #cancel: Cancel = () => {};

  constructor(ms: number, onOver: () => void, clock: Pick<Clock, 'nowNs' | 'after'>) {
    this.#leftMs = ms;
    this.#onOver = onOver;
    this.#clock = clock;
    this.resume();
  }

  pause(): void {
    if (this.#startedNs === undefined) return;
    this.#cancel();
    this.#leftMs -= Number(this.#clock.nowNs() - this.#startedNs) / 1e6;
    this.#startedNs = undefined;
  }

  resume(): void {
    if (this.#isStopped || this.#startedNs !== undefined) return;
    this.#startedNs = this.#clock.nowNs();
    this.#cancel = this.#clock.after(Math.max(0, this.#leftMs), this.#onOver);
  }

  /** It never comes to its end. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }
}
