// `seqx hold` and `seqx release`: the gate belongs to another process from the moment hold returns until that
// process ends, however it ends.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { localSockets } from '../../src/backend/sockets.ts';
import {
  ask,
  commandPid,
  entryPaths,
  hold,
  isWell,
  letGo,
  stateOf,
  ticketCount,
  tickets,
  watchdogPid,
} from '../helpers/gate.ts';
import { gateFolder, journalOf } from '../helpers/held-gate.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch, type StartOptions } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';

/** A shell script that has taken the gate for itself; `letGo` ends it. */
async function owner(
  scratch: Scratch,
  flags: readonly string[] = [],
  options: StartOptions = {},
): Promise<Started> {
  const started = scratch.start('sh', [fixture('hold-by.sh'), ...flags], {
    stdin: 'open',
    ...options,
    env: { ...seqxOnPath(scratch), ...options.env },
  });
  await started.says('up');
  return started;
}

/** Runs shell lines with seqx on the PATH. */
const shell = (scratch: Scratch, lines: string, options: StartOptions = {}): Started =>
  scratch.start('sh', ['-c', lines], { ...options, env: { ...seqxOnPath(scratch), ...options.env } });

const tokenOf = (started: Started): string => /up \d+ (\S+)/.exec(started.stdout)?.[1] ?? '';

/** Says in which state a process is; one that nobody has reaped yet is gone as well. */
const tellState = (pid: number) => ['sh', '-c', `grep State /proc/${pid}/status 2>/dev/null || echo gone`];
const GONE = /^gone$|^State:\s+Z/m;

const isEmpty = (scratch: Scratch) => until('the gate is free', () => entryPaths(scratch.state).length === 0);

test('holds for the calling process until that ends; the next one starts then', async () => {
  await using scratch = new Scratch();
  const holder = await owner(scratch);
  const next = scratch.seqx(['echo', 'next']);
  await ticketCount(scratch, 2);
  const { running, queue } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
  expect(running).toMatchObject([
    { pid: holder.pid, state: 'running', command: ['sh', fixture('hold-by.sh')] },
  ]);
  expect(queue).toHaveLength(1);
  expect(next.stdout).toBe('');
  await letGo(holder);
  expect(await next.ended).toMatchObject({ code: 0, stdout: 'next\n' });
  await scratch.settle();
  expect(await journalOf(scratch)).toMatchObject([
    { outcome: 'held', exitCode: null, argv: ['sh', fixture('hold-by.sh')] },
    { outcome: 'exited', exitCode: 0 },
  ]);
});

test('is freed when the holder is killed; what it started is ended first', async () => {
  await using scratch = new Scratch();
  const holder = shell(scratch, 'SEQX_RUN=$(seqx hold); export SEQX_RUN; sleep 600 & echo "up $!"; wait');
  await holder.says('up');
  const child = commandPid(holder);
  const next = scratch.seqx(tellState(child));
  await ticketCount(scratch, 2);
  holder.kill('SIGKILL');
  expect((await next.ended).stdout).toMatch(GONE);
  await scratch.settle();
});

test('lets what the holder runs pass through, with or without its token', async () => {
  await using scratch = new Scratch();
  const script = 'TOKEN=$(seqx hold); SEQX_RUN=$TOKEN seqx --no-wait echo with; seqx --no-wait echo without';
  const { code, stdout } = await shell(scratch, script).ended;
  expect([code, stdout]).toEqual([0, 'with\nwithout\n']);
  await scratch.settle();
});

test('gives the same token twice to one process, also at the same time', async () => {
  await using scratch = new Scratch();
  const script = 'seqx hold > a & seqx hold --pid $$ > b; wait $!; seqx hold > c; cat a b c';
  const { code, stdout } = await shell(scratch, script).ended;
  expect(code).toBe(0);
  expect(new Set(stdout.trim().split('\n')).size).toBe(1);
  expect(stdout.split('\n')).toHaveLength(4);
  await scratch.settle();
});

