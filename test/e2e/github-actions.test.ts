// Under GitHub Actions: annotations beside the usual lines, and a row for each run in the step's summary.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lacks } from '../helpers/capability.ts';
import { ask, hold, letGo } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';

const HEADER = '| command | waited | ran | peak memory | outcome |\n|---|---:|---:|---:|---|\n';
const ACTIONS = { GITHUB_ACTIONS: 'true', CI: 'true' };

const summaryOf = ({ root }: Scratch): string => join(root, 'summary.md');
const under = (scratch: Scratch) => ({ env: { ...ACTIONS, GITHUB_STEP_SUMMARY: summaryOf(scratch) } });
const commands = (stderr: string): string[] => stderr.split('\n').filter(line => line.startsWith('::'));

test('a run that did not wait says nothing, and is a row', async () => {
  await using scratch = new Scratch();
  expect(await ask(scratch, ['echo', 'a|b'], under(scratch))).toMatchObject({ code: 0, stderr: '' });
  const text = readFileSync(summaryOf(scratch), 'utf8');
  expect(text.slice(0, HEADER.length)).toBe(HEADER);
  const row = /^\| <code>echo 'a&#124;b'<\/code> \| \d+ms \| \d+ms \| .* \| ok \|\n$/;
  expect(text.slice(HEADER.length)).toMatch(row);
});

test('a wait is a notice that names the holder', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const waiter = scratch.seqx(['true'], under(scratch));
  await waiter.says('waiting for web', 'stderr');
  await letGo(holder);
  const { stderr } = await waiter.ended;
  expect(commands(stderr)).toEqual([
    expect.stringMatching(
      new RegExp(`^::notice title=seqx::waited [\\d.]+s for web, behind pid ${holder.pid} "sh .*hold\\.sh"`),
    ),
  ]);
});

test('a run that did not run is an error and a row', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const { code, stderr } = await ask(scratch, ['--no-wait', 'true'], under(scratch));
  expect(code).toBe(75);
  expect(commands(stderr)).toEqual([
    expect.stringMatching(
      /^::error title=seqx::web is taken by .*; nothing was run \(exit 75\)%0A {2}try: seqx/,
    ),
  ]);
  expect(readFileSync(summaryOf(scratch), 'utf8')).toContain('| not run&#58; busy (exit 75) |\n');
  await letGo(holder);
});

test.skipIf(lacks('perl'))('memory that runs out is a warning, then an error', async () => {
  await using scratch = new Scratch();
  const words = ['--memory-limit', '120M', '--check-interval', '20ms', '--kill-grace', '200ms'];
  const eat = `sleep 600 | perl ${fixture('eat-memory.pl')} 80`;
  const run = scratch.seqx([...words, 'sh', '-c', `${eat} & read -r go; ${eat}`], {
    ...under(scratch),
    stdin: 'open',
  });
  await run.says('::warning', 'stderr');
  run.child.stdin?.write('go\n');
  const { code, stderr } = await run.ended;
  expect(code).toBe(137);
  expect(commands(stderr)).toEqual([
    expect.stringMatching(/^::warning title=seqx::memory: .* of its 120 MiB limit \(\d+%25\)$/),
    expect.stringMatching(/^::error title=seqx::memory: ended "sh -c .*%0A {2}try: a higher --memory-limit$/),
  ]);
  expect(readFileSync(summaryOf(scratch), 'utf8')).toMatch(/MiB \| ended&#58; memory \(exit 137\) \|\n$/);
  await scratch.settle();
});

test('a failure of seqx itself is an error, with a row where there was a run', async () => {
  await using scratch = new Scratch();
  const { env } = under(scratch);
  const broken = await ask(scratch, ['true'], { env: { ...env, SEQX_STATE_DIR: '/proc/nowhere' } });
  expect([broken.code, commands(broken.stderr)]).toEqual([
    125,
    [expect.stringMatching(/^::error title=seqx::cannot use the state folder .*%0A {2}try: /)],
  ]);
  expect(readFileSync(summaryOf(scratch), 'utf8')).toMatch(
    /\| seqx failed&#58; SEQX&#95;STATE&#95;UNUSABLE \|\n$/,
  );
  const misread = await ask(scratch, ['--wiat', '5m', 'true'], { env });
  expect(commands(misread.stderr)).toEqual([expect.stringContaining('did you mean --wait?')]);
});

test('the runs of one step share a table', async () => {
  await using scratch = new Scratch();
  writeFileSync(summaryOf(scratch), '## Build\n');
  const line = 'seqx true; seqx sh -c "exit 3" || seqx sh -c "seqx echo nested"';
  const env = { ...seqxOnPath(scratch), ...under(scratch).env };
  await scratch.start('sh', ['-c', line], { env }).ended;
  const text = readFileSync(summaryOf(scratch), 'utf8');
  expect(text.startsWith(`## Build\n\n${HEADER}`)).toBe(true);
  const rows = text.slice(`## Build\n\n${HEADER}`.length).trim().split('\n');
  expect(rows.map(row => row.split('|').at(-2)?.trim())).toEqual(['ok', 'exit 3', 'ok', 'ok']);
});

test('--quiet silences notices, and still fills the summary', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const { code, stderr } = await ask(scratch, ['-q', '--wait', '1100ms', 'true'], under(scratch));
  expect([code, stderr]).toEqual([75, '']);
  expect(readFileSync(summaryOf(scratch), 'utf8')).toContain('not run&#58; wait-passed');
  await letGo(holder);
});

test('stderr that is asked to be JSON stays JSON', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const { stderr } = await ask(scratch, ['--progress=json', '--no-wait', 'true'], under(scratch));
  expect(commands(stderr)).toEqual([]);
  for (const line of stderr.trim().split('\n')) expect(JSON.parse(line).schema).toBe('seqx.event/1');
  await letGo(holder);
});

test.each([
  ['a folder', (path: string) => mkdirSync(path)],
  ['below a file', (path: string) => writeFileSync(path.replace(/\/below$/, ''), ''), '/below'],
])('a summary that is %s fails nothing', async (_what, prepare, below = '') => {
  await using scratch = new Scratch();
  const path = summaryOf(scratch) + below;
  prepare(path);
  const env = { ...ACTIONS, GITHUB_STEP_SUMMARY: path };
  const { code, stdout, stderr } = await ask(scratch, ['echo', 'ran'], { env });
  expect([code, stdout]).toEqual([0, 'ran\n']);
  expect(stderr).toMatch(/^seqx: no line in the step summary: .+\n$/);
});

test('elsewhere there are neither annotations nor summaries', async () => {
  await using scratch = new Scratch();
  const env = { CI: 'true', GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: summaryOf(scratch) };
  const { stderr } = await ask(scratch, ['no-such-command'], { env });
  expect(commands(stderr)).toEqual([]);
  expect(existsSync(summaryOf(scratch))).toBe(false);
});
