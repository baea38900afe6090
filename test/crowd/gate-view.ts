// What a test sees of a gate from outside: the names in its folder, which say who waits and who holds, and
// the processes of its runs. Nothing here is an oracle; it only tells whom to kill and when.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readCommandLine, readStat } from '../../src/platform/proc.ts';
import type { Scratch } from '../helpers/scratch.ts';

export interface Ref {
  readonly pid: number;
  readonly start: string;
}

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

export class GateView {
  readonly #state: string;

  constructor({ state }: Pick<Scratch, 'state'>) {
    this.#state = state;
  }

  get folder(): string {
    return join(this.#state, namesIn(this.#state).find(name => /^[0-9a-f]{16}$/.test(name)) ?? 'none');
  }

  /** Pids of all tickets, the holder's included, in the order of arrival. */
  ticketPids(): number[] {
    const names = namesIn(join(this.folder, 'q')).filter(name => !name.startsWith('.'));
    return names
      .map(name => name.slice('1-'.length))
      .sort()
      .map(pidOf);
  }

  sockets(): string[] {
    return namesIn(join(this.folder, 's')).map(name => join(this.folder, 's', name));
  }

  /** The entries of all slots, as paths below `slots`. */
  #entries(): string[] {
    const slots = join(this.folder, 'slots');
    return namesIn(slots).flatMap(slot => namesIn(join(slots, slot)).map(name => join(slot, name)));
  }

  holders(): string[] {
    return this.#entries().map(path => basename(path));
  }

  holderPids(): number[] {
    return this.holders().map(pidOf);
  }

  holderPid(): number | undefined {
    return this.holderPids()[0];
  }

  /** The watchdog as the holder's entry names it. */
  watchdog(): Ref | undefined {
    const [path = 'none'] = this.#entries();
    try {
      const record = JSON.parse(readFileSync(join(this.folder, 'slots', path), 'utf8')) as {
        watchdog?: Ref;
      };
      return record.watchdog;
    } catch {
      return undefined;
    }
  }
}

const pidOf = (id: string): number => Number(id.split('-')[1]);

/** A living process by its pid alone: for children of the test itself. */
export function refOf(pid: number): Ref | undefined {
  const facts = readStat(pid);
  return facts && { pid, start: facts.start };
}

export interface Family {
  /** Where the watchdog is started but has not yet become itself, it is among the others. */
  readonly watchdogs: readonly Ref[];
  readonly others: readonly Ref[];
}

/** The processes below a wrapper, its watchdog apart. */
export function familyOf(wrapper: number): Family {
  const parents = new Map<number, Ref[]>();
  for (const name of readdirSync('/proc')) {
    const facts = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    if (!facts || facts.state === 'Z') continue;
    parents.set(facts.ppid, [...(parents.get(facts.ppid) ?? []), facts]);
  }
  const below = (pid: number): Ref[] => (parents.get(pid) ?? []).flatMap(ref => [ref, ...below(ref.pid)]);
  const all = below(wrapper);
  const isWatchdog = ({ pid }: Ref) => readCommandLine(pid)?.includes('__watchdog') === true;
  return { watchdogs: all.filter(isWatchdog), others: all.filter(ref => !isWatchdog(ref)) };
}

export const isAlive = ({ pid, start }: Ref): boolean => {
  const facts = readStat(pid);
  return facts?.start === start && facts.state !== 'Z';
};

/** Signals a process of ours unless its pid has been given to somebody else. */
export function signal(ref: Ref, name: NodeJS.Signals): boolean {
  if (!isAlive(ref)) return false;
  try {
    return process.kill(ref.pid, name);
  } catch {
    return false;
  }
}
