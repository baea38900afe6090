// What a command leaves behind: processes of its session are ended, daemons are left and named, and
// --leftovers decides otherwise. The gate is free afterwards, and so is the terminal or the pipe.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { untilTickets } from '../helpers/holder.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { until } from '../helpers/until.ts';

const pidsOf = (scratch: Scratch, word: string): number[] =>
  scratch.processes().flatMap(({ pid, words }) => (words.includes(word) ? [pid] : []));

const daemons = (scratch: Scratch): number[] => pidsOf(scratch, 'a-daemon');

/** Lets the daemon end. */
const sign = (scratch: Scratch): string => join(scratch.root, 'end');
const endDaemon = (scratch: Scratch): void => writeFileSync(sign(scratch), '');

describe('by default', () => {
  test('a background child is ended with the command, and said so in one line', async () => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await scratch.seqx(['sh', '-c', 'sleep 300 & echo hi; exit 3']).ended;
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'hi\n' });
    expect(stderr).toBe(`seqx: ended 1 process that "sh -c 'sleep 300 & echo hi; exit 3'" left behind\n`);
    await scratch.settle();
  });

  test('a background tree that ignores signals is ended, with a word about SIGKILL', async () => {
    await using scratch = new Scratch();
    // A shell that waits for its line starts the tree, then leaves it alone.
    const script = `'${fixture('stubborn.sh')}' >out & until grep -q ready out; do sleep 0.02; done`;
    const { code, stderr } = await scratch.seqx(['--kill-grace=300ms', 'sh', '-c', script]).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^seqx: ended [23] processes that .* left behind \([23] needed SIGKILL\)$/m);
    await scratch.settle();
  });

  test('children of a command that was killed are ended, too', async () => {
    await using scratch = new Scratch();
    const { signal } = await scratch.seqx(['sh', '-c', 'sleep 300 & kill -KILL $$']).ended;
    expect(signal).toBe('SIGKILL');
    await scratch.settle();
  });

  test('a pipeline ends although a background child holds the pipe', async () => {
    await using scratch = new Scratch();
    const script = `seqx sh -c 'sleep 300 & echo hi' | cat; echo "\${PIPESTATUS[@]}"`;
    const { stdout } = await scratch.start('bash', ['-c', script], { env: seqxOnPath(scratch) }).ended;
    expect(stdout).toBe('hi\n0 0\n');
    await scratch.settle();
  });

  test('a daemon is left, named in one line, and holds up nobody', async () => {
    await using scratch = new Scratch();
    const script = `seqx '${fixture('daemon.pl')}' '${sign(scratch)}' | cat; echo "\${PIPESTATUS[@]}"`;
    const first = await scratch.start('bash', ['-c', script], { env: seqxOnPath(scratch) }).ended;
    expect(first.stdout).toBe('started\n0 0\n');
    const [pid] = daemons(scratch);
    expect(first.stderr).toMatch(
      /^seqx: left running: pid \d+ "\S*perl -e .*" \(end with: seqx kill-all\)\n$/,
    );
    expect(first.stderr).toContain(`pid ${pid} `);
    expect((await scratch.seqx(['--no-wait', 'echo', 'next']).ended).stdout).toBe('next\n');
    expect(daemons(scratch)).toEqual([pid]);
    endDaemon(scratch);
    await scratch.settle();
  });

  test('a background child is ended and a daemon left by the same command', async () => {
    await using scratch = new Scratch();
    const script = `sleep 300 & '${fixture('daemon.pl')}' '${sign(scratch)}'`;
    const { stderr } = await scratch.seqx(['sh', '-c', script]).ended;
    expect(stderr).toMatch(/^seqx: ended 1 process that .*\nseqx: left running: pid \d+ .*\n$/);
    expect(pidsOf(scratch, '300')).toEqual([]);
    expect(daemons(scratch)).toHaveLength(1);
    endDaemon(scratch);
    await scratch.settle();
  });
});

describe('--leftovers', () => {
  test('kill ends daemons as well', async () => {
    await using scratch = new Scratch();
    const script = `sleep 300 & '${fixture('daemon.pl')}' '${sign(scratch)}'`;
    const { code, stderr } = await scratch.seqx(['--leftovers=kill', 'sh', '-c', script]).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^seqx: ended \d processes that .* left behind\n$/);
    await scratch.settle();
  });

  test('leave touches nobody and says nothing', async () => {
    await using scratch = new Scratch();
    const script = `sleep 300 >/dev/null 2>&1 & '${fixture('daemon.pl')}' '${sign(scratch)}'`;
    const { code, stderr } = await scratch.seqx(['--leftovers=leave', 'sh', '-c', script]).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(pidsOf(scratch, '300')).toHaveLength(1);
    expect(daemons(scratch)).toHaveLength(1);
    expect((await scratch.seqx(['--no-wait', 'true']).ended).code).toBe(0);
  });

  test('wait keeps the gate until the last one has ended', async () => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['--leftovers=wait', fixture('daemon.pl'), sign(scratch)]);
    await run.says('has ended; waiting for', 'stderr');
    expect((await scratch.seqx(['--no-wait', 'true']).ended).code).toBe(75);
    const next = scratch.seqx(['echo', 'next']);
    await untilTickets(scratch, 2);
    expect(run.isOver).toBe(false);
    endDaemon(scratch);
    expect((await run.ended).code).toBe(0);
    expect((await next.ended).stdout).toBe('next\n');
    await scratch.settle();
  });

  test('wait ends what is left when it is told to stop', async () => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['--leftovers=wait', fixture('daemon.pl'), sign(scratch)], { group: 'own' });
    await run.says('has ended; waiting for', 'stderr');
    run.kill('SIGTERM');
    await run.ended;
    await until('the daemon is ended', () => daemons(scratch).length === 0);
    await scratch.settle();
  });
});
