// Kills and stops the processes of a crowd at random, and keeps a list of whom it hurt: who was spared has
// no excuse. Wrappers and watchdogs also die together, which nobody but the next in the queue can repair.

import { setTimeout as pause } from 'node:timers/promises';
import type { Started } from '../helpers/started.ts';
import { familyOf, type GateView, type Ref, refOf, signal } from './gate-view.ts';
import type { Seeded } from './seeded.ts';

/** A run ends with 125 after the fourth death of its watchdog in ten seconds; stay below it. */
const WATCHDOG_KILLS = 3;
const LONGEST_STOP_MS = 300;

export class Murderer {
  /** Wrappers that were killed. */
  readonly dead = new Set<number>();
  /** Wrappers whose command had a process killed. */
  readonly hurt = new Set<number>();
  readonly watchdogsSeen: Ref[] = [];
  /** How often each deed was done. */
  readonly deeds: Record<string, number> = {};
  readonly #crowd: readonly Started[];
  readonly #gate: GateView;
  readonly #random: Seeded;
  readonly #mostDead: number;
  readonly #longestPauseMs: number;
  readonly #watchdogKills = new Map<number, number>();
  readonly #stops: Promise<void>[] = [];

  /** @param longestPauseMs between two deeds */
  constructor(
    crowd: readonly Started[],
    mostDead: number,
    gate: GateView,
    random: Seeded,
    longestPauseMs = 25,
  ) {
    this.#longestPauseMs = longestPauseMs;
    this.#crowd = crowd;
    this.#mostDead = mostDead;
    this.#gate = gate;
    this.#random = random;
  }

  /** Goes on until the crowd is through; nobody is left standing still. */
  async rage(): Promise<void> {
    while (this.#crowd.some(({ isOver }) => !isOver)) {
      this.#strike();
      await pause(this.#random.between(2, this.#longestPauseMs));
    }
    await Promise.all(this.#stops);
  }

  #strike(): void {
    const living = this.#crowd.filter(({ isOver }) => !isOver);
    const holders = this.#gate.holderPids();
    const holder = this.#random.pick(living.filter(({ pid }) => holders.includes(pid)));
    const chance = this.#random.next();
    const anybody = this.#random.pick(living);
    if (chance < 0.3) this.#stopSomebody(living, holder);
    else if (chance < 0.45) this.#killWrapper(anybody, 'waiter');
    else if (holder === undefined) return;
    else if (chance < 0.55) this.#killWrapper(holder, 'holder');
    else if (chance < 0.7) this.#killWatchdog(holder);
    else if (chance < 0.82) this.#killBoth(holder);
    else this.#killCommand(holder);
  }

  #count(deed: string): void {
    this.deeds[deed] = (this.deeds[deed] ?? 0) + 1;
  }

  #killWrapper(wrapper: Started | undefined, deed: string): boolean {
    if (wrapper === undefined || this.dead.size >= this.#mostDead) return false;
    this.dead.add(wrapper.pid);
    this.#count(deed);
    // Our own child: until we have reaped it, its pid is its own.
    wrapper.kill('SIGKILL');
    return true;
  }

  #watchdogsOf({ pid }: Started): readonly Ref[] {
    const { watchdogs } = familyOf(pid);
    this.watchdogsSeen.push(...watchdogs);
    return watchdogs;
  }

  #killWatchdog(wrapper: Started): void {
    const kills = this.#watchdogKills.get(wrapper.pid) ?? 0;
    const [watchdog] = this.#watchdogsOf(wrapper);
    if (watchdog === undefined || kills >= WATCHDOG_KILLS || !signal(watchdog, 'SIGKILL')) return;
    this.#watchdogKills.set(wrapper.pid, kills + 1);
    this.#count('watchdog');
  }

  #killBoth(wrapper: Started): void {
    const watchdogs = this.#watchdogsOf(wrapper);
    const isWatchdogFirst = this.#random.next() < 0.5;
    if (this.dead.size >= this.#mostDead || watchdogs.length === 0) return;
    const killWatchdogs = () => {
      for (const watchdog of watchdogs) signal(watchdog, 'SIGKILL');
    };
    if (isWatchdogFirst) killWatchdogs();
    this.#killWrapper(wrapper, 'both');
    if (!isWatchdogFirst) killWatchdogs();
  }

  #killCommand(wrapper: Started): void {
    const victim = this.#random.pick(familyOf(wrapper.pid).others);
    if (victim === undefined || !signal(victim, 'SIGKILL')) return;
    this.hurt.add(wrapper.pid);
    this.#count('command');
  }

  #stopSomebody(living: readonly Started[], holder: Started | undefined): void {
    const { watchdogs, others } = holder ? familyOf(holder.pid) : { watchdogs: [], others: [] };
    this.watchdogsSeen.push(...watchdogs);
    const wrappers = holder && this.#random.next() < 0.5 ? [holder] : living;
    const choice = [wrappers.flatMap(({ pid }) => refOf(pid) ?? []), watchdogs, others];
    const victim = this.#random.pick(this.#random.pick(choice) ?? []);
    if (victim === undefined || !signal(victim, 'SIGSTOP')) return;
    this.#count('stopped');
    const resume = () => void signal(victim, 'SIGCONT');
    this.#stops.push(pause(this.#random.between(10, LONGEST_STOP_MS)).then(resume));
  }
}
