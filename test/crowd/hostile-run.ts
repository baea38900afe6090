// A run whose tree does not want to end (fixtures/hostile-tree.sh), and the kernel's word on whether it did:
// every member keeps an inherited lock, so flock(1) gets it only when the last one is dead.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fixture } from '../helpers/paths.ts';
import type { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';
import { familyOf, GateView, isAlive, type Ref } from './gate-view.ts';

export interface HostileOptions {
  readonly flags?: readonly string[];
  /** One more member of the tree, started last. */
  readonly member?: readonly string[];
}

export class HostileRun {
  readonly wrapper: Started;
  readonly gate: GateView;
  readonly #lock: string;
  readonly #scratch: Scratch;

  constructor(scratch: Scratch, { flags = [], member = [] }: HostileOptions = {}) {
    this.#scratch = scratch;
    this.#lock = join(scratch.project, 'tree.lock');
    this.gate = new GateView(scratch);
    this.wrapper = scratch.seqx([...flags, 'sh', fixture('hostile-tree.sh'), this.#lock, ...member]);
  }

  /** All members stand, and the watchdog has written itself into the entry: the named one, or a new one. */
  async isReady(): Promise<void> {
    await this.wrapper.says('ready');
    await this.nextWatchdog();
  }

  async nextWatchdog(before?: Ref): Promise<Ref> {
    return until('a watchdog is up', () => {
      const watchdog = this.gate.watchdog();
      return watchdog?.pid !== before?.pid && watchdog && isAlive(watchdog) ? watchdog : undefined;
    });
  }

  /** The command itself: the wrapper's child that is no watchdog. */
  root(): Ref {
    const [root] = familyOf(this.wrapper.pid).others;
    if (!root) throw new Error('the command is gone');
    return root;
  }

  isTreeGone(): boolean {
    return spawnSync('flock', ['-n', '-E', '99', this.#lock, 'true']).status === 0;
  }

  /** The next in the queue: its command says `alone` if nobody of the tree lives when it starts. */
  successor(): Started {
    return this.#scratch.seqx(['flock', '-n', '-E', '99', this.#lock, 'echo', 'alone']);
  }

  async waitingSuccessor(): Promise<Started> {
    const successor = this.successor();
    await until('the successor waits', () => this.gate.ticketPids().includes(successor.pid));
    return successor;
  }
}

export const ALONE = { code: 0, stdout: 'alone\n' };
