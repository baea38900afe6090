// Two runs that share a gate, the older of which has grown until memory is short for both.

import { readFileSync } from 'node:fs';
import type { RunRecord } from '../../src/base/ports.ts';
import { entryPaths, stateOf } from './gate.ts';
import { fixture } from './paths.ts';
import type { Scratch } from './scratch.ts';
import type { Started } from './started.ts';
import { until } from './until.ts';

const EAT = ['perl', fixture('eat-memory.pl')];

/** What all may use together is twice of what the older one begins with. */
export const PRESSED = [
  ...['--slots', '3', '--memory-expected', '1M', '--memory-threshold', '200M'],
  ...['--check-interval', '50ms'],
];

/** A run that takes so many MB and keeps them until its stdin ends. */
export async function eater(scratch: Scratch, mib: number, flags: readonly string[] = []): Promise<Started> {
  const run = scratch.seqx([...PRESSED, ...flags, ...EAT, String(mib)], { stdin: 'open' });
  await run.says(`holds ${mib}`);
  await until(
    'its record says what it holds',
    () => (recordOf(scratch, run)?.memory?.bytes ?? 0) >= mib << 20,
  );
  return run;
}

/** Any run beside it; `holds` is what its command says when it is there. */
export async function beside(
  scratch: Scratch,
  words: readonly string[],
  flags: readonly string[] = [],
): Promise<Started> {
  const run = scratch.seqx([...PRESSED, ...flags, ...words], { stdin: 'open' });
  await run.says('holds');
  await until('its watchdog is there', () => recordOf(scratch, run)?.memory !== undefined);
  return run;
}

export const grow = (run: Started, mib: number): boolean => run.child.stdin?.write(`eat ${mib}\n`) === true;

export const shrink = (run: Started): boolean => run.child.stdin?.write('free\n') === true;

type Pid = Pick<Started, 'pid'>;

/** What the entry of a run says now. */
export function recordOf(scratch: Scratch, { pid }: Pid): RunRecord | undefined {
  const path = entryPaths(scratch.state).find(name => name.includes(`-${pid}-`));
  try {
    return path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as RunRecord);
  } catch {
    return undefined;
  }
}

export const isSuspended = (scratch: Scratch, run: Pid): boolean =>
  recordOf(scratch, run)?.yields?.suspended !== undefined;

/** State letter of a run's command. */
export const commandState = (scratch: Scratch, run: Pid): string | undefined =>
  stateOf(recordOf(scratch, run)?.command?.pid ?? 0);

/** Waits until a run stands still: its record says so, and its command does. */
export const standsStill = (scratch: Scratch, run: Pid): Promise<true> =>
  until(`pid ${run.pid} stands still`, () => isSuspended(scratch, run) && commandState(scratch, run) === 'T');

export const goesOn = (scratch: Scratch, run: Pid): Promise<true> =>
  until(
    `pid ${run.pid} goes on`,
    () => !isSuspended(scratch, run) && 'SRD'.includes(commandState(scratch, run) ?? 'gone'),
  );

/** The younger of two stands still, because the older one has grown to 190 MB of 200. */
export async function pressed(
  scratch: Scratch,
  words: readonly string[] = [...EAT, '50'],
  flags: readonly string[] = [],
): Promise<{ older: Started; younger: Started }> {
  const older = await eater(scratch, 100);
  const younger = await beside(scratch, words, flags);
  grow(older, 90);
  await standsStill(scratch, younger);
  return { older, younger };
}