test('inside a run that holds the gate already, answers with that run at once', async () => {
  await using scratch = new Scratch();
  const env = seqxOnPath(scratch);
  const { code, stdout } = await ask(scratch, ['sh', '-c', 'echo $SEQX_RUN; seqx hold; seqx release'], {
    env,
  });
  const [outer, held] = stdout.split('\n');
  expect([code, held]).toEqual([0, outer]);
  await scratch.settle();
});

test('a waiting hold says who is ahead on stderr, answers nothing on stdout, and leaves no ticket on Ctrl-C', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const waiting = scratch.seqx(['hold', '--pid', String(process.pid)]);
  await ticketCount(scratch, 2);
  await waiting.says(/waiting for web: position 1 of 1, behind pid/, 'stderr');
  waiting.kill('SIGINT');
  expect(await waiting.ended).toMatchObject({ code: null, signal: 'SIGINT', stdout: '' });
  expect(tickets(scratch.state)).toHaveLength(1);
  await letGo(holder);
  await scratch.settle();
});

test('leaves the queue when the process it waits for has been killed', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const doomed = shell(scratch, 'echo "up $$"; SEQX_RUN=$(seqx hold); echo never');
  await doomed.says('up');
  await ticketCount(scratch, 2);
  doomed.kill('SIGKILL');
  await until('its ticket has gone', () => tickets(scratch.state).length === 1);
  const next = scratch.seqx(['echo', 'next']);
  await ticketCount(scratch, 2);
  await letGo(holder);
  expect(await next.ended).toMatchObject({ code: 0, stdout: 'next\n' });
  await scratch.settle();
});

test('a hold that is killed while it waits leaves nothing that anybody waits behind', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const patient = scratch.seqx(['hold', '--pid', String(process.pid)]);
  await ticketCount(scratch, 2);
  patient.kill('SIGKILL');
  await patient.exited;
  const next = scratch.seqx(['echo', 'next']);
  await letGo(holder);
  expect(await next.ended).toMatchObject({ code: 0, stdout: 'next\n' });
  await scratch.settle();
});

test.each([
  { name: '--no-wait', flags: ['--no-wait'], code: 75 },
  { name: '--wait', flags: ['--wait', '50ms'], code: 75 },
  { name: '-E', flags: ['--no-wait', '-E', '9'], code: 9 },
])('$name bounds the wait: nothing is held, nothing is answered', async ({ flags, code }) => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const ended = await ask(scratch, [...flags, 'hold', '--pid', String(process.pid)]);
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr).toContain('nothing was run');
  await letGo(holder);
  await scratch.settle();
});

test('the tree of the holder is kept under the memory limit, and the line says so', async () => {
  await using scratch = new Scratch();
  const eat = `perl ${fixture('eat-forever.pl')} ${join(scratch.root, 'diary')}`;
  const script = `SEQX_RUN=$(seqx --memory-limit 300M hold); export SEQX_RUN; ${eat}; echo survived`;
  const holder = shell(scratch, script);
  const { signal, stdout, stderr } = await holder.ended;
  // Past 125 % of the limit there is no grace: a busy machine may see it late.
  expect([signal, stdout]).toEqual([expect.stringMatching(/^SIG(TERM|KILL)$/), '']);
  expect(stderr).toMatch(/^seqx: memory: \d{3} MiB \(PSS\) is over the 300 MiB limit; ending "sh -c .*$/m);
  await isEmpty(scratch);
  await scratch.settle();
  expect(await journalOf(scratch)).toMatchObject([{ outcome: 'memory' }]);
});

test('--timeout ends the holder and everything it started', async () => {
  await using scratch = new Scratch();
  const holder = shell(
    scratch,
    'SEQX_RUN=$(seqx --timeout 200ms hold); export SEQX_RUN; sleep 600; echo never',
  );
  const { signal, stdout } = await holder.ended;
  expect([signal, stdout]).toEqual(['SIGTERM', '']);
  await scratch.settle();
  expect(await journalOf(scratch)).toMatchObject([{ outcome: 'timeout' }]);
});

test('a deleted state folder ends the holder: it has no lock any more', async () => {
  await using scratch = new Scratch();
  const holder = await owner(scratch);
  await watchdogPid(scratch);
  for (const path of entryPaths(scratch.state))
    await scratch.start('rm', ['-r', join(path, '..', '..', '..')]).ended;
  const { signal } = await holder.ended;
  expect(signal).toBe('SIGTERM');
  expect(holder.stderr).toMatch(/^seqx: LOST THE LOCK of web: .*; ending "sh .*hold-by.sh"$/m);
  await scratch.settle();
});

test('cancel ends the holder, by the name that status shows', async () => {
  await using scratch = new Scratch();
  const holder = await owner(scratch);
  const { running } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
  const { code, stderr } = await ask(scratch, ['cancel', running[0].ticket]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^seqx: ended pid \d+ "sh .*hold-by.sh"$/m)]);
  expect((await holder.ended).signal).toBe('SIGTERM');
  await scratch.settle();
  expect(await journalOf(scratch)).toMatchObject([{ outcome: 'cancelled' }]);
});

