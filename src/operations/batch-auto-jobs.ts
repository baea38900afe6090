// How many commands at once, where the batch decides: looks at the processors while it runs, and at how much of them
// its own commands use.

import { availableParallelism, cpus } from 'node:os';
import type { Clock } from '../base/ports.ts';
import {
  autoJobs,
  type CpuTimes,
  firstJobs,
  idleShare,
  type ProcessorUse,
  usedEach,
} from '../batch/auto-jobs.ts';

/** Shorter than this the share of idle time is chance: processors are counted in ticks of 10 ms. */
const LOOK_MS = 200;

/** What a running command has of the processors, by its number; `undefined` if that is not known. */
type UseOf = (number: number) => ProcessorUse | undefined;

interface Look {
  readonly atNs: bigint;
  readonly times: readonly CpuTimes[];
  /** By the number of the command. */
  readonly uses: ReadonlyMap<number, ProcessorUse | undefined>;
}

export class BatchAutoJobs {
  readonly lookMs = LOOK_MS;
  jobs = firstJobs(availableParallelism());
  readonly #useOf: UseOf;
  readonly #clock: Pick<Clock, 'nowNs'>;
  #last: Look;

  constructor(useOf: UseOf, clock: Pick<Clock, 'nowNs'>) {
    this.#useOf = useOf;
    this.#clock = clock;
    this.#last = { atNs: clock.nowNs(), times: cpus(), uses: new Map() };
  }

  /** @param running numbers of the commands that run now */
  look(running: readonly number[]): void {
    const atNs = this.#clock.nowNs();
    const sinceMs = Number(atNs - this.#last.atNs) / 1e6;
    if (sinceMs < LOOK_MS) return;
    const now = { atNs, times: cpus(), uses: new Map(running.map(number => [number, this.#useOf(number)])) };
    this.jobs = autoJobs({
      cpus: availableParallelism(),
      jobs: this.jobs,
      running: running.length,
      idleShare: idleShare(this.#last.times, now.times),
      usedEach: usedEach(this.#last.uses, now.uses, sinceMs),
    });
    this.#last = now;
  }
}
