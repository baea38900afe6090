// husky, lefthook and the pre-commit framework install the hooks themselves: `seqx init git-hooks` leaves
// theirs alone, and what it says to add, added, gates a real commit.

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { inspectIntegrations } from '../../src/operations/init.ts';
import { lacks, missing } from '../helpers/capability.ts';
import { hold, release, untilTickets } from '../helpers/holder.ts';
import { ROOT } from '../helpers/paths.ts';
import { repository } from '../helpers/repository.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { treeOf } from '../helpers/tree.ts';

const tools = mkdtempSync(join(tmpdir(), 'seqx-tools-'));
afterAll(() => rmSync(tools, { recursive: true, force: true }));
const INSTALL = ['install', '--no-audit', '--no-fund', '--prefix', tools];
const { failed } = await execa('npm', [...INSTALL, 'husky@9', 'lefthook@2'], { cwd: tools, reject: false });
const lacksManagers = missing(failed, 'husky and lefthook cannot be installed from npm');
const lacksPreCommit = lacks('pre-commit');

const COMMAND = ['sh', '-c', 'echo "ran it\'s" >>"$HOOK_LOG"'];

function environment(scratch: Scratch): { PATH: string; HOOK_LOG: string } {
  const { PATH } = seqxOnPath(scratch);
  return { PATH: `${join(tools, 'node_modules', '.bin')}:${PATH}`, HOOK_LOG: join(scratch.root, 'hook.log') };
}

const start = (scratch: Scratch, file: string, ...words: string[]) =>
  scratch.start(file, words, { env: environment(scratch) });

const init = (scratch: Scratch, ...words: string[]) =>
  scratch.seqx(['init', 'git-hooks', ...words], { env: environment(scratch) }).ended;

/** Asks for a hook; what the error says to type next. */
async function refusedHint(scratch: Scratch, manager: string, ...words: string[]): Promise<string> {
  const before = treeOf(scratch.project);
  const { code, stderr } = await init(scratch, ...words, '--', ...COMMAND);
  expect({ code, stderr }).toMatchObject({
    code: 125,
    stderr: expect.stringContaining(`the git hooks here belong to ${manager}; nothing was written`),
  });
  expect(treeOf(scratch.project)).toEqual(before);
  return / {2}try: (.*)\n/.exec(stderr)?.[1] ?? '';
}

/** A commit waits while the gate is held elsewhere, and then runs the command, once. */
async function expectGatedCommit(scratch: Scratch): Promise<void> {
  // lefthook passes over commits without files.
  writeFileSync(join(scratch.project, 'staged'), '');
  await scratch.git('add', '.');
  const holder = await hold(scratch);
  const commit = start(scratch, 'git', 'commit', '-qm', 'x');
  await untilTickets(scratch, 2);
  await release(holder);
  const { code, stderr } = await commit.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(readFileSync(join(scratch.root, 'hook.log'), 'utf8')).toBe("ran it's\n");
  await scratch.settle();
}

async function stateOf(scratch: Scratch): Promise<string | undefined> {
  const states = await inspectIntegrations({
    cwd: scratch.project,
    env: { ...scratch.env, ...environment(scratch) },
  });
  return states.find(({ name }) => name === 'git-hooks')?.state;
}

describe.skipIf(lacksManagers)('husky 9', () => {
  test('keeps its hooks; the line it is told to add gates a commit', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    expect((await start(scratch, 'husky').ended).code).toBe(0);
    const hint = await refusedHint(scratch, 'husky');
    expect(hint).toContain('>> .husky/pre-commit');
    expect(await stateOf(scratch)).toBe('absent');
    expect((await start(scratch, 'sh', '-c', hint).ended).code).toBe(0);
    expect(await stateOf(scratch)).toBe('active');
    await expectGatedCommit(scratch);
  });

  test('is known before it is installed, and by a hook of its own without seqx', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    mkdirSync(join(scratch.project, '.husky'));
    writeFileSync(join(scratch.project, '.husky', 'pre-push'), 'npm test\n');
    const hint = await refusedHint(scratch, 'husky', '--hook', 'pre-commit', '--hook', 'pre-push');
    expect(hint).toContain('| tee -a .husky/pre-commit .husky/pre-push');
    expect(await stateOf(scratch)).toBe('open');
  });
});

