// Failing and delayed system calls, where strace is installed and allowed to trace.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from './capability.ts';
import { SEQX_WORDS } from './paths.ts';
import type { Scratch, StartOptions } from './scratch.ts';
import type { Started } from './started.ts';

/** True, and said, where strace cannot be used: for `test.skipIf`. */
export function lacksStrace(): boolean {
  const { status } = spawnSync('strace', ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', 'true']);
  return missing(status !== 0, 'strace is not installed, or may not trace');
}

/** Starts seqx under strace; every process that it starts is traced as well. */
export function straced(
  scratch: Scratch,
  traceWords: readonly string[],
  words: readonly string[],
  options: StartOptions = {},
): Started {
  const all = ['-f', '--seccomp-bpf', '-qq', ...traceWords, ...SEQX_WORDS, ...words];
  return scratch.start('strace', all, options);
}

/** One call of the wrapper's main thread: which, and the how-manieth of its kind. */
export interface TracedCall {
  readonly name: string;
  readonly nth: number;
}

// The question mark: not every architecture has each.
const DISK_CALLS = '?mkdir,?mkdirat,openat,?rename,?renameat,?renameat2,?unlink,?unlinkat,?rmdir,getdents64';

/** The disk calls on the state folder that a run of seqx makes in its main thread. */
export async function stateCalls(scratch: Scratch, words: readonly string[]): Promise<TracedCall[]> {
  const log = join(scratch.root, 'strace.log');
  await straced(scratch, ['-y', '-s', '300', '-o', log, '-e', `trace=${DISK_CALLS}`], words).ended;
  const lines = readFileSync(log, 'utf8').split('\n');
  const mainThread = lines[0]?.split(' ')[0] ?? '';
  const counts = new Map<string, number>();
  return lines.flatMap(line => {
    const [, thread, name = ''] = /^(\d+)\s+(\w+)\(/.exec(line) ?? [];
    if (thread !== mainThread) return [];
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    return line.includes(scratch.state) ? { name, nth } : [];
  });
}

export const failing = ({ name, nth }: TracedCall, errno: string): string[] => [
  ...['-o', '/dev/null', '-e', `trace=${name}`],
  ...['-e', `inject=${name}:error=${errno}:when=${nth}`],
];
