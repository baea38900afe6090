// Signals to the wrapper reach the command once, end the wait at once, and never leave anything behind.

import { describe, expect, test } from 'vitest';
import { hold, release, tickets, untilTickets } from '../helpers/holder.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
const ALL = fixture('tell-signals.pl');

/** A session of its own: without a terminal, nothing but our signals reaches it. */
const OWN = { group: 'own' } as const;

const heard = ({ stdout }: Started): string[] => stdout.match(/(?<=got )\w+/g) ?? [];

/** Two signals within 50 ms count as one (timeout(1) sends two); later ones are told apart. */
async function untilTellable(sinceMs: number): Promise<void> {
  await until('the next signal counts by itself', () => performance.now() - sinceMs > 100);
}

describe('while the command runs', () => {
  test.each(SIGNALS)('%s to the wrapper alone is forwarded once', async signal => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['--kill-grace', '60s', ALL], { ...OWN, stdin: 'open' });
    await run.says('ready');
    run.kill(signal);
    const name = signal.slice(3);
    await run.says(`got ${name}\n`);
    // Signals are handled in order: once the second kind has arrived, the first has not come twice.
    const last = signal === 'SIGUSR1' ? 'USR2' : 'USR1';
    run.kill(`SIG${last}`);
    await run.says(`got ${last}\n`);
    run.child.stdin?.end();
    expect((await run.ended).code).toBe(0);
    expect(heard(run)).toEqual([name, last]);
    await scratch.settle();
  });

  test('a signal to the whole group ends command and wrapper by that signal', async () => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['sleep', '300'], OWN);
    await until('the command runs', () => scratch.processes().some(({ words }) => words[0] === 'sleep'));
    process.kill(-run.pid, 'SIGTERM');
    expect((await run.ended).signal).toBe('SIGTERM');
    await scratch.settle();
  });

  test.each(SIGNALS)('a command that dies of the forwarded %s is seen to die of it', async signal => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['sh', '-c', 'ulimit -c 0; echo ready; exec sleep 300'], OWN);
    await run.says('ready');
    run.kill(signal);
    expect(await run.ended).toMatchObject({ code: null, signal, stderr: '' });
    await scratch.settle();
  });

  test('a command that handles SIGTERM and exits with 3 gives 3', async () => {
    await using scratch = new Scratch();
    const run = scratch.seqx([fixture('exit-3-on-term.pl')], OWN);
    await run.says('ready');
    run.kill('SIGTERM');
    expect(await run.ended).toMatchObject({ code: 3, signal: null, stderr: '' });
    await scratch.settle();
  });

  test('a tree that ignores SIGTERM is ended after --kill-grace', async () => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['--kill-grace', '300ms', fixture('stubborn.sh')], OWN);
    await run.says('ready');
    run.kill('SIGTERM');
    const { signal, stderr } = await run.ended;
    expect(signal).toBe('SIGKILL');
    expect(stderr).toContain('SIGTERM and no end within the grace; ending');
    await scratch.settle();
  });

  test('a second SIGTERM ends the whole tree, a third does not wait for the grace', async () => {
    await using scratch = new Scratch();
    const script = 'trap "echo got TERM" TERM; setsid sleep 300 & echo ready; while :; do wait; done';
    const run = scratch.seqx(['--kill-grace', '5m', 'sh', '-c', script], OWN);
    await run.says('ready');
    const isGrandchildAlive = () => scratch.processes().some(({ words }) => words[0] === 'sleep');
    await until('the grandchild runs', isGrandchildAlive);
    let sentMs = performance.now();
    run.kill('SIGTERM');
    await run.says('got TERM');
    expect(isGrandchildAlive()).toBe(true);
    await untilTellable(sentMs);
    sentMs = performance.now();
    run.kill('SIGTERM');
    await until('the grandchild is ended', () => !isGrandchildAlive());
    expect(run.isOver).toBe(false);
    await untilTellable(sentMs);
    run.kill('SIGTERM');
    expect((await run.ended).signal).toBe('SIGKILL');
    await scratch.settle();
  });

  test('under nohup the command ignores SIGHUP and seqx waits for it', async () => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['nohup', 'sh', '-c', 'echo ready; read line; exit 4'], {
      ...OWN,
      stdin: 'open',
    });
    await run.says('ready');
    run.kill('SIGHUP');
    run.child.stdin?.write('go on\n');
    expect((await run.ended).code).toBe(4);
  });
});

describe('while waiting', () => {
  test.each(SIGNALS)('%s takes the ticket away at once and is what the waiter dies of', async signal => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    const waiter = scratch.seqx(['touch', 'witness'], OWN);
    await untilTickets(scratch, 2);
    waiter.kill(signal);
    expect(await waiter.ended).toMatchObject({ code: null, signal, stdout: '' });
    expect(tickets(scratch)).toHaveLength(1);
    expect(holder.isOver).toBe(false);
    await release(holder);
    await scratch.settle();
  });

  test('a waiter leaves at once, not at its next look two seconds later', async () => {
    await using scratch = new Scratch();
    await hold(scratch);
    let fastestMs = Infinity; // on a busy machine one may be slow, but not every one
    for (let tries = 0; tries < 5 && fastestMs > 1_000; tries++) {
      const waiter = scratch.seqx(['true'], OWN);
      await untilTickets(scratch, 2);
      const sentMs = performance.now();
      waiter.kill('SIGTERM');
      await waiter.exited;
      fastestMs = Math.min(fastestMs, performance.now() - sentMs);
    }
    expect(fastestMs).toBeLessThan(1_000);
  });

  test('the one behind a waiter that was interrupted moves up and runs', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    const first = scratch.seqx(['echo', 'first'], OWN);
    await untilTickets(scratch, 2);
    const second = scratch.seqx(['echo', 'second']);
    await untilTickets(scratch, 3);
    first.kill('SIGINT');
    expect((await first.ended).signal).toBe('SIGINT');
    await release(holder);
    expect(await second.ended).toMatchObject({ code: 0, stdout: 'second\n' });
    await scratch.settle();
  });
});

describe('time limits', () => {
  test('timeout(1) ends seqx as it ends the bare command', async () => {
    await using scratch = new Scratch();
    const run = (gate: string) =>
      scratch.start('sh', ['-c', `timeout 0.5 ${gate} sleep 300`], { env: seqxOnPath(scratch) }).ended;
    const [bare, gated] = [await run(''), await run('seqx')];
    expect(bare.code).toBe(124);
    expect(gated).toEqual(bare);
    await scratch.settle();
  });

  test('timeout(1) ends a seqx that waits', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    const run = scratch.start('timeout', ['0.5', 'seqx', 'touch', 'witness'], { env: seqxOnPath(scratch) });
    expect((await run.ended).code).toBe(124);
    await untilTickets(scratch, 1);
    await release(holder);
    await scratch.settle();
  });

  test('--timeout ends the whole tree and gives 124', async () => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['--timeout', '300ms', '--kill-grace', '300ms', fixture('stubborn.sh')]);
    const { code, signal, stderr } = await run.ended;
    expect({ code, signal }).toEqual({ code: 124, signal: null });
    expect(stderr).toContain('was ended by --timeout after');
    await scratch.settle();
  });

  test('--timeout counts the running time alone', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    const beganMs = performance.now();
    // Longer than a start under load, shorter than the wait.
    const waiter = scratch.seqx(['--timeout', '2s', 'sh', '-c', 'exit 7']);
    await until('the wait is longer than the timeout', () => performance.now() - beganMs > 2_500);
    expect(waiter.isOver).toBe(false);
    await release(holder);
    expect((await waiter.ended).code).toBe(7);
  });
});
