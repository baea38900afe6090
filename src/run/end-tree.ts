// Ending a run's processes so that none survives. Protocol: freeze every member as it is found, until two
// looks in a row find nobody new; SIGTERM all, children first; SIGCONT all; wait out the grace; freeze
// again, SIGKILL, verify; repeat until a look finds nobody.
// Invariants: nobody is signalled who was not checked while stopped (same start time, token or descent);
// never ourselves, our ancestors or init. Nothing forks between the look and the signal, because it stands
// still: the only order that left no survivor in 60 trials with hostile trees (fork storms, pid hoppers).
// What this does not protect against: a process that left the parent chain *and* cleared its environment
// before any look saw it, and processes of another user (setuid).

import type { EndReport, Platform, ProcessFacts, ProcessRef, RunTarget, SignalName } from '../base/ports.ts';
import { childrenFirst, findMembers, isGone, sparedPids } from './process-tree.ts';

export interface Ending {
  readonly target: RunTarget;
  readonly graceMs: number;
  /** Members that an earlier look has seen. */
  readonly known?: readonly ProcessRef[];
  /** Ends the grace early, for instance when memory still grows. Asked every few milliseconds. */
  readonly isGraceOver?: () => boolean;
  /** Members that are left as they are. */
  readonly spares?: (member: ProcessFacts) => boolean;
}

export interface Tools {
  readonly platform: Platform;
  readonly after: (ms: number, action: () => void) => unknown;
  readonly nowNs: () => bigint;
}

/** A child between fork and exec carries its wrapper's environment, not yet the token: wait until it has. */
const EMBRYO_MS = 2_000;
/** A year; and BigInt knows no infinity. */
const LONGEST_GRACE_MS = 31_536_000_000;
const CLEAN_LOOKS = 2;
/** Against one that always slips away; whoever is left then is met in the next round, or reported. */
const FREEZE_MS = 5_000;
const KILL_ROUNDS = 8;
/** A machine on which others start processes all the time is never still: then the next look decides. */
const HUNT_MS = 50;
const POLL_MS = 10;
/** How long SIGKILL may take to be carried out before we look again; D state can exceed it. */
const DEATH_MS = 500;

export async function endTree(ending: Ending, tools: Tools): Promise<EndReport> {
  const tree = new Tree(ending, tools);
  await tree.waitForEmbryos();
  const first = await tree.freeze();
  if (first.length === 0) return tree.nobodyLeft();
  if (ending.graceMs > 0 && ending.isGraceOver?.() !== true) {
    tree.signal(first, 'SIGTERM');
    tree.signal(first, 'SIGCONT');
    await tree.waitOutGrace();
  }
  return tree.kill();
}

/** Lets a frozen tree run again: for a watchdog that died between freeze and verdict. */
export async function continueTree(ending: Ending, tools: Tools): Promise<void> {
  await new Tree(ending, tools).thaw();
}

/** Stops all members and returns them; the caller must end or continue them. Used to measure a still tree. */
export async function freezeTree(ending: Ending, tools: Tools): Promise<readonly ProcessFacts[]> {
  return new Tree(ending, tools).freeze();
}

class Tree {
  readonly #ending: Ending;
  readonly #tools: Tools;
  /** Everybody ever found, by pid: the report, and the anchors of later looks. */
  readonly #found = new Map<number, ProcessFacts>();
  /** Members of another user (sudo, setuid): not ours to signal, and so survivors. */
  readonly #foreign = new Map<number, ProcessFacts>();
  /** Run chains by pid and start: an environment does not change after exec, reading it is the costly part. */
  readonly #chains = new Map<string, string[] | undefined>();
  /** Of the latest whole look: whom not to signal, and which pids it judged. */
  #spared: ReadonlySet<number> = new Set();
  #seen = new Set<number>();

  constructor(ending: Ending, tools: Tools) {
    this.#ending = ending;
    this.#tools = tools;
  }

