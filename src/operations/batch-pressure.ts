// When the commands of a batch grow into real pressure all the same: by the rule for runs that share a gate
// (run/pressure.ts) the youngest stands still until there is room. Nobody else can do it: for everybody else the
// batch is one run. Just below the limit of that run the youngest is ended, because over it all of them would be.

import type { SeqxEvent } from '../base/events.ts';
import type { ProcessFacts, ProcessRef, RunTarget, World, Yielding } from '../base/ports.ts';
import type { Settings } from '../base/settings.ts';
import { isDire, judgePressure, type ShortOf, type Situation, type Step } from '../run/pressure.ts';
import { Suspension } from '../run/suspension.ts';
import type { BatchMemory } from './batch-memory.ts';
import { SharedPages } from './shared-pages.ts';

/** Suspending has to come before the watchdog's limit; ending one, before it ends all. */
const SUSPEND_SHARE = 0.9;
const END_SHARE = 0.96;
/** One is being ended already: the next one only if this much more is used, since the limit is near. */
const STILL_GROWS = 1.01;

export interface PressureSettings extends Pick<Settings, 'onPressure' | 'memoryLimit' | 'killGrace'> {
  /** What all commands may use together; 0 is no limit. */
  readonly budgetBytes: () => number;
}

export interface PressedCommand {
  readonly number: number;
  readonly root: ProcessRef;
  readonly target: RunTarget;
  readonly emit: (event: SeqxEvent) => void;
  /** Ends it for the sake of the others. */
  readonly end: () => void;
  /** It stands still from now on, or goes on: its time limit with it. */
  readonly onStanding?: (isStanding: boolean) => void;
}

interface Pressed extends PressedCommand {
  readonly suspension: Suspension;
  yields: Yielding | undefined;
  sinceNs: bigint;
}

export class BatchPressure {
  readonly #settings: PressureSettings;
  readonly #memory: BatchMemory;
  readonly #world: Pick<World, 'platform' | 'clock'>;
  readonly #commands = new Map<number, Pressed>();
  #direSinceNs: bigint | undefined;
  #isReleased = false;
  #isBusy = false;
  #looking: Promise<void> = Promise.resolve();
  /** The batch as a whole has been suspended to make room for others at its gate. */
  #isWholeStanding = false;
  readonly #shared: SharedPages;

  constructor(settings: PressureSettings, memory: BatchMemory, world: Pick<World, 'platform' | 'clock'>) {
    this.#settings = settings;
    this.#memory = memory;
    this.#world = world;
    this.#shared = new SharedPages(world);
  }

