// A batch at work: starts its commands in order as jobs and memory allow, hears what becomes of each, and stops
// when it is told to. It holds the gate for all of them; each runs as a nested run does, with a token of its own.

import { exitCodeOf, type Outcome } from '../base/outcome.ts';
import type { World } from '../base/ports.ts';
import type { Settings } from '../base/settings.ts';
import type { BatchProgress } from '../batch/batch-report.ts';
import { guessPeak, type Load, mayStart } from '../batch/next-start.ts';
import { BatchAutoJobs } from './batch-auto-jobs.ts';
import type { BatchCommand } from './batch-commands.ts';
import { type CommandEnd, endedEvent, isOk, progressOf, type Running } from './batch-ends.ts';
import type { BatchMemory } from './batch-memory.ts';
import type { BatchPressure } from './batch-pressure.ts';
import { ShortNews } from './batch-short.ts';
import type { BatchStop } from './batch-stop.ts';

/** How a command ended; what is left to do is to print what it has written. */
export interface Ran {
  /** `undefined` if it was not to begin any more. */
  readonly outcome: Outcome | undefined;
  /** Without what it cost to prepare it. */
  readonly ranMs: number;
  readonly conclude: () => Promise<void>;
}

/** Runs one command to its end. Does not throw. */
export type RunOne = (command: BatchCommand) => Promise<Ran>;

export interface BatchLimits {
  readonly jobs: Settings['jobs'];
  /** What all may need together, asked at every start: others may share the gate; 0 is no limit. */
  readonly budgetBytes: () => number;
  /** What the machine has for us, beyond what was promised to others at the gate. */
  readonly availableBytes: () => number | undefined;
  readonly failFast: boolean;
}

/** How many at once, and, where that changes, what changes it. */
interface Most {
  readonly jobs: number;
  readonly lookMs?: number;
  readonly look?: (running: readonly number[]) => void;
}

/** No news is told again before this. */
const PROGRESS_MS = 1_000;
/** The rest is for everybody else on the machine. */
const USABLE_SHARE = 0.8;

export class BatchRun {
  readonly ends = new Map<number, CommandEnd>();
  mostAtOnce = 0;
  readonly #commands: readonly BatchCommand[];
  readonly #limits: BatchLimits;
  readonly #runOne: RunOne;
  readonly #memory: BatchMemory;
  readonly #pressure: BatchPressure;
  readonly #stop: BatchStop;
  readonly #world: Pick<World, 'clock' | 'emit'>;
  readonly #onProgress: (progress: BatchProgress) => void;
  readonly #running = new Map<number, Running>();
  readonly #peaks: number[] = [];
  readonly #concluding: Promise<void>[] = [];
  readonly #guessBase: number;
  #next = 0;
  readonly #most: Most;
  #wake: () => void = () => {};
  #failure: { readonly error: unknown } | undefined;
  readonly #short: ShortNews;
  readonly #beganNs: bigint;

  constructor(
    commands: readonly BatchCommand[],
    limits: BatchLimits,
    parts: {
      readonly runOne: RunOne;
      readonly memory: BatchMemory;
      readonly pressure: BatchPressure;
      readonly stop: BatchStop;
      readonly onProgress: (progress: BatchProgress) => void;
    },
    world: Pick<World, 'clock' | 'emit'>,
  ) {
    this.#commands = commands;
    this.#limits = limits;
    this.#runOne = parts.runOne;
    this.#memory = parts.memory;
    this.#pressure = parts.pressure;
    this.#stop = parts.stop;
    this.#onProgress = parts.onProgress;
    this.#world = world;
    this.#short = new ShortNews(world);
    const { jobs } = limits;
    this.#most =
      jobs === 'auto'
        ? new BatchAutoJobs(number => parts.memory.processorUse(number), world.clock)
        : { jobs };
    this.#beganNs = world.clock.nowNs();
    const budget = limits.budgetBytes() || Infinity;
    this.#guessBase = Math.min(budget, (limits.availableBytes() ?? Infinity) * USABLE_SHARE);
  }

