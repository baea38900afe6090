// The connection to whoever is ahead: kept across looks, because connecting anew wakes both ends (71 idle
// waiters cost 6.8 % of a core that way, 0.8 % this way). It ends when the one ahead ends, however that is.

import type { Cancel, World } from '../base/ports.ts';

/** A living one ahead without a socket has to be asked; a refused connection is looked into at once. */
const POLL_MS = 150;
const REFUSED_PAUSE_MS = 20;

export class AheadWatch {
  readonly #world: Pick<World, 'sockets' | 'clock'>;
  #watched = '';
  #hasChanged = false;
  #wake: () => void = () => {};
  #cancels: Cancel[] = [];

  constructor(world: Pick<World, 'sockets' | 'clock'>) {
    this.#world = world;
  }

  /** Watches the owners of these sockets from now on; keeps the connections if they are the same as before. */
  aim(paths: readonly string[]): void {
    const key = paths.join('\n');
    if (key === this.#watched && !this.#hasChanged) return;
    this.close();
    this.#watched = key;
    this.#cancels = paths.map(path => this.#watch(path));
  }

  /** Calls `done` when one of them has gone, also if that was before the call. */
  onChange(done: () => void): Cancel {
    this.#wake = done;
    if (this.#hasChanged) done();
    return () => {
      this.#wake = () => {};
    };
  }

  close(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#watched = '';
    this.#hasChanged = false;
  }

  #watch(path: string): Cancel {
    let cancelPause: Cancel = () => {};
    const change = () => {
      this.#hasChanged = true;
      this.#wake();
    };
    const unwatch = this.#world.sockets.watch(path, end => {
      if (end === 'ended') change();
      else cancelPause = this.#world.clock.after(end === 'refused' ? REFUSED_PAUSE_MS : POLL_MS, change);
    });
    return () => {
      unwatch();
      cancelPause();
    };
  }
}