test('kill-all ends the holder and those who wait to hold', async () => {
  await using scratch = new Scratch();
  const holder = await owner(scratch);
  const waiting = scratch.seqx(['hold', '--pid', String(process.pid)]);
  await ticketCount(scratch, 2);
  const { code } = await ask(scratch, ['kill-all', '--yes']);
  expect(code).toBe(0);
  expect((await holder.ended).signal).toBe('SIGTERM');
  expect((await waiting.ended).code).toBe(75);
  await scratch.settle();
});

test('a watchdog that is killed leaves the holder alone; the next one ends the run after --stuck-timeout', async () => {
  await using scratch = new Scratch();
  const holder = await owner(scratch);
  process.kill(await watchdogPid(scratch), 'SIGKILL');
  const next = scratch.seqx(['--stuck-timeout', '3s', 'echo', 'next']);
  expect(await next.ended).toMatchObject({ code: 0, stdout: 'next\n' });
  expect(isWell(holder.pid)).toBe(false);
  await scratch.settle();
});

test('a holder and its watchdog that are killed at once: the next one ends the orphans and takes over', async () => {
  await using scratch = new Scratch();
  const holder = shell(
    scratch,
    'SEQX_RUN=$(seqx hold); export SEQX_RUN; setsid sleep 600 & echo "up $!"; wait',
  );
  await holder.says('up');
  const child = commandPid(holder);
  await until('the child carries the token', () => stateOf(child) === 'S');
  const watchdog = await watchdogPid(scratch);
  process.kill(watchdog, 'SIGSTOP');
  holder.kill('SIGKILL');
  await holder.exited;
  process.kill(watchdog, 'SIGKILL');
  const { stdout, stderr } = await ask(scratch, tellState(child));
  expect(stdout).toMatch(GONE);
  expect(stderr).toContain('seqx: removed a stale lock: pid');
  await scratch.settle();
});

test('a holder that is stopped keeps the gate', async () => {
  await using scratch = new Scratch();
  const holder = await owner(scratch);
  holder.kill('SIGSTOP');
  await until('it is stopped', () => stateOf(holder.pid) === 'T');
  expect(await ask(scratch, ['--wait', '1s', 'true'])).toMatchObject({ code: 75 });
  expect((await ask(scratch, ['status'])).stdout).toContain('suspended');
  holder.kill('SIGCONT');
  await letGo(holder);
  await scratch.settle();
});

