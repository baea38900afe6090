// A made-up machine for tests of ending trees: processes that fork, ignore SIGTERM, hop from pid to pid, and
// act between any two calls, as real ones do. Freed pids are used again at once, by strangers.
// It notes every signal that a stranger got, and every member that was ended without having stood still.

import type { ProcessFacts, SignalName } from '../../../src/base/ports.ts';
import { facts } from './facts.ts';

export interface Nature {
  /** Part of the run; its children are, too. */
  readonly isMember?: boolean;
  /** Its run chain, handed down to children. */
  readonly chain?: readonly string[];
  readonly ignoresTerm?: boolean;
  /** Not even SIGKILL ends it: it hangs in the kernel. */
  readonly isStuck?: boolean;
  /** Starts a child at every turn, as long as there is room. */
  readonly forks?: boolean;
  /** Starts a child in a session of its own and ends, once in so many turns on average. */
  readonly hops?: number;
  readonly uid?: number;
  readonly words?: readonly string[];
  /** Somebody stops it again as soon as it is continued, once. */
  readonly dozes?: boolean;
}

interface Process {
  readonly pid: number;
  ppid: number;
  readonly start: string;
  readonly nature: Nature;
  isStopped: boolean;
  hasTermPending: boolean;
  hasDozed?: boolean;
}

export class ProcessWorld {
  readonly signals: { readonly pid: number; readonly start: string; readonly signal: SignalName }[] = [];
  /** What must never happen, in words. */
  readonly faults: string[] = [];
  /** Whether a stranger takes every pid that a member frees, and starts a child of its own. */
  isRecycling = false;
  room: number;
  nowMs = 0;
  #dice = 7;
  #nextPid: number;
  #births = 0;
  readonly #living = new Map<number, Process>();
  readonly #freed: number[] = [];

  constructor(room = 100, firstPid = 1_000_000_000) {
    this.room = room;
    this.#nextPid = firstPid;
    this.add(0, {}, 1);
    this.add(1, {}, process.pid);
  }

  add(ppid: number, nature: Nature, wantedPid?: number): number {
    const pid = wantedPid ?? this.#nextPid++;
    this.#births += 1;
    const start = String(this.#births);
    this.#living.set(pid, { pid, ppid, start, nature, isStopped: false, hasTermPending: false });
    return pid;
  }

  ref(pid: number) {
    return { pid, start: this.#living.get(pid)?.start ?? 'gone' };
  }

  members(): number[] {
    return [...this.#living.values()].filter(({ nature }) => nature.isMember).map(({ pid }) => pid);
  }

  /** Members that stand still. */
  standing(): number[] {
    return this.members().filter(pid => this.#living.get(pid)?.isStopped);
  }

  /** Strangers that were ended, or left stopped. */
  harmed(): string[] {
    const stopped = [...this.#living.values()].filter(one => !one.nature.isMember && one.isStopped);
    return [...this.faults, ...stopped.map(({ pid }) => `stranger ${pid} was left stopped`)];
  }

  /** The part of the platform that ending a tree uses. */
  readonly platform = {
    uid: () => 1_000,
    ownerUid: (pid: number) => {
      const one = this.#living.get(pid);
      return one && (one.nature.uid ?? 1_000);
    },
    isSameStart: (a: string, b: string) => a === b,
    processes: async () => {
      const table = [...this.#living.values()].map(one => this.#show(one));
      this.#turn();
      return table.sort((a, b) => a.pid - b.pid);
    },
    pids: () => {
      this.#turn();
      return [...this.#living.keys()].sort((a, b) => b - a);
    },
    look: (pid: number) => {
      const one = this.#living.get(pid);
      return one && this.#show(one);
    },
    runChain: (pid: number) => [...(this.#living.get(pid)?.nature.chain ?? [])],
    executable: () => undefined,
    commandLine: (pid: number) => [...(this.#living.get(pid)?.nature.words ?? [])],
    send: (pid: number, signal: SignalName) => {
      this.#turn();
      const one = this.#living.get(pid);
      if (!one) return 'gone' as const;
      this.signals.push({ pid, start: one.start, signal });
      this.#receive(one, signal);
      return 'sent' as const;
    },
  };

  readonly nowNs = () => BigInt(Math.round(this.nowMs * 1e6));
  readonly after = (ms: number, action: () => void) => {
    this.nowMs += ms;
    this.#turn();
    queueMicrotask(action);
  };

  #show({ pid, ppid, start, isStopped }: Process): ProcessFacts {
    return facts(pid, ppid, { start, state: isStopped ? 'T' : 'S' });
  }

  #receive(one: Process, signal: SignalName): void {
    const { nature, pid } = one;
    const isMortal = signal === 'SIGTERM' || signal === 'SIGKILL';
    if (isMortal && !nature.isMember) this.faults.push(`stranger ${pid} got ${signal}`);
    if (isMortal && !one.isStopped) this.faults.push(`${pid} got ${signal} while it ran`);
    if (signal === 'SIGSTOP') one.isStopped = true;
    if (signal === 'SIGCONT') {
      one.isStopped = nature.dozes === true && one.hasDozed !== true;
      one.hasDozed = true;
    }
    if (signal === 'SIGTERM' && !nature.ignoresTerm && !nature.isStuck) one.hasTermPending = true;
    if (signal === 'SIGKILL' && !nature.isStuck) this.#end(one);
  }

  /** Everybody who runs does what it is like. */
  #turn(): void {
    this.nowMs += 0.1;
    if (this.isRecycling) for (const pid of this.#freed.splice(0)) this.add(this.add(1, {}, pid), {});
    for (const one of [...this.#living.values()]) {
      if (one.isStopped) continue;
      if (one.hasTermPending) this.#end(one);
      else if (this.room > 0 && this.#isDue(one.nature)) this.#fork(one);
    }
  }

  #isDue({ forks, hops }: Nature): boolean {
    if (hops === undefined) return forks === true;
    // Made up, but the same at every run: a fixed period would fall into step with the looks.
    this.#dice = (this.#dice * 48_271) % 0x7fffffff;
    return this.#dice % hops === 0;
  }

  #fork(one: Process): void {
    this.room -= 1;
    this.add(one.nature.hops === undefined ? one.pid : 1, one.nature);
    if (one.nature.hops !== undefined) this.#end(one);
  }

  #end({ pid }: Process): void {
    this.#living.delete(pid);
    this.#freed.push(pid);
    for (const child of this.#living.values()) if (child.ppid === pid) child.ppid = 1;
  }
}
