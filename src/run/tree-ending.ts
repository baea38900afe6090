// Ending the run's tree: once, whoever asks first (a limit, a signal, a cancel, the watchdog), and the reason
// that goes into the outcome.

import { messageOf } from '../base/errors.ts';
import type { EndedBy } from '../base/outcome.ts';
import type { EndReport, RunTarget, World } from '../base/ports.ts';
import { endTree } from './end-tree.ts';

export class TreeEnding {
  readonly #target: RunTarget;
  readonly #graceMs: number;
  readonly #world: World;
  readonly #onBegin: () => void;
  #by: EndedBy | undefined;
  #pending: Promise<EndReport> | undefined;
  #isHurried = false;
  #watchdogReported: (report: EndReport) => void = () => {};

  /** @param onBegin called before seqx ends the tree, and when somebody else says that he does */
  constructor(target: RunTarget, graceMs: number, world: World, onBegin: () => void = () => {}) {
    this.#target = target;
    this.#graceMs = graceMs;
    this.#world = world;
    this.#onBegin = onBegin;
  }

  /** Why seqx ended the run; `undefined` if it did not, or only passed on what a signal asked for. */
  get by(): EndedBy | undefined {
    return this.#by;
  }

  /** Resolves when the tree is gone; `undefined` as long as nobody has asked. */
  get pending(): Promise<EndReport> | undefined {
    return this.#pending;
  }

  /** Starts the ending, or joins the one that goes on. Without a reason the command's own ending counts. */
  begin(by?: EndedBy): void {
    this.#by ??= by;
    this.#pending ??= this.#endNow();
  }

  /** The grace is over at once. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** The watchdog is ending the tree; `watchdogEnded` will say how that went. */
  leaveToWatchdog(by: EndedBy): void {
    this.#by ??= by;
    this.#pending ??= new Promise(resolve => {
      this.#watchdogReported = resolve;
    });
  }

  watchdogEnded(report: EndReport): void {
    this.#watchdogReported(this.#tell(report));
  }

  /** The watchdog died before it was done. */
  async takeBack(): Promise<void> {
    this.#watchdogReported(await this.#endNow());
  }

  async #endNow(): Promise<EndReport> {
    const { platform, clock } = this.#world;
    const isGraceOver = () => this.#isHurried;
    const ending = { target: this.#target, graceMs: this.#graceMs, isGraceOver };
    this.#onBegin();
    try {
      return this.#tell(await endTree(ending, { platform, after: clock.after, nowNs: clock.nowNs }));
    } catch (error) {
      // No descriptor for /proc, no process for ps: nothing is proven gone, so nobody may start beside it.
      this.#world.emit({ type: 'ending-failed', reason: messageOf(error) });
      return this.#tell({ ended: 0, killed: [], survivors: this.#target.roots.map(({ pid }) => pid) });
    }
  }

  /** Somebody else ends the run and said so: that is how it ended, whatever the command makes of it. */
  mark(by: EndedBy): void {
    this.#by ??= by;
    this.#onBegin();
  }

  #tell(report: EndReport): EndReport {
    const { ended, killed, survivors } = report;
    if (survivors.length > 0) this.#world.emit({ type: 'tree-survived', survivors });
    else this.#world.emit({ type: 'tree-ended', ended, killed });
    return report;
  }
}
