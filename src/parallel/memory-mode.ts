// Together or one at a time: looks at the memory of this process and says when that changes.

import { formatBytes } from '../base/units.ts';
import type { Collector } from './collector.ts';
import { isOneAtATime } from './memory-threshold.ts';
import type { MemoryUsage, OwnProcess } from './this-process.ts';

export class MemoryMode {
  readonly #own: OwnProcess;
  readonly #thresholdBytes: number;
  readonly #collector: Collector | undefined;
  #isSequential = false;

  /** @param collector where garbage may be collected before a threshold counts as passed */
  constructor(own: OwnProcess, thresholdBytes: number, collector: Collector | undefined) {
    this.#own = own;
    this.#thresholdBytes = thresholdBytes;
    this.#collector = collector;
  }

  get isSequential(): boolean {
    return this.#isSequential;
  }

  /** Looks, and decides anew; `change` is in words, and only there when the mode changed. */
  look(): { readonly memory: MemoryUsage; readonly change: string | undefined } {
    let memory = this.#own.usage();
    // Garbage is no reason to slow down, if there is a way to be rid of it.
    if (this.#wouldBeSequential(memory) && this.#collector?.collect()) memory = this.#own.usage();
    const was = this.#isSequential;
    this.#isSequential = this.#wouldBeSequential(memory);
    return { memory, change: was === this.#isSequential ? undefined : this.#inWords(memory.usedBytes) };
  }

  #wouldBeSequential({ usedBytes }: MemoryUsage): boolean {
    return isOneAtATime(usedBytes, this.#thresholdBytes, this.#isSequential);
  }

  #inWords(usedBytes: number): string {
    const [used, threshold] = [formatBytes(usedBytes), formatBytes(this.#thresholdBytes)];
    return this.#isSequential
      ? `memory ${used} is over the threshold of ${threshold}: one task at a time`
      : `memory ${used} is below the threshold of ${threshold} again: tasks run together`;
  }
}