test('what the holder leaves in its session is ended; its daemons are left and named', async () => {
  await using scratch = new Scratch();
  const script =
    'SEQX_RUN=$(seqx hold); export SEQX_RUN; sleep 601 >/dev/null 2>&1 & setsid sleep 602 >/dev/null 2>&1 & echo "up $!"; sleep 0.1';
  const holder = shell(scratch, script);
  const { stderr } = await holder.ended;
  expect(stderr).toContain('seqx: ended 1 process that');
  expect(stderr).toMatch(/^seqx: left running: pid \d+ "sleep 602"/m);
  await isEmpty(scratch);
  expect((await ask(scratch, ['kill-all', '--yes'])).code).toBe(0);
  await scratch.settle();
});

test('what the holder had started before it held is left alone, and what descends from it; the hint is for kill-all', async () => {
  await using scratch = new Scratch();
  const quiet = '>/dev/null 2>&1 </dev/null &';
  const script = [
    `sleep 611 ${quiet} a=$!`,
    `(while [ ! -e go ]; do sleep 0.05; done; sleep 612 & echo $! >below; wait) ${quiet} b=$!`,
    'T=$(seqx hold --pid $$)',
    `touch go; until [ -s below ]; do sleep 0.05; done`,
    `sleep 613 ${quiet} c=$!`,
    `setsid sleep 614 ${quiet} d=$!`,
    `SEQX_RUN=$T setsid sleep 615 ${quiet} e=$!`,
    'echo "up $a $b $(cat below) $c $d $e"; read -r _',
  ].join('\n');
  const holder = shell(scratch, script, { stdin: 'open' });
  await holder.says(/^up.*\n/m);
  const pids = holder.stdout.trim().split(' ').slice(1).map(Number);
  // Descent is known from the watchdog's looks.
  await until('the watchdog has seen them all', async () => {
    const { running } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
    return running[0]?.memory?.processes >= 7;
  });
  await letGo(holder);
  await isEmpty(scratch);
  try {
    expect(pids.map(isWell)).toEqual([true, true, true, false, true, true]);
    expect(holder.stderr).toMatch(
      /^seqx: left running: pid \d+ "sleep 615" \(end with: seqx kill-all\), pid \d+ "sleep 614"$/m,
    );
  } finally {
    for (const pid of pids.filter(isWell)) process.kill(pid);
  }
  await scratch.settle();
});

test('release gives the gate back while the holder goes on; its children live', async () => {
  await using scratch = new Scratch();
  const script =
    'SEQX_RUN=$(seqx hold); export SEQX_RUN; sleep 600 & child=$!; seqx release && kill -0 $child && echo "up $child"; read -r _; kill $child';
  const holder = shell(scratch, script, { stdin: 'open' });
  await holder.says('up');
  expect(await ask(scratch, ['--no-wait', 'echo', 'next'])).toMatchObject({ code: 0, stdout: 'next\n' });
  await letGo(holder);
  await scratch.settle();
  expect(await journalOf(scratch)).toMatchObject([{ outcome: 'released' }, { outcome: 'exited' }]);
});

test('release takes the token from anywhere, and works when the watchdog is gone', async () => {
  await using scratch = new Scratch();
  const holder = await owner(scratch);
  process.kill(await watchdogPid(scratch), 'SIGKILL');
  expect((await ask(scratch, ['release', tokenOf(holder)], { cwd: '/' })).code).toBe(0);
  expect(await ask(scratch, ['--no-wait', 'true'])).toMatchObject({ code: 0 });
  await letGo(holder);
  await scratch.settle();
});

