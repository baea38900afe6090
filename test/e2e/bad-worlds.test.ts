// Surroundings that go wrong without touching the state folder's safety: corrupted entries, clocks that are
// set, reused pids, odd paths, missing homes. Each works, or waits, and says what it found.

import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import {
  ask,
  commandPid,
  entryPaths,
  hold,
  isWell,
  letGo,
  ticketCount,
  watchdogPid,
} from '../helpers/gate.ts';
import { fixture, SEQX, SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

test('entries with times of another century change nothing: age is no proof', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const watchdog = await watchdogPid(scratch);
  // Stopped, so that no heartbeat mends the times before a contender sees them.
  process.kill(watchdog, 'SIGSTOP');
  for (const year of ['1971', '2099']) {
    const when = new Date(`${year}-01-01`);
    const files = readdirSync(scratch.state, { recursive: true, encoding: 'utf8' });
    for (const file of files) utimesSync(join(scratch.state, file), when, when);
    expect((await ask(scratch, ['--no-wait', 'true'])).code).toBe(75);
    const { stdout } = await ask(scratch, ['status', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ running: [{ state: 'running' }], queue: [] });
  }
  process.kill(watchdog, 'SIGCONT');
  expect(isWell(commandPid(holder))).toBe(true);
  expect((await letGo(holder)).code).toBe(0);
  await scratch.settle();
});

test('contenders whose clocks are a year apart take turns in the order of arrival', async () => {
  await using scratch = new Scratch();
  const clock = (offMs: number) => ({
    NODE_OPTIONS: `--require=${fixture('clock-off.cjs')}`,
    OFF_MS: String(offMs),
  });
  const holder = await hold(scratch, [], { env: clock(-YEAR_MS) });
  const waiters = [];
  for (const [index, offMs] of [YEAR_MS, -2 * YEAR_MS, 0].entries()) {
    waiters.push(scratch.seqx(['sh', '-c', `echo ${index} >> order`], { env: clock(offMs) }));
    await ticketCount(scratch, 2 + index);
  }
  expect(existsSync(join(scratch.project, 'order'))).toBe(false);
  await letGo(holder);
  for (const waiter of waiters) expect((await waiter.ended).code).toBe(0);
  expect(readFileSync(join(scratch.project, 'order'), 'utf8')).toBe('0\n1\n2\n');
  await scratch.settle();
});

test('an entry whose pid is another process by now is cleared, and that process spared', async () => {
  await using scratch = new Scratch();
  const stranger = scratch.start('sh', [fixture('hold.sh')], { stdin: 'open' });
  await stranger.says('up');
  await plant(scratch, name => name.replace(/^(\d{20})-\d+-\d+-/, `$1-${stranger.pid}-1-`));
  const { code, stderr } = await ask(scratch, ['true']);
  expect(code).toBe(0);
  expect(stderr).toContain(`seqx: removed a stale lock: pid ${stranger.pid} is another process by now`);
  expect(isWell(stranger.pid)).toBe(true);
  await letGo(stranger);
  await scratch.settle();
});

test('an entry from before the last boot is cleared, and its pid spared', async () => {
  await using scratch = new Scratch();
  const holder = scratch.start('sh', [fixture('hold.sh')], { stdin: 'open' });
  await holder.says('up');
  const pattern = /^(\d{20})-\d+-(\d+)-[0-9a-f]{8}-/;
  await plant(scratch, name => name.replace(pattern, `$1-${holder.pid}-$2-0badb007-`));
  const { code, stderr } = await ask(scratch, ['true']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('ran before the last boot')]);
  expect(isWell(holder.pid)).toBe(true);
  await letGo(holder);
  await scratch.settle();
});

test('an entry that seqx has not written holds the gate until it was watched long enough', async () => {
  await using scratch = new Scratch();
  await plant(scratch, () => 'garbage');
  expect((await ask(scratch, ['--no-wait', 'true'])).code).toBe(75);
  const { code, stderr } = await ask(scratch, ['--stuck-timeout', '3s', 'true']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('it was not written by seqx')]);
  await scratch.settle();
});

test('torn and foreign files in the queue harm nobody', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const [entry = ''] = entryPaths(scratch.state);
  const queue = join(dirname(dirname(dirname(entry))), 'q');
  const ours = readdirSync(queue);
  for (const name of ['garbage', '0-', '1-\u001b[2J', `0-${'9'.repeat(20)}-0-1-00000000-0-00000000`]) {
    writeFileSync(join(queue, name), '\u0000\u001b]0;torn{');
  }
  mkdirSync(join(queue, 'folder'));
  for (const name of ours) writeFileSync(join(queue, name), '{"schema":"seqx.ticket/1","argv":"torn');
  const waiter = scratch.seqx(['true']);
  await until('the waiter has its ticket', () => readdirSync(queue).length === ours.length + 6);
  const { code, stdout } = await ask(scratch, ['status']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('1 run waiting:')]);
  expect(stdout).not.toContain('\u001b');
  expect((await letGo(holder)).code).toBe(0);
  expect((await waiter.ended).code).toBe(0);
});

test.each(['two words', 'Grüße 你好 🚧', 'new\nline', 'quo\'te"s $(x)', '-dash'])(
  'a project path with %j has its one lock, and shows on one line',
  async name => {
    await using scratch = new Scratch();
    const cwd = join(scratch.root, name);
    mkdirSync(cwd);
    const holder = await hold(scratch, [], { cwd });
    expect((await ask(scratch, ['--no-wait', 'true'], { cwd })).code).toBe(75);
    const { stdout } = await ask(scratch, ['status'], { cwd });
    expect(utf8(stdout).split('\n')[0]).toContain(name.replace('\n', ' '));
    const { code, stdout: answer } = await letGo(holder);
    expect([code, answer]).toEqual([0, expect.stringMatching(/^up \d+\n$/)]);
    const { stdout: where } = await ask(scratch, ['--cwd', cwd, 'pwd']);
    expect(utf8(where)).toBe(`${cwd}\n`);
    await scratch.settle();
  },
);

test.each([
  { name: 'without HOME', env: [] },
  { name: 'with a journal that cannot be written', env: ['XDG_STATE_HOME=/proc/self'] },
  { name: 'with a journal that is no folder', env: [`XDG_STATE_HOME=${SEQX}`] },
])('runs $name', async ({ env }) => {
  await using scratch = new Scratch();
  const bare = ['-u', 'HOME', '-u', 'XDG_STATE_HOME', '-u', 'XDG_CONFIG_HOME', ...env];
  const { code, stdout, stderr } = await scratch.start('env', [...bare, ...SEQX_WORDS, 'echo', 'ran']).ended;
  expect([code, stdout, stderr]).toEqual([0, 'ran\n', '']);
  await scratch.settle();
});

test('writes nothing into the work tree', async () => {
  await using scratch = new Scratch();
  await scratch.git('init', '--quiet');
  const before = readdirSync(scratch.project, { recursive: true, encoding: 'utf8' });
  expect((await ask(scratch, ['true'])).code).toBe(0);
  expect(readdirSync(scratch.project, { recursive: true, encoding: 'utf8' })).toEqual(before);
});

/** `Started` keeps stdout byte by byte. */
const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString();

/** Leaves an entry in the slot of this project's gate: that of a real run, under another name. */
async function plant(scratch: Scratch, rename: (name: string) => string): Promise<void> {
  const holder = await hold(scratch);
  const [entry = ''] = entryPaths(scratch.state);
  await letGo(holder);
  mkdirSync(dirname(entry));
  writeFileSync(join(dirname(entry), rename(basename(entry))), '');
}
