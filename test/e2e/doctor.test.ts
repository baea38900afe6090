// `seqx doctor`: where things are, every setting with its origin, and what crashes have left.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SETTING_FLAGS } from '../../src/base/settings.ts';
import { ask, killSeqx } from '../helpers/gate.ts';
import { SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { lacksTerminal, Terminal } from '../helpers/terminal.ts';

test('names the origin of every setting: flag, variable, old name, files, default', async () => {
  await using scratch = new Scratch();
  const { project, root } = scratch;
  writeFileSync(join(project, 'seqx.toml'), 'git-wait = "2s"\n');
  writeFileSync(join(project, 'package.json'), '{"seqx": {"leftovers": "kill"}}');
  mkdirSync(join(root, 'config', 'seqx'), { recursive: true });
  writeFileSync(join(root, 'config', 'seqx', 'config.toml'), 'priority = "low"\n');
  const env = { SEQX_WAIT: '90', MEMORY_LIMIT_MB: '512' };
  const { code, stdout } = await ask(scratch, ['doctor', '--json', '--scope', 'user'], { env });
  const report = JSON.parse(stdout);
  expect([code, report.schema]).toEqual([0, 'seqx.doctor/1']);
  const found = new Map(report.settings.map((row: { name: string }) => [row.name, row]));
  expect([...found.keys()]).toEqual(SETTING_FLAGS);
  const rows: [string, unknown, string][] = [
    ['scope', 'user', '--scope'],
    ['wait', 90_000, 'SEQX_WAIT'],
    ['memory-limit', 512 * 2 ** 20, 'MEMORY_LIMIT_MB'],
    ['git-wait', 2_000, `git-wait in ${project}/seqx.toml`],
    ['leftovers', 'kill', `leftovers in "seqx" of ${project}/package.json`],
    ['priority', 'low', `priority in ${root}/config/seqx/config.toml`],
    ['kill-grace', 5_000, 'default'],
  ];
  for (const [name, value, origin] of rows) expect(found.get(name)).toEqual({ name, value, origin });
});

test('shows values as they would be typed, and what it means that one is not set', async () => {
  await using scratch = new Scratch();
  const env = { SEQX_MEMORY_LIMIT: '2050M', SEQX_TIMEOUT: '5400', SEQX_QUIET: '1' };
  const { stdout } = await ask(scratch, ['doctor'], { env });
  const shown = (name: string) => new RegExp(`^  ${name} +(.*?)  `, 'm').exec(stdout)?.[1];
  const names = ['memory-limit', 'timeout', 'quiet', 'kill-grace', 'process-memory-limit', 'wait', 'events'];
  expect(names.map(shown)).toEqual(['2050M', '90m', 'yes', '5s', 'off', 'as long as it takes', 'none']);
});

test.skipIf(lacksTerminal)('on a terminal what stands in the way is broken at its width', async () => {
  await using scratch = new Scratch();
  writeFileSync(join(scratch.project, 'Makefile'), 'all:\n');
  const [file, ...words] = SEQX_WORDS;
  const terminal = new Terminal(scratch, file, [...words, 'doctor'], { columns: 60 });
  await terminal.ended;
  await terminal.shows('Left behind');
  const ways = terminal.shown.slice(terminal.shown.indexOf('Ways to the gate')).split('\r\n');
  expect(ways[1]).toBe('  OPEN  make: plain make goes past the gate:');
  expect(ways[2]).toContain(`        ${scratch.project}/Makefile`);
});

test('reports where things are and what this system can do', async () => {
  await using scratch = new Scratch();
  const { code, stdout } = await ask(scratch, ['doctor']);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^ {2}state folder +${scratch.state}: ok$`, 'm'));
  expect(stdout).toMatch(new RegExp(`^ {2}journal +${scratch.root}/journal/seqx/`, 'm'));
  expect(stdout).toMatch(/^ {2}memory-limit +\S+ +default$/m);
  expect(stdout).toMatch(/^ {2}(yes|no) +find processes of a run by their token/m);
  expect(stdout).toMatch(/^Left behind\n {2}nothing$/m);
  expect(scratch.litter()).toEqual([]);
});

test('finds what killed runs have left, and the next kill-all clears it', async () => {
  await using scratch = new Scratch();
  const run = scratch.seqx(['sh', '-c', 'echo up $$; exec sleep 600']);
  await run.says('up');
  await killSeqx(scratch, run);
  const { stale } = JSON.parse((await ask(scratch, ['doctor', '--json'])).stdout);
  expect(stale).toBeGreaterThan(0);
  expect((await ask(scratch, ['doctor'])).stdout).toMatch(
    /\d stale files? of dead runs; the next run clears/,
  );
  await ask(scratch, ['kill-all', '--yes']);
  const after = JSON.parse((await ask(scratch, ['doctor', '--json'])).stdout);
  expect(after).toMatchObject({ stale: 0, leftovers: [] });
  await scratch.settle();
});

test('finds the daemon of a run that has ended', async () => {
  await using scratch = new Scratch();
  await scratch.seqx(['-c', 'setsid sleep 600 >/dev/null 2>&1 & sleep 0.3']).ended;
  const { leftovers } = JSON.parse((await ask(scratch, ['doctor', '--json'])).stdout);
  expect(leftovers).toEqual([{ pid: expect.any(Number), command: ['sleep', '600'] }]);
  await ask(scratch, ['kill-all', '--yes']);
  await scratch.settle();
});

test('exits 1 and says why where the state folder is not safe', async () => {
  await using scratch = new Scratch();
  chmodSync(scratch.state, 0o777);
  const { code, stdout } = await ask(scratch, ['doctor']);
  expect([code, stdout]).toEqual([1, expect.stringContaining('may be written by others (mode 777)')]);
});
