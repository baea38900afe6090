// `seqx init npm` with real package managers: scripts wait for their turn, get their words as without seqx, and
// their exit codes come back.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { inspectIntegrations } from '../../src/operations/init.ts';
import { lacks, missing } from '../helpers/capability.ts';
import { ask, hold, letGo, ticketCount } from '../helpers/gate.ts';
import { Scratch, type StartOptions } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { treeOf } from '../helpers/tree.ts';

/** `gated` inside a run, nothing outside. */
const GATED = `\${SEQX_RUN:+gated}`;
const SCRIPTS = {
  prebuild: `echo "pre ${GATED}"`,
  build: `echo "build ${GATED}"`,
  postbuild: `echo "post ${GATED}"`,
  test: `node -e "console.log(JSON.stringify(process.argv.slice(1)), 'gated'.slice(5 * !process.env.SEQX_RUN))" --`,
  outer: 'npm run --silent build',
  fail: 'exit 7',
  postinstall: 'echo "$SEQX_RUN" >installed',
};
const WORDS = ['a b', "c'd", '"e"', '$HOME', '', '*'];

function writePackage(scratch: Scratch, more: object = {}, folder = scratch.project): void {
  mkdirSync(folder, { recursive: true });
  const content = { name: 'web', version: '1.0.0', private: true, scripts: SCRIPTS, ...more };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(content));
}

function run(scratch: Scratch, words: readonly string[], { env, ...options }: StartOptions = {}) {
  const [file = '', ...rest] = words;
  const quiet = { npm_config_update_notifier: 'false', npm_config_cache: join(scratch.root, 'npm-cache') };
  return scratch.start(file, rest, { ...options, env: { ...seqxOnPath(scratch), ...quiet, ...env } });
}

async function gated(scratch: Scratch, more: object = {}): Promise<void> {
  writePackage(scratch, more);
  expect((await ask(scratch, ['init', 'npm'])).code).toBe(0);
}

const NPM_LINES = 'pre gated\nbuild gated\npost gated\n';

describe('npm', () => {
  test('waits with its script, and gates pre and post scripts, too', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const holder = await hold(scratch);
    const build = run(scratch, ['npm', 'run', '--silent', 'build']);
    await ticketCount(scratch, 2);
    await letGo(holder);
    expect(await build.ended).toMatchObject({ code: 0, stdout: NPM_LINES });
    await scratch.settle();
  });

  test('hands on words as they are', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const { stdout } = await run(scratch, ['npm', 'test', '--silent', '--', ...WORDS]).ended;
    expect(stdout).toBe(`${JSON.stringify(WORDS)} gated\n`);
  });

  test('ends with the exit code of the script', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    expect((await run(scratch, ['npm', 'run', '--silent', 'fail']).ended).code).toBe(7);
  });

  test('runs npm inside npm, and npm inside seqx, as one turn', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    for (const words of [
      ['npm', 'run', '--silent', 'outer'],
      ['seqx', 'npm', 'run', '--silent', 'outer'],
    ]) {
      expect(await run(scratch, words).ended).toMatchObject({ code: 0, stdout: NPM_LINES });
    }
  });

  test('gates npm exec and the scripts of npm install and npm ci', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const exec = await run(scratch, ['npm', 'exec', '-c', `echo "${GATED}"`]).ended;
    expect(exec.stdout).toBe('gated\n');
    for (const word of ['install', 'ci']) {
      const { code, stderr } = await run(scratch, ['npm', word, '--offline', '--no-audit']).ended;
      expect(code, stderr).toBe(0);
      expect(readFileSync(join(scratch.project, 'installed'), 'utf8')).toMatch(/^[0-9a-f]{16}:/);
      writeFileSync(join(scratch.project, 'installed'), '');
    }
  });

  test('finds a seqx that is a dependency of the project alone', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const bin = join(scratch.project, 'node_modules', '.bin');
    mkdirSync(bin, { recursive: true });
    seqxOnPath(scratch);
    renameSync(join(scratch.root, 'bin', 'seqx'), join(bin, 'seqx'));
    const npm = scratch.start('npm', ['run', '--silent', 'build'], {});
    expect((await npm.ended).stdout).toBe(NPM_LINES);
  });

  test('reads the setting of a workspace’s root, wherever init and npm are called', async () => {
    await using scratch = new Scratch();
    const member = join(scratch.project, 'packages', 'a');
    writePackage(scratch, { workspaces: ['packages/*'] });
    writePackage(scratch, { name: 'a' }, member);
    const before = treeOf(scratch.project);
    expect((await ask(scratch, ['init', 'npm'], { cwd: member })).stderr).toContain(
      `wrote ${join(scratch.project, '.npmrc')}`,
    );
    expect((await run(scratch, ['npm', 'run', '--silent', 'build'], { cwd: member }).ended).stdout).toBe(
      NPM_LINES,
    );
    await ask(scratch, ['init', 'npm', '--remove'], { cwd: member });
    expect(treeOf(scratch.project)).toEqual(before);
  });

  test('says what is missing when seqx is not in PATH', async () => {
    await using scratch = new Scratch();
    writePackage(scratch);
    const { stderr } = await ask(scratch, ['init', 'npm'], { env: { PATH: '/nowhere' } });
    expect(stderr).toContain('seqx is not in PATH; scripts fail without it: npm install -g seqx-gate');
  });
});

