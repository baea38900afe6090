// The watchdog: a child of the wrapper in a session of its own. It keeps the run's tree under its memory
// limits, keeps the slot's heartbeat going, and when the wrapper dies, however it dies, it ends the tree and
// frees the slot. It carries no token and ignores the signals that a terminal or a supervisor sends to all.

import { parseTicketName } from '../base/identity.ts';
import type { Cancel, ProcessFacts, RunTarget, World } from '../base/ports.ts';
import { continueTree, endTree } from './end-tree.ts';
import { Heartbeat } from './heartbeat.ts';
import { MemoryTrial } from './memory-trial.ts';
import { TreeSampler } from './tree-sampler.ts';
import { FIRST_MEMORY, judgeSample, nearestLimit, type Sample, type Verdict } from './verdict.ts';
import type { FromWatchdog, WatchOrder } from './watch-messages.ts';

/** An orphan's farewell: nobody waits for it any more, and the next run should start soon. */
const ORPHAN_GRACE_MS = 300;
const MOST_FAILURES = 5;
const RETRY_MS = 500;

/** What a watchdog needs of the world: no queue, no terminal. */
export type WatchdogWorld = Pick<World, 'platform' | 'clock' | 'slot' | 'tickets'>;

export class Watchdog {
  readonly #order: WatchOrder;
  readonly #world: WatchdogWorld;
  readonly #say: (message: FromWatchdog) => void;
  readonly #sampler: TreeSampler;
  readonly #target: RunTarget;
  readonly #heartbeat: Heartbeat;
  readonly #trial: MemoryTrial;
  #memory = FIRST_MEMORY;
  #isOver = false;
  #confirming: Promise<void> | undefined;
  #toldHidden = '';
  #failures = 0;
  #cancelLook: Cancel = () => {};

  constructor(order: WatchOrder, say: (message: FromWatchdog) => void, world: WatchdogWorld) {
    this.#order = order;
    this.#say = say;
    this.#world = world;
    this.#target = order.tree;
    this.#sampler = new TreeSampler(this.#target, world.platform, world.clock);
    this.#trial = new MemoryTrial(order, this.#sampler, world);
    this.#heartbeat = new Heartbeat(order, () => say({ type: 'slot-lost' }), world);
  }

  async start(): Promise<void> {
    await this.#look();
    this.#heartbeat.start();
  }

  /** No more looks. The heartbeat goes on for as long as there is something to end: nobody may think it stuck. */
  #stopLooking(): void {
    this.#isOver = true;
    this.#cancelLook();
  }

  /**
   * One look, and the next one planned. A look may fail (no descriptor left, no process for ps); the next may
   * not. Dying is for when it never gets better: then the wrapper decides.
   */
  async #look(): Promise<void> {
    try {
      await this.#lookOnce();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures > MOST_FAILURES) throw error;
      await continueTree({ target: this.#target, graceMs: 0, known: this.#sampler.members }, this.#tools);
      this.#say({ type: 'measured' });
      this.#cancelLook = this.#world.clock.after(RETRY_MS, () => void this.#look());
    }
  }

  async #lookOnce(): Promise<void> {
    const sample = await this.#sampler.sample();
    if (this.#isOver) return;
    const verdict = judgeSample(sample, this.#order.limits, this.#memory);
    this.#memory = verdict.memory;
    this.#heartbeat.note(sample.treeBytes, sample.processes);
    this.#tellHidden();
    if (verdict.kind === 'warn') this.#warn(sample);
    if (verdict.kind === 'over') {
      this.#confirming = this.#confirm(sample, verdict);
      await this.#confirming;
    }
    if (this.#isOver) return;
    this.#cancelLook = this.#world.clock.after(verdict.nextMs, () => void this.#look());
  }

  /** A look out of turn; the next one is planned from it. */
  lookNow(): void {
    if (this.#isOver) return;
    this.#cancelLook();
    void this.#look();
  }

  /** Everybody seen at the last look. */
  get members(): readonly ProcessFacts[] {
    return this.#sampler.members;
  }

  /** No more verdicts; one that is being carried out is finished first: its tree stands still. */
  async rest(): Promise<void> {
    this.#stopLooking();
    await this.#confirming;
  }

  /** The run is over. */
  async conclude(): Promise<void> {
    await this.rest();
    this.#heartbeat.stop();
  }

  /** The wrapper is gone: end its run, then free its slot, in that order. */
  async takeLeave(): Promise<void> {
    this.#stopLooking();
    const { slotId, ticketName, executable } = this.#order;
    const { survivors } = await endTree(
      {
        target: { ...this.#target, embryoOf: executable },
        graceMs: ORPHAN_GRACE_MS,
        known: this.#sampler.members,
      },
      this.#tools,
    );
    this.#heartbeat.stop();
    if (survivors.length > 0 || slotId === undefined) return;
    this.#world.slot.clear([slotId]);
    const ticket = parseTicketName(ticketName ?? '');
    if (ticket) this.#world.tickets.remove(ticket);
  }

  get #tools() {
    return {
      platform: this.#world.platform,
      after: this.#world.clock.after,
      nowNs: this.#world.clock.nowNs,
    };
  }

  /** So that the wrapper still knows them when the command has ended and their parent chain is gone. */
  #tellHidden(): void {
    const members = this.#sampler.hidden;
    const key = members.map(({ pid }) => pid).join();
    if (key !== this.#toldHidden) this.#say({ type: 'hidden', members });
    this.#toldHidden = key;
  }

  #warn(sample: Sample): void {
    const { command, limits } = this.#order;
    const { bytes, limitBytes, pid } = nearestLimit(sample, limits);
    this.#say({
      type: 'event',
      event: {
        type: 'memory-high',
        pid: pid ?? command?.pid ?? 0,
        processes: pid === undefined ? sample.processes : 1,
        bytes,
        limitBytes,
      },
    });
  }

  /** Measures the tree while it stands still; then ends it or lets it go on. */
  async #confirm(sample: Sample, { culprit }: Verdict): Promise<void> {
    const { command, graceMs } = this.#order;
    this.#say({ type: 'measuring' });
    const trial = await this.#trial.measure(sample, culprit);
    if (!trial.isOver) {
      this.#memory = { ...this.#memory, allowanceBytes: trial.allowanceBytes };
      this.#say({ type: 'event', event: { type: 'memory-spared', ...trial.spared } });
      return this.#say({ type: 'measured' });
    }
    this.#stopLooking();
    const { bytes, processes } = trial.over;
    this.#heartbeat.note(Math.max(sample.treeBytes, bytes), processes, true);
    const event = { type: 'memory-over', pid: command?.pid ?? 0, ...trial.over, culprit, graceMs } as const;
    this.#say({ type: 'event', event });
    this.#say({ type: 'tree-ended', report: await this.#trial.end(sample) });
  }
}