describe.skipIf(lacksManagers)('lefthook', () => {
  test('keeps its hooks; the line it is told to add gates a commit', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    writeFileSync(join(scratch.project, 'lefthook.yml'), 'pre-push: {commands: {x: {run: "true"}}}\n');
    expect((await start(scratch, 'lefthook', 'install').ended).code).toBe(0);
    expect(await stateOf(scratch)).toBe('open');
    const hint = await refusedHint(scratch, 'lefthook');
    const line = /^add to lefthook\.yml: (.*)$/.exec(hint)?.[1] ?? '';
    writeFileSync(join(scratch.project, 'lefthook.yml'), `${line}\n`);
    expect((await start(scratch, 'lefthook', 'install').ended).code).toBe(0);
    expect(await stateOf(scratch)).toBe('active');
    await expectGatedCommit(scratch);
  });
});

describe.skipIf(lacksPreCommit)('the pre-commit framework', () => {
  test('keeps its hook; the line it is told to add gates a commit', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    const config = join(scratch.project, '.pre-commit-config.yaml');
    writeFileSync(config, 'repos: []\n');
    expect((await start(scratch, 'pre-commit', 'install').ended).code).toBe(0);
    expect(await stateOf(scratch)).toBe('open');
    const hint = await refusedHint(scratch, 'pre-commit');
    const line = /^add to \.pre-commit-config\.yaml, under repos: (.*)$/.exec(hint)?.[1] ?? '';
    writeFileSync(config, `repos:\n${line}\n`);
    expect(await stateOf(scratch)).toBe('active');
    await expectGatedCommit(scratch);
  });

  const isCheckout = existsSync(join(ROOT, '.git'));
  test.skipIf(missing(!isCheckout, 'this is no git checkout') || lacksManagers)(
    'uses this repository by its .pre-commit-hooks.yaml',
    { timeout: 300_000 },
    async () => {
      await using scratch = new Scratch();
      await repository(scratch);
      const clone = join(scratch.root, 'seqx');
      await scratch.git('clone', '-q', ROOT, clone);
      for (const name of ['.pre-commit-hooks.yaml', '.npmrc']) {
        writeFileSync(join(clone, name), readFileSync(join(ROOT, name)));
      }
      const inClone = (...words: string[]) => scratch.git('-C', clone, ...words);
      await inClone('add', '.');
      await inClone('commit', '-q', '--allow-empty', '-m', 'as it is here');
      const rev = await inClone('rev-parse', 'HEAD');
      const config = join(scratch.project, '.pre-commit-config.yaml');
      writeFileSync(config, `repos:\n- repo: ${clone}\n  rev: ${rev}\n  hooks:\n  - id: seqx\n`);
      appendFileSync(config, `    args: ${JSON.stringify(COMMAND)}\n`);
      await scratch.git('add', '.pre-commit-config.yaml');
      // Installing needs the registry, and npm's own settings and cache for it.
      const env = { ...process.env, PRE_COMMIT_HOME: join(scratch.root, 'pre-commit') };
      await execa('pre-commit', ['install', '--install-hooks'], { cwd: scratch.project, env });
      const holder = await hold(scratch);
      const commit = scratch.start('git', ['commit', '-qm', 'x'], {
        env: { ...environment(scratch), PRE_COMMIT_HOME: env.PRE_COMMIT_HOME },
      });
      await untilTickets(scratch, 2);
      await release(holder);
      expect((await commit.ended).code).toBe(0);
      expect(readFileSync(join(scratch.root, 'hook.log'), 'utf8')).toBe("ran it's\n");
      await scratch.settle();
    },
  );
});
