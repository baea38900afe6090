// A queue built by hand: somebody holds the gate until told to go, and each waiter is started only after the
// ticket of the one before is there, so that the order of arrival is known.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';
import { GateView } from './gate-view.ts';

export class WaitingLine {
  readonly gate: GateView;
  readonly #scratch: Scratch;
  readonly #log: string;

  constructor(scratch: Scratch) {
    this.#scratch = scratch;
    this.gate = new GateView(scratch);
    this.#log = join(scratch.project, 'log');
  }

  /** Names of the commands that have started so far, in that order. */
  ran(): string[] {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8').trim().split('\n') : [];
  }

  /** Writes its name when it starts, then runs until its stdin is closed: `finish`. */
  async hold(name: string, flags: readonly string[] = []): Promise<Started> {
    const words = [...flags, 'sh', '-c', 'echo "$1" >>log; cat', 'sh', name];
    const holder = this.#scratch.seqx(words, { stdin: 'open' });
    await until(`${name} has a ticket`, () => this.gate.ticketPids().includes(holder.pid));
    return holder;
  }

  async isHeldBy({ pid }: Started): Promise<void> {
    await until(`pid ${pid} holds the gate`, () => this.gate.holderPid() === pid);
  }

  /** Waits, then writes its name and ends. Resolves once it has arrived. */
  async arrive(name: string, flags: readonly string[] = []): Promise<Started> {
    const waiter = this.come(name, flags);
    await until(`${name} has a ticket`, () => this.gate.ticketPids().includes(waiter.pid));
    return waiter;
  }

  /** The same without waiting for its ticket: for those that may leave before it is seen. */
  come(name: string, flags: readonly string[] = []): Started {
    return this.#scratch.seqx([...flags, 'sh', '-c', 'echo "$1" >>log', 'sh', name]);
  }
}

export const finish = ({ child }: Started): void => void child.stdin?.end();
