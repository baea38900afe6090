// A run's tree standing still: SIGSTOP for every member that is proven ours, again for whoever comes to run in
// between (a child of a fork storm, somebody whom `fg` woke), and SIGCONT for exactly those that we stopped.
// Parents are stopped first and continued last: a shell among them never sees its child stopped.
// The watchdogs of runs inside this one go on: they hold other gates, and a heartbeat that stands still is death.

import type { Platform, ProcessFacts, RunTarget } from '../base/ports.ts';
import { continueTree, freezeTree, type Tools } from './end-tree.ts';
import { isGone } from './process-tree.ts';

const WATCHDOG_WORD = '__watchdog';

export class Suspension {
  readonly #target: RunTarget;
  readonly #tools: Tools;
  /** Whom we stopped, start time by pid. Who stood still before is left so. */
  readonly #stopped = new Map<number, string>();
  readonly #watchdogs = new Set<string>();

  constructor(target: RunTarget, tools: Tools) {
    this.#target = target;
    this.#tools = tools;
  }

  /** Stops whoever runs. @param known members as of the last look */
  async stop(known: readonly ProcessFacts[]): Promise<void> {
    const spares = (member: ProcessFacts) => this.#isWatchdog(member);
    const frozen = await freezeTree({ target: this.#target, graceMs: 0, known, spares }, this.#tools);
    for (const { pid, start, state } of frozen) if (state !== 'T') this.#stopped.set(pid, start);
  }

  /** The same at every look, where it costs next to nothing as long as nobody runs. */
  async keep(known: readonly ProcessFacts[]): Promise<void> {
    if (known.some(member => this.#runs(member))) await this.stop(known);
  }

  async resume(known: readonly ProcessFacts[]): Promise<void> {
    const stopped = new Map(this.#stopped);
    this.#stopped.clear();
    const spares = ({ pid, start }: ProcessFacts) => stopped.get(pid) !== start;
    const anchors = [...stopped].map(([pid, start]) => ({ pid, start }));
    await continueTree(
      { target: this.#target, graceMs: 0, known: [...known, ...anchors], spares },
      this.#tools,
    );
  }

  #runs(member: ProcessFacts): boolean {
    const stands = member.state === 'T' || member.state === 't' || isGone(member);
    return !stands && !this.#isWatchdog(member);
  }

  #isWatchdog({ pid, start }: ProcessFacts): boolean {
    const key = `${pid}-${start}`;
    if (this.#watchdogs.has(key)) return true;
    const words = this.#tools.platform.commandLine(pid) ?? [];
    if (words.includes(WATCHDOG_WORD)) this.#watchdogs.add(key);
    return this.#watchdogs.has(key);
  }
}

/** Whether our own seqx stands still because the user stopped it (Ctrl-Z): its run does not go on without it. */
export const isStopped = (pid: number, platform: Pick<Platform, 'look'>): boolean =>
  platform.look(pid)?.state === 'T';