describe('release past a watchdog that does not answer', () => {
  const mute = {
    'it is stopped': async (scratch: Scratch) => process.kill(await watchdogPid(scratch), 'SIGSTOP'),
    'its socket is gone': async (scratch: Scratch) => {
      await watchdogPid(scratch);
      rmSync(join(await gateFolder(scratch), 's'), { recursive: true });
    },
  };
  test.each(Object.keys(mute) as (keyof typeof mute)[])('the holder lives on: %s', async why => {
    await using scratch = new Scratch();
    const holder = await owner(scratch);
    const watchdog = await watchdogPid(scratch);
    await mute[why](scratch);
    expect((await ask(scratch, ['release', tokenOf(holder)])).code).toBe(0);
    expect(await ask(scratch, ['--no-wait', 'true'])).toMatchObject({ code: 0 });
    // It would find its slot lost, and end the holder for it.
    await until('the watchdog is gone', () => stateOf(watchdog) === undefined);
    expect([isWell(holder.pid), holder.stderr]).toEqual([true, '']);
    await letGo(holder);
    await scratch.settle();
  });

  test('one that wakes up when the slot is free hears of the release first', async () => {
    await using scratch = new Scratch();
    const holder = await owner(scratch);
    const watchdog = await watchdogPid(scratch);
    process.kill(watchdog, 'SIGSTOP');
    const nonce = tokenOf(holder).split('-').at(-1) ?? '';
    expect(await localSockets.send(join(await gateFolder(scratch), 's', nonce), 'release')).toBe(false);
    for (const path of entryPaths(scratch.state)) rmSync(path);
    process.kill(watchdog, 'SIGCONT');
    await until('the watchdog is gone', () => stateOf(watchdog) === undefined);
    expect([isWell(holder.pid), holder.stderr]).toEqual([true, '']);
    await letGo(holder);
    await scratch.settle();
    expect(await journalOf(scratch)).toMatchObject([{ outcome: 'released' }]);
  });
});

test.each([
  { name: 'nothing is held', words: ['release'], said: /no process around this one holds the gate of web/ },
  { name: 'the token is unknown', words: ['release', 'nonsense'], said: /that token does not hold the gate/ },
  { name: 'there are two words', words: ['release', 'a', 'b'], said: /release takes one token/ },
  {
    name: 'the pid is no number',
    words: ['hold', '--pid', 'x'],
    said: /--pid takes the number of a process, not "x"/,
  },
  {
    name: 'the process does not exist',
    words: ['hold', '--pid=2147483646'],
    said: /there is no process 2147483646/,
  },
  { name: 'there is a word too many', words: ['hold', 'make'], said: /seqx hold takes no words/ },
  {
    name: 'the flag is unknown',
    words: ['hold', '--pdi', '3'],
    said: /unknown flag --pdi; did you mean --pid/,
  },
])('says what is wrong when $name', async ({ words, said }) => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await ask(scratch, words);
  expect([code, stdout]).toEqual([125, '']);
  expect(stderr).toMatch(said);
  expect(stderr).toContain('  try: ');
  await scratch.settle();
});

test('a hold whose parent has gone is refused: nobody would ever end it', async context => {
  await using scratch = new Scratch();
  const orphan =
    'my $parent = $$; fork and exit; 1 while getppid() == $parent; print getppid(), "\\n"; exec "seqx", "hold"';
  const { stdout, stderr } = await shell(scratch, `exec perl -e '$| = 1; ${orphan}'`).ended;
  context.skip(!stdout.startsWith('1\n'), 'orphans are not adopted by pid 1 here');
  expect(stdout).toBe('1\n');
  expect(stderr).toContain('the parent process is gone (or is pid 1)');
  await scratch.settle();
});

test('--bypass runs beside a holder, is said, and is counted in the history', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const env = { SEQX_BYPASS: '1', ...seqxOnPath(scratch) };
  const run = await ask(scratch, ['echo', 'beside'], { env });
  expect(run).toMatchObject({ code: 0, stdout: 'beside\n' });
  expect(run.stderr).toContain('seqx: bypassing the gate of web');
  expect(await shell(scratch, 'seqx hold >/dev/null && echo beside', { env }).ended).toMatchObject({
    stdout: 'beside\n',
  });
  await letGo(holder);
  await scratch.settle();
  const entries = await journalOf(scratch);
  expect(entries.filter(({ bypassed, outcome }) => bypassed || outcome === 'bypassed')).toHaveLength(2);
  expect((await ask(scratch, ['history'])).stdout).toContain('bypassed');
});
