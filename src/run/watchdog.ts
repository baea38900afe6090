// The watchdog: a child of the wrapper in a session of its own. It keeps the run's tree under its memory
// limits, keeps the slot's heartbeat going, and when the wrapper dies, however it dies, it ends the tree and
// frees the slot. It carries no token and ignores the signals that a terminal or a supervisor sends to all.

import { parseTicketName } from '../base/identity.ts';
import type { Cancel, ProcessFacts, ProcessRef, RunTarget, World } from '../base/ports.ts';
import { continueTree, endTree } from './end-tree.ts';
import { Heartbeat } from './heartbeat.ts';
import { MemoryTrial } from './memory-trial.ts';
import { PressureDesk, type PressureOver } from './pressure-desk.ts';
import { TreeSampler } from './tree-sampler.ts';
import { FIRST_MEMORY, judgeSample, nearestLimit, type Sample, type Verdict } from './verdict.ts';
import type { FromWatchdog, WatchOrder } from './watch-messages.ts';
import { isLiving } from './watch-process.ts';

/** An orphan's farewell: nobody waits for it any more, and the next run should start soon. */
const ORPHAN_GRACE_MS = 300;
const MOST_FAILURES = 5;
const RETRY_MS = 500;

/** What a watchdog needs of the world: no queue, no terminal. */
export type WatchdogWorld = Pick<World, 'platform' | 'clock' | 'slots' | 'tickets'>;

export class Watchdog {
  readonly #order: WatchOrder;
  readonly #world: WatchdogWorld;
  readonly #say: (message: FromWatchdog) => void;
  readonly #sampler: TreeSampler;
  readonly #target: RunTarget;
  /** The command, or the commands of a batch that were not seen to have ended. */
  readonly #roots: ProcessRef[];
  readonly #heartbeat: Heartbeat;
  readonly #trial: MemoryTrial;
  readonly #desk: PressureDesk | undefined;
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
    this.#roots = [...order.tree.roots];
    this.#target = { ...order.tree, roots: this.#roots };
    this.#sampler = new TreeSampler(this.#target, world.platform, world.clock);
    this.#trial = new MemoryTrial({ ...order, tree: this.#target }, this.#sampler, world);
    this.#heartbeat = new Heartbeat(order, () => say({ type: 'slot-lost' }), world);
    this.#desk = this.#openDesk();
  }

  async start(): Promise<void> {
    await this.#look();
    this.#heartbeat.start();
  }

  #openDesk(): PressureDesk | undefined {
    const { pressure, slotId } = this.#order;
    if (pressure === undefined || slotId === undefined) return undefined;
    const order = { ...this.#order, pressure, slotId };
    const note: Heartbeat['noteYielding'] = (...news) => this.#heartbeat.noteYielding(...news);
    const parts = { order, target: this.#target, say: this.#say, note, tools: this.#tools };
    return new PressureDesk(parts, this.#world);
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
    const over = await this.#desk?.look(sample, this.#sampler.members);
    if (this.#isOver) return;
    if (over) return this.#endForPressure(over, sample);
    const nextMs = Math.min(verdict.nextMs, this.#desk?.nextMs ?? Infinity);
    this.#cancelLook = this.#world.clock.after(nextMs, () => void this.#look());
  }

  /** Somebody asks the run to end, or it has ended: it does not stand still for memory pressure. */
  async letGo(isForGood: boolean): Promise<void> {
    await this.#desk?.letGo(isForGood);
  }

  /** One more command of the run; those that have ended are forgotten. */
  addRoot(root: ProcessRef): void {
    const living = this.#roots.filter(one => isLiving(one, this.#world.platform));
    this.#roots.splice(0, Infinity, ...living, root);
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
    await this.letGo(true);
    this.#heartbeat.stop();
  }

  /** The wrapper is gone: end its run, then free its slot, in that order. */
  async takeLeave(): Promise<void> {
    this.#stopLooking();
    this.#desk?.retire();
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
    this.#world.slots.clear([slotId]);
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
    await this.#end(sample);
  }

  /** The run makes room for others: as if it had passed a limit of its own. */
  async #endForPressure(over: PressureOver, sample: Sample): Promise<void> {
    this.#stopLooking();
    this.#heartbeat.note(sample.treeBytes, sample.processes, true);
    this.#say({ type: 'event', event: over });
    this.#confirming = this.#end(sample);
    await this.#confirming;
  }

  async #end(sample: Sample): Promise<void> {
    this.#say({ type: 'tree-ended', report: await this.#trial.end(sample) });
  }
}
