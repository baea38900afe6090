// Where a watchdog deals with memory pressure: after each of its looks at the tree it asks who has to make room
// (pressure.ts), and, if that is its own run, lets the tree stand still, or says that it is to be ended.
//
//   runs ──suspend──> stands still ──resume──> runs
//     └──end──┐            └──end (last step)──┐
//             └────────────> is ended <────────┘
//
// The word goes out before the first signal: whoever outlives us knows that there is a tree to continue.
// Somebody who asks the run to end (`letGo`) is stronger than any pressure: it has to hear of it.

import type { SeqxEvent } from '../base/events.ts';
import type { ProcessFacts, RunTarget, World, Yielding } from '../base/ports.ts';
import type { Tools } from './end-tree.ts';
import { PressureLook, type PressureSeen } from './pressure-look.ts';
import { isStopped, Suspension } from './suspension.ts';
import type { Sample } from './verdict.ts';
import type { FromWatchdog, PressureOrder, WatchOrder } from './watch-messages.ts';

/** Memory can grow at several GiB a second; the records of the others are a heartbeat old at most. */
const LOOK_MS = 250;
const ALONE_LOOK_MS = 1_000;
/** At most 5 % of a core for looking. */
const COST_FACTOR = 20;
/** One that got Ctrl-C or SIGTERM gets its whole grace to act on it, and some more. */
const RESPITE_MS = 5_000;

export type PressureOver = Extract<SeqxEvent, { type: 'pressure-over' }>;

type Suspended = NonNullable<Yielding['suspended']>;

export interface DeskParts {
  readonly order: WatchOrder & { readonly slotId: string; readonly pressure: PressureOrder };
  readonly target: RunTarget;
  readonly say: (message: FromWatchdog) => void;
  /** Puts into the run's record what others have to know. */
  readonly note: (yields: Yielding | undefined, isNews: boolean) => void;
  readonly tools: Tools;
}

export class PressureDesk {
  readonly #parts: DeskParts;
  readonly #world: Pick<World, 'platform' | 'clock' | 'slots'>;
  readonly #pressure: PressureLook;
  readonly #suspension: Suspension;
  #yields: Yielding | undefined;
  #sinceNs = 0n;
  #respiteEndNs = 0n;
  #nextMs = LOOK_MS;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: DeskParts, world: Pick<World, 'platform' | 'clock' | 'slots'>) {
    const { order, target, tools } = parts;
    this.#parts = parts;
    this.#world = world;
    this.#pressure = new PressureLook({ ...order, thresholdBytes: order.pressure.thresholdBytes }, world);
    this.#suspension = new Suspension(target, tools);
    this.#yields = { how: order.pressure.how };
  }

  /** When the next look should come at the latest. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** One look, after one at the tree. @returns the word with which the run is to be ended, if it is */
  look(sample: Sample, members: readonly ProcessFacts[]): Promise<PressureOver | undefined> {
    return this.#inTurn(() => this.#look(sample, members));
  }

  /** Somebody asks the run to end, or it has ended. @param isForGood nothing is ever stopped again */
  letGo(isForGood: boolean): Promise<void> {
    if (isForGood) this.retire();
    return this.#inTurn(async () => {
      this.#respiteEndNs = this.#nowNs + BigInt((this.#parts.order.graceMs + RESPITE_MS) * 1e6);
      await this.#resume('asked', []);
    });
  }

  /** Nothing is stopped or continued any more: somebody else has the tree. */
  retire(): void {
    // The others wait for what a run that makes room for them frees, to its end.
    if (this.#yields?.leaving === undefined) this.#note(undefined, false);
  }

  /** A freeze that is under way is finished before anything else is done. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #look(sample: Sample, members: readonly ProcessFacts[]): Promise<PressureOver | undefined> {
    if (this.#yields === undefined || this.#yields.leaving) return undefined;
    const own = { bytes: sample.treeBytes, yields: this.#yields, suspendedMs: this.#suspendedMs ?? 0 };
    const seen = await this.#pressure.look(own);
    this.#nextMs = Math.max(seen.isAmongOthers ? LOOK_MS : ALONE_LOOK_MS, sample.costMs * COST_FACTOR);
    const isSpared = this.#nowNs < this.#respiteEndNs;
    const { step } = seen;
    if (step.kind === 'suspend' && !isSpared) await this.#suspend(step.of, seen, sample, members);
    else if (step.kind === 'end' && !isSpared) return this.#over(step.of, seen, sample);
    else if (step.kind === 'resume' && !isStopped(process.ppid, this.#world.platform))
      await this.#resume(step.why, members);
    else if (this.#yields?.suspended) await this.#suspension.keep(members);
    return undefined;
  }

  async #suspend(
    of: 'threshold' | 'machine',
    seen: PressureSeen,
    { processes }: Sample,
    members: readonly ProcessFacts[],
  ): Promise<void> {
    const level = this.#levelOf(seen);
    if (!this.#world.platform.abilities.freeze) {
      this.#say({ type: 'suspend-unavailable', of, ...level });
      this.#note(undefined, true);
      return;
    }
    this.#say({ type: 'suspended', pid: this.#pid, processes, of, ...level });
    this.#sinceNs = this.#nowNs;
    const { usedBytes, availableBytes } = level;
    const since = new Date(this.#world.clock.wallMs()).toISOString();
    this.#note({ how: 'suspend', suspended: { since, usedBytes, availableBytes } satisfies Suspended }, true);
    await this.#suspension.stop(members);
  }

  async #resume(
    why: Extract<SeqxEvent, { type: 'resumed' }>['why'],
    members: readonly ProcessFacts[],
  ): Promise<void> {
    const suspendedMs = this.#suspendedMs;
    await this.#suspension.resume(members);
    if (suspendedMs === undefined) return;
    this.#sinceNs = 0n;
    if (this.#yields && !this.#yields.leaving) this.#note({ how: this.#yields.how }, true);
    this.#say({ type: 'resumed', suspendedMs, why });
  }

  #over(of: 'threshold' | 'machine', seen: PressureSeen, { processes, treeBytes }: Sample): PressureOver {
    const suspendedMs = this.#suspendedMs;
    const { graceMs, pressure } = this.#parts.order;
    const level = this.#levelOf(seen);
    const { usedBytes, availableBytes } = level;
    this.#note({ how: pressure.how, leaving: { usedBytes, availableBytes } }, true);
    const who = { pid: this.#pid, processes, bytes: treeBytes };
    return { type: 'pressure-over', ...who, of, ...level, suspendedMs, graceMs };
  }

  #levelOf({ now: { usedBytes, thresholdBytes, machine } }: PressureSeen) {
    return { usedBytes, thresholdBytes, availableBytes: machine?.availableBytes };
  }

  #note(yields: Yielding | undefined, isNews: boolean): void {
    this.#yields = yields;
    this.#parts.note(yields, isNews);
  }

  #say(event: SeqxEvent): void {
    this.#parts.say({ type: 'event', event });
  }

  get #pid(): number {
    return this.#parts.order.command?.pid ?? 0;
  }

  get #nowNs(): bigint {
    return this.#world.clock.nowNs();
  }

  get #suspendedMs(): number | undefined {
    return this.#sinceNs === 0n ? undefined : Number(this.#nowNs - this.#sinceNs) / 1e6;
  }
}
