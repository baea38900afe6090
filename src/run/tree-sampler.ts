// How much memory a run uses: cheap looks by parent chain, and about once a second a full look that also
// finds members by token (setsid, double fork).

import type { Clock, Platform, ProcessFacts, ProcessRef, RunTarget } from '../base/ports.ts';
import { findMembers, sparedPids } from './process-tree.ts';
import type { Sample } from './verdict.ts';

const FULL_LOOK_MS = 1_000;

export class TreeSampler {
  readonly #target: RunTarget;
  readonly #platform: Platform;
  readonly #clock: Clock;
  /** Members that the parent chain from the roots does not reach. */
  #strays: ProcessRef[] = [];
  /** Token or not, by pid and start: environments are read once. */
  readonly #chains = new Map<string, readonly string[]>();
  #members: ProcessFacts[] = [];
  #hidden: ProcessRef[] = [];
  #fullLookNs: bigint | undefined;

  constructor(target: RunTarget, platform: Platform, clock: Clock) {
    this.#target = target;
    this.#platform = platform;
    this.#clock = clock;
  }

  /** Everybody seen at the last look. */
  get members(): readonly ProcessFacts[] {
    return this.#members;
  }

  /** Members that only descent has found: they overwrote or cleared their environment (setproctitle, env -i). */
  get hidden(): readonly ProcessRef[] {
    return this.#hidden;
  }

  async sample(): Promise<Sample> {
    const beganNs = this.#clock.nowNs();
    const isFull = this.#fullLookNs === undefined || Number(beganNs - this.#fullLookNs) / 1e6 >= FULL_LOOK_MS;
    this.#members = isFull
      ? await this.#fullLook()
      : await this.#quickLook([...this.#target.roots, ...this.#strays]);
    if (isFull) this.#fullLookNs = beganNs;
    const endedNs = this.#clock.nowNs();
    return { ...sum(this.#members), atMs: Number(endedNs) / 1e6, costMs: Number(endedNs - beganNs) / 1e6 };
  }

  /** The family of those among `refs` that still are who they were. */
  #quickLook(refs: readonly ProcessRef[]): Promise<ProcessFacts[]> {
    const living = refs.filter(({ pid, start }) => {
      const now = this.#platform.look(pid);
      return now !== undefined && this.#platform.isSameStart(now.start, start);
    });
    return this.#platform.family(living.map(({ pid }) => pid));
  }

  async #fullLook(): Promise<ProcessFacts[]> {
    const table = await this.#platform.processes();
    const seen = new Set<string>();
    const members = findMembers(table, {
      target: this.#target,
      chainOf: process => this.#chainOf(process, seen),
      isSameStart: this.#platform.isSameStart,
      spared: sparedPids(table, process.pid),
      known: this.#members,
      bornAfter: this.#target.bornAfter,
    });
    this.#hidden = members
      .filter(member => !this.#chainOf(member, seen).some(token => this.#target.tokens.includes(token)))
      .map(({ pid, start }) => ({ pid, start }));
    for (const key of this.#chains.keys()) {
      if (!seen.has(key)) this.#chains.delete(key);
    }
    const reached = new Set((await this.#quickLook(this.#target.roots)).map(({ pid }) => pid));
    this.#strays = members.filter(({ pid }) => !reached.has(pid));
    return members;
  }

  #chainOf(process: ProcessFacts, seen: Set<string>): readonly string[] {
    const key = `${process.pid}-${process.start}`;
    seen.add(key);
    const known = this.#chains.get(key);
    if (known) return known;
    const chain = this.#platform.runChain(process.pid) ?? [];
    this.#chains.set(key, chain);
    return chain;
  }
}

function sum(members: readonly ProcessFacts[]): Pick<Sample, 'treeBytes' | 'processes' | 'largest'> {
  let treeBytes = 0;
  let largest = { pid: 0, bytes: 0 };
  for (const { pid, rssBytes } of members) {
    treeBytes += rssBytes;
    if (rssBytes > largest.bytes) largest = { pid, bytes: rssBytes };
  }
  return { treeBytes, processes: members.length, largest };
}