/** Major version of a program, 0 where it is not installed. */
function majorOf(program: string): number {
  if (lacks(program)) return 0;
  return Number.parseInt(execaSync(program, ['--version'], { reject: false, cwd: '/' }).stdout, 10) || 0;
}

const pnpm = majorOf('pnpm');
const yarn = majorOf('yarn');

describe.skipIf(pnpm === 0)('pnpm', () => {
  test.each([
    ['its lock file', (_scratch: Scratch) => {}],
    [
      'a workspace file',
      ({ project }: Scratch) => writeFileSync(join(project, 'pnpm-workspace.yaml'), 'packages:\n  - .\n'),
    ],
  ])('of a project with %s gates its scripts', async (_what, prepare) => {
    await using scratch = new Scratch();
    writePackage(scratch);
    writeFileSync(join(scratch.project, 'pnpm-lock.yaml'), "lockfileVersion: '9.0'\n");
    prepare(scratch);
    const before = treeOf(scratch.project);
    for (const words of [[], ['--remove']]) await ask(scratch, ['init', 'npm', ...words]);
    expect(treeOf(scratch.project)).toEqual(before);
    await ask(scratch, ['init', 'npm']);
    const { stdout, stderr } = await run(scratch, ['pnpm', 'run', '--silent', 'build']).ended;
    expect(stdout, stderr).toContain('build gated\n');
    const words = await run(scratch, ['pnpm', '--silent', 'test', ...WORDS]).ended;
    expect(words.stdout).toContain(`${JSON.stringify(WORDS)} gated\n`);
  });
});

test.skipIf(missing(yarn !== 1, 'Yarn 1 is not installed'))('Yarn 1 reads .npmrc', async () => {
  await using scratch = new Scratch();
  await gated(scratch);
  writeFileSync(join(scratch.project, 'yarn.lock'), '# yarn lockfile v1\n');
  expect((await run(scratch, ['yarn', '--silent', 'run', 'build']).ended).stdout).toBe(NPM_LINES);
});

test('doctor knows whether scripts are gated', async () => {
  await using scratch = new Scratch();
  const look = async () => {
    const states = await inspectIntegrations({ cwd: scratch.project, env: scratch.env });
    return states.find(({ name }) => name === 'npm');
  };
  expect(await look()).toMatchObject({ state: 'absent' });
  writePackage(scratch, { scripts: {} });
  expect(await look()).toMatchObject({ state: 'absent' });
  writePackage(scratch, { scripts: { test: 'seqx vitest', lint: 'seqx biome' } });
  expect(await look()).toMatchObject({ state: 'active', detail: 'every script begins with seqx' });
  writePackage(scratch);
  expect(await look()).toMatchObject({ state: 'open', hint: `seqx --cwd ${scratch.project} init npm` });
  await ask(scratch, ['init', 'npm']);
  expect(await look()).toMatchObject({ state: 'active' });
  writeFileSync(join(scratch.project, 'pnpm-workspace.yaml'), 'packages: []\n');
  expect(await look()).toMatchObject({
    state: 'open',
    detail: expect.stringContaining('pnpm-workspace.yaml'),
  });
  await ask(scratch, ['init', 'npm']);
  expect(await look()).toMatchObject({ state: 'active' });
  writeFileSync(join(scratch.project, '.yarnrc.yml'), '');
  expect(await look()).toMatchObject({ state: 'open', detail: expect.stringContaining('Yarn 2') });
  writeFileSync(join(scratch.project, 'package.json'), '{');
  expect(await look()).toMatchObject({ state: 'open', detail: expect.stringContaining('not valid JSON') });
});