  /**
   * To the end of the last command that was started.
   * @throws whatever is no ending of a command
   */
  async finish(): Promise<void> {
    const unlisten = this.#stop.onStop(() => this.#wake());
    for (;;) {
      this.#startAll();
      this.#tellProgress();
      if (this.#running.size === 0) break;
      await this.#woken();
    }
    unlisten();
    await Promise.all(this.#concluding);
    if (this.#failure) throw this.#failure.error;
  }

  /** There is news: somebody ended, or memory was looked at. */
  readonly nudge = (): void => this.#wake();

  #woken(): Promise<void> {
    return new Promise(resolve => {
      const cancel = this.#world.clock.after(this.#most.lookMs ?? PROGRESS_MS, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #startAll(): void {
    this.#most.look?.([...this.#running.keys()]);
    for (; !this.#stop.isStopped; this.#next += 1) {
      const command = this.#commands[this.#next];
      if (!command || this.#pressure.isPressed || !this.#hasRoomFor(command)) return;
      this.#start(command).catch((error: unknown) => this.#onFailed(command, error));
    }
  }

  #hasRoomFor(command: BatchCommand): boolean {
    const running = [...this.#running.values()].map(({ command: one }) => this.#loadOf(one));
    const admission = mayStart({ ...command, usedBytes: 0 }, running, {
      jobs: this.#most.jobs,
      budgetBytes: this.#limits.budgetBytes(),
      availableBytes: this.#limits.availableBytes(),
      guessBytes: this.#guessBytes(),
    });
    if (admission.kind === 'memory') this.#short.tell(command, admission, running.length);
    else this.#short.clear();
    return admission.kind === 'open';
  }

  #loadOf(command: BatchCommand): Load {
    return { ...command, usedBytes: this.#memory.usedBytes(command.number) };
  }

  #guessBytes(): number {
    const used = [...this.#running.keys()].map(number => this.#memory.peakBytes(number) ?? 0);
    return guessPeak(this.#peaks, used, this.#most.jobs, this.#guessBase);
  }

  async #start(command: BatchCommand): Promise<void> {
    const { clock } = this.#world;
    const { number, expectedBytes = this.#guessBytes() } = command;
    const startedNs = clock.nowNs();
    const started = {
      startedAt: new Date(clock.wallMs()).toISOString(),
      expectedBytes: Number.isFinite(expectedBytes) ? expectedBytes : 0,
    };
    this.#running.set(number, { command, startedNs });
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running.size);
    const { outcome, ranMs, conclude } = await this.#runOne(command);
    const peakBytes = this.#memory.peakBytes(number);
    this.#running.delete(number);
    if (peakBytes !== undefined) this.#peaks.push(peakBytes);
    if (outcome)
      this.#note(command, { ...started, outcome, exitCode: exitCodeOf(outcome, 75), ranMs, peakBytes });
    this.#concluding.push(conclude());
    this.#memory.remove(number);
    this.#wake();
  }

  /** A bug, or a disk that cannot be read: nobody may go on unseen. */
  #onFailed({ number }: BatchCommand, error: unknown): void {
    this.#failure ??= { error };
    this.#running.delete(number);
    this.#stop.end('unwatched');
    this.#wake();
  }

  #note(command: BatchCommand, end: CommandEnd): void {
    this.ends.set(command.number, end);
    this.#world.emit(endedEvent(command, end));
    if (this.#limits.failFast && !isOk(end)) this.#stop.stopForFailure();
  }

  #tellProgress(): void {
    this.#onProgress(
      progressOf({
        total: this.#commands.length,
        ends: [...this.ends.values()],
        running: [...this.#running.values()],
        waiting: this.#commands.slice(this.#next),
        beganNs: this.#beganNs,
        nowNs: this.#world.clock.nowNs(),
        jobs: this.#most.jobs,
        usedBytes: this.#memory.totalBytes,
        budgetBytes: this.#limits.budgetBytes(),
      }),
    );
  }
}
