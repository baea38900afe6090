// The proof before a tree is ended for its memory: it is frozen, so that what is measured is what is judged, and
// pages that its processes share are counted once. Over the limit it is ended, else it goes on.

import type { EndReport, ProcessFacts, World } from '../base/ports.ts';
import { endTree, freezeTree } from './end-tree.ts';
import { measureTree } from './measure-tree.ts';
import type { TreeSampler } from './tree-sampler.ts';
import { allowanceAfterSparing, isHurry, type Sample } from './verdict.ts';
import type { WatchOrder } from './watch-messages.ts';

export type Trial =
  | {
      readonly isOver: false;
      readonly allowanceBytes: number;
      readonly spared: { readonly rssBytes: number; readonly pssBytes: number; readonly limitBytes: number };
    }
  /** The tree still stands. */
  | {
      readonly isOver: true;
      readonly over: {
        readonly processes: number;
        readonly bytes: number;
        readonly limitBytes: number;
        readonly measure: 'PSS' | 'RSS';
      };
    };

export class MemoryTrial {
  readonly #order: Pick<WatchOrder, 'tree' | 'limits' | 'graceMs'>;
  readonly #sampler: TreeSampler;
  readonly #world: Pick<World, 'platform' | 'clock'>;

  constructor(
    order: Pick<WatchOrder, 'tree' | 'limits' | 'graceMs'>,
    sampler: TreeSampler,
    world: Pick<World, 'platform' | 'clock'>,
  ) {
    this.#order = order;
    this.#sampler = sampler;
    this.#world = world;
  }

  /** @param culprit the process that passed its own limit; the tree otherwise */
  async measure(sample: Sample, culprit: number | undefined): Promise<Trial> {
    const { limits } = this.#order;
    const frozen = await freezeTree({ ...this.#ending, graceMs: 0 }, this.#tools);
    const isMeasured = this.#world.platform.abilities.proportionalMemory;
    const suspects = culprit === undefined ? frozen : frozen.filter(({ pid }) => pid === culprit);
    const bytes = isMeasured
      ? await measureTree(suspects, this.#world)
      : suspects.reduce((sum, p) => sum + p.rssBytes, 0);
    const limitBytes = culprit === undefined ? limits.treeBytes : limits.processBytes;
    if (bytes > limitBytes) {
      const measure = isMeasured ? 'PSS' : 'RSS';
      return { isOver: true, over: { processes: frozen.length, bytes, limitBytes, measure } };
    }
    this.#thaw(frozen);
    const rssBytes = culprit === undefined ? sample.treeBytes : sample.largest.bytes;
    const allowanceBytes = allowanceAfterSparing(sample, limits, culprit);
    return { isOver: false, allowanceBytes, spared: { rssBytes, pssBytes: bytes, limitBytes } };
  }

  /** Ends the tree; its grace is over when it grows on meanwhile. */
  async end(sample: Sample): Promise<EndReport> {
    let newest = sample;
    let isLooking = false;
    const isGraceOver = () => {
      if (!isLooking) {
        isLooking = true;
        void this.#sampler.sample().then(latest => {
          newest = latest;
          isLooking = false;
        });
      }
      return isHurry(newest, this.#order.limits);
    };
    return endTree({ ...this.#ending, graceMs: this.#order.graceMs, isGraceOver }, this.#tools);
  }

  get #ending() {
    return { target: this.#order.tree, known: this.#sampler.members };
  }

  get #tools() {
    const { platform, clock } = this.#world;
    return { platform, after: clock.after, nowNs: clock.nowNs };
  }

  /** Continues those we stopped; one that was stopped before (Ctrl-Z) stays so. */
  #thaw(frozen: readonly ProcessFacts[]): void {
    for (const { pid, state } of frozen) {
      if (state !== 'T') this.#world.platform.send(pid, 'SIGCONT');
    }
  }
}
