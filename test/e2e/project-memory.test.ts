// `seqx memory`: what runs and leftovers use, ending what dead runs have left and nothing else, waiting for room.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, commandPid, hold, isWell, killSeqx, letGo } from '../helpers/gate.ts';
import { fixture, SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const MB = 2 ** 20;
const QUICK = { env: { SEQX_KILL_GRACE: '300ms' } };

/** A run that ends at once and leaves a daemon with so many MB, which lives until the file is there. */
async function leave(scratch: Scratch, megabytes: number): Promise<string> {
  const file = join(scratch.root, 'enough');
  await ask(scratch, ['perl', fixture('heavy-daemon.pl'), String(megabytes), file]);
  return file;
}

const json = async (scratch: Scratch, ...words: string[]) => {
  const { code, stdout } = await ask(scratch, ['memory', '--json', ...words], QUICK);
  return { code, ...JSON.parse(stdout) };
};

test('shows the machine, a run with the heap limits of its Node processes, and what ended runs have left', async () => {
  await using scratch = new Scratch();
  await leave(scratch, 60);
  const script = 'console.log("up"); process.stdin.resume().on("end", () => process.exit())';
  const run = scratch.seqx([process.execPath, '--max-old-space-size=123', '-e', script], { stdin: 'open' });
  await run.says('up');
  const memory = await json(scratch);
  expect(memory).toMatchObject({
    code: 0,
    schema: 'seqx.memory/1',
    gate: { name: 'web' },
    runs: [{ pid: run.pid, state: 'running', nodes: [{ limitBytes: 123 * MB, from: 'command line' }] }],
    leftovers: [{ command: ['perl', fixture('heavy-daemon.pl'), '60', expect.any(String)] }],
  });
  expect(memory.leftovers[0].bytes).toBeGreaterThan(60 * MB);
  expect(memory.usedBytes).toBe(memory.runs[0].bytes + memory.leftovers[0].bytes);
  expect(memory.machine.availableBytes).toBeLessThan(memory.machine.totalBytes);
  const { stdout } = await ask(scratch, ['memory']);
  expect(stdout).toMatch(/^ {2}memory {4,}\S+ \w+ used of \S+ \w+, \S+ \w+ available$/m);
  const [node = ''] = /^ +pid \d+ .*heap limit 123 MiB \(command line\) .*$/m.exec(stdout) ?? [];
  expect(node.length, 'fits into a terminal').toBeLessThanOrEqual(80);
  expect(stdout).toMatch(/^ {2}\S+ MiB in all; end them with: seqx memory --cleanup$/m);
  run.child.stdin?.end();
  await run.ended;
  await ask(scratch, ['memory', '--cleanup'], QUICK);
  await scratch.settle();
});

test('--cleanup ends what an ended run has left, says what that freed, and leaves the living run alone', async () => {
  await using scratch = new Scratch();
  await leave(scratch, 60);
  const holder = await hold(scratch);
  const { code, stdout, stderr } = await ask(scratch, ['memory', '--cleanup'], QUICK);
  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).toMatch(/^seqx: memory before: 1 process left by dead runs, this project uses \S+ MiB, /);
  expect(stderr).toMatch(/^seqx: memory after: {2}0 processes left by dead runs, /m);
  expect(stderr).toMatch(/^seqx: freed 6\d\.\d MiB; ended 1 process$/m);
  expect(isWell(commandPid(holder))).toBe(true);
  await letGo(holder);
  await scratch.settle();
});

test('--cleanup ends the tree of a run whose seqx was killed, and frees its slot', async () => {
  await using scratch = new Scratch();
  const run = scratch.seqx(['sh', '-c', 'echo up $$; exec sleep 600']);
  await run.says('up');
  await killSeqx(scratch, run);
  const { cleanup, runs } = await json(scratch, '--cleanup');
  expect([cleanup.before.leftovers, cleanup.after.leftovers, cleanup.ended, runs]).toEqual([1, 0, 1, []]);
  expect(isWell(commandPid(run))).toBe(false);
  expect((await ask(scratch, ['--no-wait', 'true'])).code).toBe(0);
  await scratch.settle();
});

