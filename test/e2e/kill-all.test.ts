// `seqx kill-all`: every run and waiter of this project with all their processes, what dead runs left, and
// nobody else; nothing without a yes.

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { expect, test } from 'vitest';
import { ask, commandPid, hold, isWell, killSeqx, letGo, ticketCount, tickets } from '../helpers/gate.ts';
import { fixture, SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const QUICK = { env: { SEQX_KILL_GRACE: '300ms' } };

test('ends runs and waiters, their setsid grandchildren and those deaf to SIGTERM', async () => {
  await using scratch = new Scratch();
  const run = scratch.seqx(['sh', fixture('scatter.sh')]);
  await run.says('up');
  const waiters = [scratch.seqx(['echo', '1']), scratch.seqx(['echo', '2'])];
  await ticketCount(scratch, 3);
  const { code, stdout, stderr } = await ask(scratch, ['kill-all', '--yes'], QUICK);
  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).toMatch(/^seqx: kill-all web: 1 running, 2 waiting$/m);
  expect(stderr).toMatch(new RegExp(`^ {2}running {2}pid ${run.pid} .*scatter\\.sh`, 'm'));
  expect(stderr).toMatch(/^seqx: ended \d+ processes; \d needed SIGKILL \(pid \d+.*\)$/m);
  for (const waiter of waiters) expect(await waiter.ended).toMatchObject({ code: 75, stdout: '' });
  expect((await run.ended).stderr).toMatch(/^seqx: cancelled by seqx kill-all, pid \d+; ending/m);
  await scratch.settle();
});

test('--dry-run shows what it would end and changes nothing', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const waiter = scratch.seqx(['echo', 'waiter']);
  await ticketCount(scratch, 2);
  const before = readdirSync(scratch.state, { recursive: true });
  const { code, stdout, stderr } = await ask(scratch, ['kill-all', '--dry-run']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /^seqx: kill-all web: 1 running, 1 waiting\n {2}running {2}pid .*\n {2}waiting {2}pid /,
  );
  expect(readdirSync(scratch.state, { recursive: true })).toEqual(before);
  expect(isWell(commandPid(holder))).toBe(true);
  await letGo(holder);
  expect(await waiter.ended).toMatchObject({ code: 0, stdout: 'waiter\n' });
  await scratch.settle();
});

test('wants --yes where there is no terminal', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const { code, stderr } = await ask(scratch, ['kill-all']);
  expect([code, stderr]).toEqual([
    125,
    expect.stringMatching(
      /nothing was ended\n {2}try: seqx kill-all --yes {3}or {3}seqx kill-all --dry-run\n$/,
    ),
  ]);
  expect(isWell(commandPid(holder))).toBe(true);
  await letGo(holder);
});

test.each([
  { answer: 'n', isEnded: false, exit: 1 },
  { answer: '', isEnded: false, exit: 1 },
  { answer: 'y', isEnded: true, exit: 0 },
])('asks on a terminal; the answer "$answer" is taken as it is meant', async ({ answer, isEnded, exit }) => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  let screen = '';
  const [file, ...first] = SEQX_WORDS;
  const terminal = spawn(file, [...first, 'kill-all'], { cwd: scratch.project, env: scratch.env });
  terminal.onData(text => {
    screen += text;
  });
  const gone = new Promise<number>(resolve => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  await until('it asks', () => screen.includes('End all of these? [y/N] '));
  terminal.write(`${answer}\r`);
  expect(await gone).toBe(exit);
  expect(isWell(commandPid(holder))).toBe(!isEnded);
  if (!isEnded) await letGo(holder);
  await holder.ended;
  await scratch.settle();
});

test('leaves other projects alone, unless asked for --all-projects', async () => {
  await using scratch = new Scratch();
  const cwd = join(scratch.root, 'other');
  mkdirSync(cwd);
  const here = await hold(scratch);
  const there = await hold(scratch, [], { cwd });
  expect((await ask(scratch, ['kill-all', '--yes'])).code).toBe(0);
  expect((await here.ended).signal).toBe('SIGTERM');
  expect(isWell(commandPid(there))).toBe(true);
  const all = await ask(scratch, ['kill-all', '--all-projects', '--yes']);
  expect([all.code, all.stderr]).toEqual([
    0,
    expect.stringContaining('kill-all other: 1 running, 0 waiting'),
  ]);
  expect((await there.ended).signal).toBe('SIGTERM');
  await scratch.settle();
});

test('clears the tickets, entries, sockets and orphans of runs that were killed', async () => {
  await using scratch = new Scratch();
  const run = scratch.seqx(['sh', '-c', 'echo up $$; exec sleep 600']);
  await run.says('up');
  const waiter = scratch.seqx(['true']);
  await ticketCount(scratch, 2);
  waiter.kill('SIGKILL');
  await killSeqx(scratch, run);
  const { code, stderr } = await ask(scratch, ['kill-all', '--yes']);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/1 running, 0 waiting, 2 stale files$/m)]);
  expect([isWell(commandPid(run)), tickets(scratch.state)]).toEqual([false, []]);
  await scratch.settle();
  expect((await ask(scratch, ['kill-all', '--yes'])).stderr).toBe('seqx: nothing to end\n');
});

test('takes the daemon that a finished run has left', async () => {
  await using scratch = new Scratch();
  const { stderr } = await scratch.seqx(['-c', 'setsid sleep 600 >/dev/null 2>&1 & sleep 0.3']).ended;
  expect(stderr).toMatch(/^seqx: left running: pid \d+ "sleep 600" \(end with: seqx kill-all\)$/m);
  const { stderr: preview } = await ask(scratch, ['kill-all', '--yes']);
  expect(preview).toContain('0 running, 0 waiting, 1 process left by ended runs');
  await scratch.settle();
});

test('called from inside a run ends everybody else and spares itself', async () => {
  await using scratch = new Scratch();
  const script = `sleep 600 & ${SEQX_WORDS.join(' ')} kill-all --yes; echo "still here $?"`;
  const run = scratch.seqx(['sh', '-c', `echo up; read -r _; ${script}`], { stdin: 'open' });
  await run.says('up');
  const waiter = scratch.seqx(['echo', 'waiter']);
  await ticketCount(scratch, 2);
  run.child.stdin?.write('go\n');
  expect(await run.ended).toMatchObject({ code: 0, stdout: 'up\nstill here 0\n' });
  expect(await waiter.ended).toMatchObject({ code: 75, stdout: '' });
  await scratch.settle();
});
