// What `npm pack` makes, installed into a fresh folder: the command, the library and its types.

import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { lacks, missing } from '../helpers/capability.ts';
import { ROOT } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { compile, installGlobally, installPacked, pack } from './consumer.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

let scratch: Scratch;
let tarball: string;
let noInstall: string | undefined;

beforeAll(async () => {
  scratch = new Scratch();
  tarball = await pack(scratch.root);
  noInstall = await installPacked(scratch, tarball);
  missing(noInstall !== undefined, noInstall ?? '');
});

beforeEach(context => context.skip(noInstall !== undefined, noInstall));

test('the tarball has what is run, read and imported, and nothing that a machine has made for itself', async () => {
  const { stdout } = await execa('tar', ['-tzf', tarball]);
  const names = stdout.split('\n').map(name => name.replace('package/', ''));
  const built = ['dist/seqx.cjs', 'dist/subcommands.cjs', 'dist/index.js', 'dist/types/index.d.ts'];
  expect(names).toEqual(expect.arrayContaining([...built, 'bin/seqx.js', 'man/seqx.1', 'LICENSE']));
  const tops = new Set(names.map(name => name.split('/')[0]));
  for (const top of ['src', 'test', 'bench', 'fixtures', 'packaging', 'node_modules'])
    expect(tops).not.toContain(top);
  expect(names.filter(name => name.endsWith('.cache'))).toEqual([]);
});

test('npx seqx --version says the version of the package', async () => {
  const { code, stdout, stderr } = await npx(['--version']);
  expect([code, stdout, stderr]).toEqual([0, `seqx ${version}\n`, '']);
});

test('npx seqx make runs make, with its output and its exit code', async () => {
  writeFileSync(join(scratch.project, 'Makefile'), 'all:\n\t@echo built\nbroken:\n\t@exit 3\n');
  expect(await npx(['make'])).toMatchObject({ code: 0, stdout: 'built\n', stderr: '' });
  expect((await npx(['make', 'broken'])).code).toBe(2);
  await scratch.settle();
});

test('installed globally, the command is on PATH and `man seqx` finds its page', async context => {
  const prefix = join(scratch.root, 'global');
  const noPackages = await installGlobally(tarball, prefix);
  context.skip(missing(noPackages !== undefined, noPackages ?? ''), noPackages);
  const env = { PATH: `${join(prefix, 'bin')}:${scratch.env.PATH}` };
  expect((await scratch.start('seqx', ['--version'], { env }).ended).stdout).toBe(`seqx ${version}\n`);
  const page = join(prefix, 'share', 'man', 'man1', 'seqx.1');
  expect(readFileSync(page, 'utf8')).toBe(readFileSync(join(ROOT, 'man', 'seqx.1'), 'utf8'));
  if (lacks('man')) return;
  const { stdout } = await scratch.start('man', ['-w', 'seqx'], { env }).ended;
  expect(realpathSync(stdout.trim())).toBe(realpathSync(page));
});

test.each([
  ['import', `const { run } = await import('seqx-gate')`],
  [
    'require, as of Node 20.19,',
    `const { run } = (await import('node:module')).createRequire(process.cwd() + '/x')('seqx-gate')`,
  ],
])('%s gives the library', async (_what, line) => {
  const program = `${line}; const { exitCode } = await run(['sh', '-c', 'echo ran; exit 4']); console.log(exitCode);`;
  const words = ['--no-warnings', '--input-type=module', '-e', program];
  const { stdout, stderr } = await scratch.start(process.execPath, words).ended;
  expect([stdout, stderr]).toEqual(['ran\n4\n', '']);
  await scratch.settle();
});

test.each([
  ['nodenext', ['--module', 'nodenext']],
  ['bundler', ['--module', 'preserve', '--moduleResolution', 'bundler']],
])('the types are found and right under moduleResolution %s', async (_name, flags) => {
  const good = `import { history, run, SeqxError, status, withGate } from 'seqx-gate';
    const { exitCode, outcome } = await run(['make'], { settings: { wait: 5_000, scope: 'user' } });
    const name: string = await withGate({ label: ['x'] }, async lease => lease.ticket + lease.signal.aborted);
    const pids: number[] = (await status()).running.map(({ pid }) => pid);
    if (outcome.kind === 'not-run') console.log(outcome.reason, exitCode, name, pids, SeqxError.name, history);\n`;
  expect(await compile(scratch, good, flags)).toBe('');
  const bad = await compile(scratch, good.replace("'user'", "'world'"), flags);
  expect(bad).toContain('is not assignable to type');
});

/** The installed command; npx is kept from asking the registry for one. */
const npx = (words: readonly string[]) =>
  scratch.start('npx', ['seqx', ...words], {
    env: { npm_config_yes: 'false', npm_config_update_notifier: 'false' },
  }).ended;