test('a leftover that a living run has come from is no leftover, nor is a run past the gate', async () => {
  await using scratch = new Scratch();
  const again = `${SEQX_WORDS.join(' ')} sleep 600; true`;
  const daemon = `until [ -e go ]; do sleep 0.02; done; ${again}`;
  await ask(scratch, ['-c', `setsid sh -c '${daemon}' >/dev/null 2>&1 & sleep 0.3`]);
  writeFileSync(join(scratch.project, 'go'), '');
  await until('the run of the daemon runs', async () => (await json(scratch)).runs.length === 1);
  const bypass = await hold(scratch, ['--bypass']);
  const [before] = (await json(scratch)).runs;
  const { cleanup, leftovers, runs } = await json(scratch, '--cleanup');
  expect([cleanup.ended, leftovers]).toEqual([0, []]);
  expect(runs).toMatchObject([{ pid: before.pid, state: 'running' }]);
  expect(isWell(commandPid(bypass))).toBe(true);
  await letGo(bypass);
  await ask(scratch, ['kill-all', '--yes'], QUICK);
  await scratch.settle();
});

test('--wait-below waits until the memory of this project is below, exit 0', async () => {
  await using scratch = new Scratch();
  const file = await leave(scratch, 60);
  const waiter = scratch.seqx(['memory', '--wait-below', '30M', '--timeout', '60s']);
  const second = await ask(scratch, ['memory', '--wait-below', '30M', '--timeout', '10ms']);
  expect([second.code, second.stdout]).toEqual([75, '']);
  expect(second.stderr).toMatch(
    /^seqx: memory is not below 30\.0 MiB after \S+: 6\d\.\d MiB used, .* \(exit 75\)\n {2}try: seqx doctor --memory\n$/,
  );
  expect(waiter.isOver).toBe(false);
  writeFileSync(file, '');
  const { code, stderr } = await waiter.ended;
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^seqx: memory is below 30\.0 MiB after /)]);
  await scratch.settle();
});

test('--cleanup --wait-below is what a hook calls: nothing to wait for any more', async () => {
  await using scratch = new Scratch();
  await leave(scratch, 60);
  const { code, cleanup, waited, leftovers } = await json(
    scratch,
    '--cleanup',
    '--wait-below=30M',
    '--timeout=9s',
  );
  expect([code, cleanup.ended, waited.isBelow, leftovers]).toEqual([0, 1, true, []]);
  expect(cleanup.freedBytes).toBeGreaterThan(60 * MB);
  expect(waited).toMatchObject({ belowBytes: 30 * MB, usedBytes: 0 });
  await scratch.settle();
});

test('called from inside a run it counts that run, whose memory is this project’s as well', async () => {
  await using scratch = new Scratch();
  const script = '$x = "a" x 60_000_000; system(@ARGV); exit($? >> 8)';
  const words = ['memory', '--wait-below', '30M', '--timeout', '10ms'];
  const { code, stderr } = await ask(scratch, ['perl', '-e', script, ...SEQX_WORDS, ...words]);
  expect(code).toBe(75);
  expect(stderr).toMatch(/^seqx: memory is not below 30\.0 MiB after \S+: \S+ MiB used, /m);
  await scratch.settle();
});

test('--machine asks for what is used on the whole machine', async () => {
  await using scratch = new Scratch();
  const none = await json(scratch, '--wait-below', '1M', '--timeout', '1ms', '--machine');
  expect([none.code, none.waited.isBelow]).toEqual([75, false]);
  expect(none.waited.usedBytes).toBeGreaterThan(20 * MB);
  const plenty = await json(scratch, '--wait-below', '900T', '--machine');
  expect([plenty.code, plenty.waited.isBelow]).toEqual([0, true]);
});

test.each([
  [['--timeout', '5m'], '--timeout goes with --wait-below'],
  [['--machine'], '--machine goes with --wait-below'],
  [['--wait-below', 'lots'], '--wait-below is "lots"; it takes a size'],
  [['--wait-below', '0'], '--wait-below is "0"; it takes a size'],
  [['--wait-below', '4G', '--timeout', 'soon'], '--timeout is "soon"; it takes a duration'],
])('refuses %j and says what it takes', async (words, message) => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await ask(scratch, ['memory', ...words]);
  expect([code, stdout]).toEqual([125, '']);
  expect(stderr).toContain(`seqx: memory: ${message}`);
  expect(stderr).toContain('try: seqx memory --wait-below 4G --timeout 5m');
});
