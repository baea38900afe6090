// Somebody who holds the gate until told to let go, and a look at who waits behind.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Scratch, StartOptions } from './scratch.ts';
import type { Started } from './started.ts';
import { until } from './until.ts';

/** Holds the gate until its stdin ends. */
export async function hold(scratch: Scratch, options: StartOptions = {}): Promise<Started> {
  const holder = scratch.seqx(['sh', '-c', 'echo holding; cat'], { stdin: 'open', ...options });
  await holder.says('holding');
  return holder;
}

export async function release(holder: Started): Promise<void> {
  holder.child.stdin?.end();
  await holder.ended;
}

/** Names of the published tickets of all gates, the holders' among them. */
export function tickets({ state }: Scratch): string[] {
  return readdirSync(state).flatMap(gate => {
    const queue = join(state, gate, 'q');
    return existsSync(queue) ? readdirSync(queue).filter(name => !name.startsWith('.')) : [];
  });
}

export const untilTickets = (scratch: Scratch, count: number): Promise<unknown> =>
  until(`${count} tickets are published`, () => tickets(scratch).length === count);