  add(command: PressedCommand): void {
    const { platform, clock } = this.#world;
    const tools = { platform, after: clock.after, nowNs: clock.nowNs };
    const { onPressure: how } = this.#settings;
    const yields = how === 'ignore' ? undefined : { how };
    const suspension = new Suspension(command.target, tools);
    const pressed = { ...command, suspension, yields, sinceNs: 0n };
    this.#commands.set(command.number, pressed);
    if (this.#isWholeStanding) this.#tellStanding(pressed);
  }

  remove(number: number): void {
    this.#commands.delete(number);
  }

  /** Somebody stands still, or is being ended to make room: nothing more is started. */
  get isPressed(): boolean {
    return (
      this.#isWholeStanding || [...this.#commands.values()].some(one => isStanding(one) || isLeaving(one))
    );
  }

  /** The watchdog has suspended all of them, or lets them go on. Meanwhile nothing is to be decided here. */
  standAll(isWholeStanding: boolean): void {
    this.#isWholeStanding = isWholeStanding;
    this.#direSinceNs = undefined;
    for (const command of this.#commands.values()) this.#tellStanding(command);
  }

  #tellStanding(command: Pressed): void {
    command.onStanding?.(this.#isWholeStanding || isStanding(command));
  }

  /** Somebody asks the batch to end: all have to hear of it, and nobody is stopped any more. */
  async release(): Promise<void> {
    this.#isReleased = true;
    // One that is just being stopped would stay so.
    await this.#looking;
    const standing = [...this.#commands.values()].filter(isStanding);
    await Promise.all(standing.map(command => this.#resume(command, 'asked')));
  }

  /** After a look at the memory of all. Never throws: who cannot be stopped goes on. */
  async look(): Promise<void> {
    if (this.#isBusy || this.#isReleased || this.#isWholeStanding) return;
    if (this.#settings.onPressure === 'ignore') return;
    this.#isBusy = true;
    this.#looking = Promise.resolve().then(() => this.#lookSafely());
    await this.#looking;
  }

  async #lookSafely(): Promise<void> {
    try {
      await this.#look();
    } catch {
      // no descriptor left, no process for ps: the watchdog's limit stands all the same
    } finally {
      this.#isBusy = false;
    }
  }

  async #look(): Promise<void> {
    const simple = this.#situation(0);
    const isDoubtful =
      this.#isNearLimit(simple) || this.#steps(simple).some(({ step }) => step.kind !== 'stay');
    const now = isDoubtful ? this.#situation(this.#shared.bytes(simple.usedBytes, this.#members())) : simple;
    if (this.#staying.length > 1 && this.#isNearLimit(now)) return this.#yieldToOldest(now);
    for (const { command, step } of this.#steps(now)) {
      if (step.kind === 'suspend') await this.#suspend(command, step.of, now);
      else if (step.kind === 'resume') await this.#resume(command, step.why);
      else if (step.kind === 'end') this.#end(command, step.of, now);
      else if (isStanding(command)) await command.suspension.keep(this.#memory.members(command.number));
    }
  }

  /** Over the limit all would be ended, so only the oldest goes on; and if that is not enough, one ends. */
  async #yieldToOldest(now: Situation): Promise<void> {
    const [, ...younger] = this.#staying;
    const awake = younger.filter(({ yields }) => yields?.how === 'suspend' && !yields.suspended);
    const youngest = younger.at(-1);
    if (awake.length > 0) await Promise.all(awake.map(command => this.#suspend(command, 'threshold', now)));
    else if (youngest && this.#isStillGrowing(now)) this.#end(youngest, 'threshold', now);
  }

  get #staying(): Pressed[] {
    return [...this.#commands.values()].filter(one => !isLeaving(one));
  }

  /** With nobody on the way out, or although somebody is. */
  #isStillGrowing({ usedBytes }: Situation): boolean {
    const marks = [...this.#commands.values()].flatMap(({ yields }) => yields?.leaving ?? []);
    return marks.every(mark => usedBytes > mark.usedBytes * STILL_GROWS);
  }

  #steps(now: Situation): { readonly command: Pressed; readonly step: Step }[] {
    const direMs = this.#direMs(now);
    return [...this.#commands.values()].map(command => {
      const own = { id: idOf(command), suspendedMs: this.#suspendedMs(command) ?? 0, direMs };
      return { command, step: judgePressure(own, now) };
    });
  }

  #situation(sharedBytes: number): Situation {
    const { budgetBytes, memoryLimit } = this.#settings;
    const runs = [...this.#commands.values()].map(command => {
      const id = idOf(command);
      return { id, heldAt: id, isHeard: true, yields: command.yields };
    });
    const most = Math.min(budgetBytes() || Infinity, (memoryLimit || Infinity) * SUSPEND_SHARE);
    return {
      runs,
      usedBytes: Math.max(0, this.#memory.totalBytes - sharedBytes),
      thresholdBytes: Number.isFinite(most) ? most : 0,
      machine: this.#machine(),
    };
  }

  #members(): ProcessFacts[] {
    return [...this.#commands.keys()].flatMap(number => this.#memory.members(number));
  }

  #machine() {
    try {
      return this.#world.platform.machineMemory();
    } catch {
      return undefined;
    }
  }

  #isNearLimit({ usedBytes }: Situation): boolean {
    const { memoryLimit } = this.#settings;
    return memoryLimit > 0 && usedBytes > memoryLimit * END_SHARE;
  }

  #direMs(now: Situation): number {
    const nowNs = this.#world.clock.nowNs();
    this.#direSinceNs = this.isPressed && isDire(now) ? (this.#direSinceNs ?? nowNs) : undefined;
    return this.#direSinceNs === undefined ? 0 : Number(nowNs - this.#direSinceNs) / 1e6;
  }

  async #suspend(command: Pressed, of: ShortOf, now: Situation): Promise<void> {
    if (this.#isReleased) return;
    const members = this.#memory.members(command.number);
    const level = levelOf(now);
    if (!this.#world.platform.abilities.freeze) {
      command.yields = undefined;
      command.emit({ type: 'suspend-unavailable', of, ...level });
      return;
    }
    command.emit({ type: 'suspended', pid: command.root.pid, processes: members.length, of, ...level });
    command.sinceNs = this.#world.clock.nowNs();
    command.yields = { how: 'suspend', suspended: { since: '', ...level } };
    this.#tellStanding(command);
    await command.suspension.stop(members);
  }

  async #resume(command: Pressed, why: Extract<SeqxEvent, { type: 'resumed' }>['why']): Promise<void> {
    const suspendedMs = this.#suspendedMs(command) ?? 0;
    command.yields = { how: 'suspend' };
    await command.suspension.resume(this.#memory.members(command.number));
    this.#tellStanding(command);
    command.emit({ type: 'resumed', suspendedMs, why });
  }

  #end(command: Pressed, of: ShortOf, now: Situation): void {
    const bytes = this.#memory.usedBytes(command.number);
    const processes = this.#memory.members(command.number).length;
    const suspendedMs = this.#suspendedMs(command);
    const { killGrace: graceMs } = this.#settings;
    const who = { pid: command.root.pid, processes, bytes };
    const level = levelOf(now);
    command.yields = { how: this.#settings.onPressure === 'end' ? 'end' : 'suspend', leaving: level };
    command.emit({ type: 'pressure-over', ...who, of, ...level, suspendedMs, graceMs });
    command.end();
  }

  #suspendedMs({ yields, sinceNs }: Pressed): number | undefined {
    return yields?.suspended ? Number(this.#world.clock.nowNs() - sinceNs) / 1e6 : undefined;
  }
}

const isStanding = ({ yields }: Pressed): boolean => yields?.suspended !== undefined;

const isLeaving = ({ yields }: Pressed): boolean => yields?.leaving !== undefined;

/** They are as old as their place in the list: nobody is started before the one in front of it. */
const idOf = ({ number }: PressedCommand): string => String(number).padStart(9, '0');

const levelOf = ({ usedBytes, thresholdBytes, machine }: Situation) => ({
  usedBytes,
  thresholdBytes,
  availableBytes: machine?.availableBytes,
});
