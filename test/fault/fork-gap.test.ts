// A wrapper killed between fork and exec of its command: for that moment its child is a copy of it without
// a token, and becomes the command only later. Two nets, each tested alone: the child still holds the
// ticket's socket, and whoever clears a dead holder waits for such children first.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listPids, readLink, readStat } from '../../src/platform/proc.ts';
import { gateFolder } from '../helpers/held-gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { lacksStrace, straced } from '../helpers/strace.ts';
import { until } from '../helpers/until.ts';
import { witness } from '../helpers/witness.ts';

/** The first attempt of every process: /bin/sh is one, `sh` would be one for each folder of the PATH. */
const SLOW_EXEC = ['-o', '/dev/null', '-e', 'trace=execve', '-e', 'inject=execve:delay_enter=1500000:when=1'];

const childrenOf = (pid: number) => listPids().filter(child => readStat(child)?.ppid === pid);
const isNode = (pid: number) => readLink(`/proc/${pid}/exe`) === process.execPath;

/** Kills a wrapper whose child has not yet become the command; that child's pid, and its tracer. */
async function killBetweenForkAndExec(scratch: Scratch): Promise<{ embryo: number; strace: Started }> {
  const strace = straced(scratch, SLOW_EXEC, witness(scratch, 'late', 60));
  const [wrapper, embryo] = await until(
    'there is a child before its exec',
    () =>
      childrenOf(strace.pid)
        .filter(isNode)
        .flatMap(parent =>
          childrenOf(parent)
            .filter(isNode)
            .map(child => [parent, child] as const),
        )[0],
  );
  process.kill(wrapper, 'SIGKILL');
  await until('the wrapper is dead', () => (readStat(wrapper)?.threads ?? 0) <= 1);
  return { embryo, strace };
}

async function expectNoOverlap(scratch: Scratch): Promise<void> {
  const log = readFileSync(join(scratch.root, 'log'), 'utf8');
  expect(log).toMatch(/start next\nend next\n$/);
  expect(log).not.toMatch(/overlap|end late/);
  await scratch.settle();
}

const cannotTrace = lacksStrace();

test.skipIf(cannotTrace)('the next one waits for a child that still holds its wrapper’s socket', async () => {
  await using scratch = new Scratch();
  const { embryo, strace } = await killBetweenForkAndExec(scratch);
  // While its tracer is stopped, the child cannot go on to its exec.
  strace.kill('SIGSTOP');
  const next = scratch.seqx(witness(scratch, 'next', 0));
  await next.says('waiting', 'stderr');
  expect(isNode(embryo), 'the child was still no command').toBe(true);
  expect(existsSync(join(scratch.root, 'log'))).toBe(false);
  strace.kill('SIGCONT');
  expect(await next.ended).toMatchObject({ code: 0 });
  await expectNoOverlap(scratch);
});

test.skipIf(cannotTrace)('without the socket, the child is waited for and then ended', async () => {
  await using scratch = new Scratch();
  const { embryo } = await killBetweenForkAndExec(scratch);
  const sockets = join(await gateFolder(scratch), 's');
  for (const name of readdirSync(sockets)) rmSync(join(sockets, name));
  expect(isNode(embryo), 'the child was still no command').toBe(true);
  expect(await scratch.seqx(witness(scratch, 'next', 0)).ended).toMatchObject({ code: 0 });
  await expectNoOverlap(scratch);
});
