// The gate seen from a test: somebody who holds it until told, how many tickets there are, and answers of
// seqx's own commands.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from './paths.ts';
import type { Scratch, StartOptions } from './scratch.ts';
import type { Ended, Started } from './started.ts';
import { until } from './until.ts';

export const HOLD = ['sh', fixture('hold.sh')];

/** A run that holds the gate until `letGo`; the promise resolves when its command runs. */
export async function hold(
  scratch: Scratch,
  flags: readonly string[] = [],
  options: StartOptions = {},
): Promise<Started> {
  const holder = scratch.seqx([...flags, '--', ...HOLD], { stdin: 'open', ...options });
  await holder.says('up');
  return holder;
}

/** Lets a holder end by itself. */
export function letGo(holder: Started): Promise<Ended> {
  holder.child.stdin?.end();
  return holder.ended;
}

/** Pid of the command that a holder runs. */
export const commandPid = (holder: Started): number => Number(/up (\d+)/.exec(holder.stdout)?.[1]);

/** Names of all tickets, holders' and waiters', at all gates of a state folder. */
export function tickets(state: string): string[] {
  return folders(state).flatMap(gate => names(join(state, gate, 'q')).filter(name => !name.startsWith('.')));
}

/** The files that say who holds the gate; there is one for each holder. */
export function entryPaths(state: string): string[] {
  return folders(state).flatMap(gate => {
    const slots = join(state, gate, 'slots');
    return names(slots).flatMap(slot => names(join(slots, slot)).map(name => join(slots, slot, name)));
  });
}

/** Waits until so many tickets are there, the holder's among them. */
export const ticketCount = (scratch: Scratch, wanted: number): Promise<true> =>
  until(`${wanted} tickets are there`, () => tickets(scratch.state).length === wanted);

/** The watchdog of the one run there is, as its record names it. */
export const watchdogPid = (scratch: Scratch): Promise<number> =>
  until('the watchdog has written its record', () => {
    const [path] = entryPaths(scratch.state);
    const text = path === undefined ? '' : readFileSync(path, 'utf8');
    return text.includes('"watchdog"') ? Number(JSON.parse(text).watchdog.pid) : 0;
  });

/** SIGKILL for the holder and its watchdog at once: nobody is left to clean up, the command lives on. */
export async function killSeqx(scratch: Scratch, holder: Started): Promise<void> {
  const watchdog = await watchdogPid(scratch);
  process.kill(watchdog, 'SIGSTOP');
  holder.kill('SIGKILL');
  await holder.exited;
  process.kill(watchdog, 'SIGKILL');
  await until('the watchdog is gone', () => !'RSDT'.includes(stateOf(watchdog) ?? 'gone'));
}

/** What a seqx command says and how it ends. */
export const ask = (scratch: Scratch, words: readonly string[], options?: StartOptions): Promise<Ended> =>
  scratch.seqx(words, options).ended;

/** Neither gone, nor a zombie, nor stopped. */
export const isWell = (pid: number): boolean => 'RSDI'.includes(stateOf(pid) ?? 'gone');

/** The letter of ps(1); `undefined` when the process is gone. */
export function stateOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2)[0];
  } catch {
    return undefined;
  }
}

const folders = (state: string): string[] => names(state).filter(name => /^[0-9a-f]{16}$/.test(name));

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