  async #members(): Promise<ProcessFacts[]> {
    const table = await this.#tools.platform.processes();
    this.#spared = sparedPids(table, process.pid);
    this.#seen = new Set(table.map(({ pid }) => pid));
    return this.#membersAmong(table);
  }

  #membersAmong(table: readonly ProcessFacts[]): ProcessFacts[] {
    const { platform } = this.#tools;
    const { target, known = [], spares } = this.#ending;
    const uid = platform.uid();
    const all = findMembers(table, {
      target,
      chainOf: process => this.#chainOf(process),
      isSameStart: platform.isSameStart,
      spared: this.#spared,
      known: [...known, ...this.#found.values()],
      bornAfter: target.bornAfter,
    });
    const members = spares ? all.filter(member => !spares(member)) : all;
    if (uid === 0) return members;
    const isForeign = ({ pid }: ProcessFacts) => (platform.ownerUid(pid) ?? uid) !== uid;
    for (const member of members.filter(isForeign)) this.#foreign.set(member.pid, member);
    return members.filter(member => !isForeign(member));
  }

  #chainOf(process: ProcessFacts): string[] | undefined {
    const key = `${process.pid}-${process.start}`;
    const known = this.#chains.get(key);
    if (known !== undefined) return known;
    const chain = this.#tools.platform.runChain(process.pid);
    // A process without the token may be about to exec into the command: only a found chain is final.
    if (chain !== undefined) this.#chains.set(key, chain);
    return chain;
  }

  /** Stops members until two looks find nobody new. Whoever turns out to be another is continued at once. */
  async freeze(): Promise<ProcessFacts[]> {
    const frozen = new Map<number, ProcessFacts>();
    const endNs = this.#tools.nowNs() + BigInt(FREEZE_MS * 1e6);
    for (let clean = 0; clean < CLEAN_LOOKS && this.#tools.nowNs() < endNs; ) {
      const fresh = (await this.#members()).filter(({ pid, start }) => frozen.get(pid)?.start !== start);
      for (const member of fresh) {
        if (this.#stopSafely(member)) frozen.set(member.pid, member);
      }
      const hunted = this.#hunt();
      for (const member of hunted) frozen.set(member.pid, member);
      clean = fresh.length + hunted.length === 0 ? clean + 1 : 0;
    }
    return [...frozen.values()];
  }

  /**
   * Stops those that move from pid to pid faster than a whole table is read: only pids that the last look did
   * not judge, the newest first, each stopped as soon as it is known. 14 of 30 such processes got away without.
   */
  #hunt(): ProcessFacts[] {
    const { platform, nowNs } = this.#tools;
    const caught: ProcessFacts[] = [];
    const endNs = nowNs() + BigInt(HUNT_MS * 1e6);
    for (let still = 0; platform.pids && still < CLEAN_LOOKS && nowNs() < endNs; still++) {
      for (const pid of platform.pids()) {
        if (this.#seen.has(pid)) continue;
        const member = this.#judgeAlone(pid);
        if (member !== 'stranger') still = -1;
        if (typeof member === 'object' && this.#stopSafely(member)) caught.push(member);
        this.#seen.add(pid);
      }
    }
    return caught;
  }

  /** `gone`: it ended before it was judged, and may have gone on under another pid. */
  #judgeAlone(pid: number): ProcessFacts | 'stranger' | 'gone' {
    const { platform } = this.#tools;
    const one = platform.look(pid);
    if (!one) return 'gone';
    // Its parent counts only while it still is who was found: its pid may be a stranger's by now.
    const parent = this.#found.get(one.ppid);
    const table = parent && this.#isLiving(parent) ? [parent, one] : [one];
    const member = this.#membersAmong(table).find(found => found.pid === pid);
    if (member) return member;
    const now = platform.look(pid);
    return now && !isGone(now) ? 'stranger' : 'gone';
  }

  async thaw(): Promise<void> {
    this.signal(await this.#members(), 'SIGCONT');
  }

  #stopSafely(member: ProcessFacts): boolean {
    const { platform } = this.#tools;
    const sent = platform.send(member.pid, 'SIGSTOP');
    if (sent === 'gone') return false;
    const now = platform.look(member.pid);
    if (now && platform.isSameStart(now.start, member.start)) {
      this.#found.set(member.pid, member);
      return true;
    }
    // Recycled between look and signal: not ours.
    platform.send(member.pid, 'SIGCONT');
    return false;
  }

  signal(members: readonly ProcessFacts[], signal: SignalName): void {
    for (const { pid } of childrenFirst(members)) this.#tools.platform.send(pid, signal);
  }

  /** Those who live, as they are now. */
  #living(): ProcessFacts[] {
    return [...this.#found.values()].flatMap(found => this.#now(found) ?? []);
  }

  #isLiving(found: ProcessFacts): boolean {
    return this.#now(found) !== undefined;
  }

  #now({ pid, start }: ProcessFacts): ProcessFacts | undefined {
    const now = this.#tools.platform.look(pid);
    const isSame = now !== undefined && this.#tools.platform.isSameStart(now.start, start);
    return isSame && !isGone(now) ? now : undefined;
  }

  async waitOutGrace(): Promise<void> {
    const { graceMs, isGraceOver } = this.#ending;
    const endNs = this.#tools.nowNs() + BigInt(Math.round(Math.min(graceMs, LONGEST_GRACE_MS) * 1e6));
    while (this.#tools.nowNs() < endNs && isGraceOver?.() !== true) {
      const living = this.#living();
      if (living.length === 0 && (await this.#members()).length === 0) return;
      // Whom somebody has stopped again (its watchdog for memory pressure, a user) does not hear of its end.
      this.signal(living.filter(isStopped), 'SIGCONT');
      await this.#pause(POLL_MS);
    }
  }

  async kill(): Promise<EndReport> {
    const killed = new Set<number>();
    for (let round = 0; round < KILL_ROUNDS; round++) {
      const frozen = await this.freeze();
      if (frozen.length === 0) return { ...this.nobodyLeft(), killed: [...killed] };
      this.signal(frozen, 'SIGKILL');
      for (const { pid } of frozen) killed.add(pid);
      await this.#waitForDeath();
    }
    const survivors = (await this.#members()).map(({ pid }) => pid);
    return { ended: this.#found.size - survivors.length, killed: [...killed], survivors };
  }

  /** Nobody is left whom we may signal. */
  nobodyLeft(): EndReport {
    const survivors = [...this.#foreign.values()].filter(member => this.#isLiving(member));
    return { ended: this.#found.size, killed: [], survivors: survivors.map(({ pid }) => pid) };
  }

  async #waitForDeath(): Promise<void> {
    const endNs = this.#tools.nowNs() + BigInt(DEATH_MS * 1e6);
    while (this.#tools.nowNs() < endNs && this.#living().length > 0) await this.#pause(1);
  }

  /**
   * libuv forks, then execs: for about a millisecond the child of a wrapper that was just killed is a copy of
   * it, single-threaded, without the token. A Node process past its start has several threads.
   */
  async waitForEmbryos(): Promise<void> {
    const { embryoOf } = this.#ending.target;
    const { platform, nowNs } = this.#tools;
    if (embryoOf === undefined) return;
    const isEmbryo = ({ pid, threads, state }: ProcessFacts) =>
      threads === 1 && state !== 'Z' && platform.executable(pid) === embryoOf;
    // Its wrapper is dead by now, so no new one can appear: only those of the first look count.
    let embryos = (await platform.processes()).filter(isEmbryo);
    const endNs = nowNs() + BigInt(EMBRYO_MS * 1e6);
    while (embryos.length > 0 && nowNs() < endNs) {
      await this.#pause(1);
      embryos = embryos.flatMap(({ pid, start }) => {
        const now = platform.look(pid);
        return now?.start === start && isEmbryo(now) ? now : [];
      });
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => void this.#tools.after(ms, () => resolve()));
  }
}

const isStopped = ({ state }: ProcessFacts): boolean => state === 'T';
