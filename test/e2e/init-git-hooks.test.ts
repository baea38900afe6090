// `seqx init git-hooks`: hooks of real git that gate a real commit, wherever git looks for them, and never
// over somebody else's.

import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { inspectIntegrations } from '../../src/operations/init.ts';
import { hold, release, untilTickets } from '../helpers/holder.ts';
import { repository } from '../helpers/repository.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { treeOf } from '../helpers/tree.ts';

const LOG = ['sh', '-c', 'echo ran >>"$HOOK_LOG"'];
const STATES = { active: 'active', open: 'open', absent: 'absent' } as const;

const init = (scratch: Scratch, words: readonly string[], cwd = scratch.project) =>
  scratch.seqx(['init', 'git-hooks', ...words], { cwd, env: seqxOnPath(scratch) }).ended;

/** What the hooks have written down so far. */
const log = ({ root }: Scratch): string => {
  const path = join(root, 'hook.log');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

const environment = (scratch: Scratch) => ({
  ...seqxOnPath(scratch),
  HOOK_LOG: join(scratch.root, 'hook.log'),
});

const commit = (scratch: Scratch, cwd = scratch.project, words: readonly string[] = []) =>
  scratch.start('git', ['commit', '-q', '--allow-empty', '-m', 'x', ...words], {
    cwd,
    env: environment(scratch),
  });

const commits = async (scratch: Scratch): Promise<number> =>
  Number(await scratch.git('rev-list', '--count', 'HEAD'));

async function inspect(scratch: Scratch, cwd = scratch.project) {
  const states = await inspectIntegrations({ cwd, env: { ...scratch.env, ...seqxOnPath(scratch) } });
  return states.find(({ name }) => name === 'git-hooks');
}

describe('a hook of seqx', () => {
  test('makes a plain commit wait for the gate', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    const { code, stderr } = await init(scratch, ['--', ...LOG]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/wrote .*pre-commit/) });
    const holder = await hold(scratch);
    const waiting = commit(scratch);
    await untilTickets(scratch, 2);
    expect([log(scratch), await commits(scratch)]).toEqual(['', 1]);
    await release(holder);
    expect((await waiting.ended).code).toBe(0);
    expect([log(scratch), await commits(scratch)]).toEqual(['ran\n', 2]);
    await scratch.settle();
  });

  test('passes through inside seqx git commit', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await init(scratch, ['--', ...LOG]);
    for (const words of [[], ['-a'], ['file']]) {
      writeFileSync(join(scratch.project, 'file'), `${Math.random()}`);
      const all = ['git', 'commit', '-q', '--allow-empty', '-m', 'x', ...words];
      const { code, stderr } = await scratch.seqx(all, { env: environment(scratch) }).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    expect([log(scratch), await commits(scratch)]).toEqual(['ran\n'.repeat(3), 4]);
    await scratch.settle();
  });

  test('stops a commit when its command fails', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await init(scratch, ['--', 'sh', '-c', 'exit 3']);
    expect((await commit(scratch).ended).code).toBe(1);
    expect(await commits(scratch)).toBe(1);
  });

  test('keeps every word of its command', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    const words = [
      'a b',
      '',
      '*',
      '--silent',
      "it's",
      '"',
      '$HOME',
      '\\n',
      'new\nline',
      '1e3',
      '007',
      '--',
      '-x',
    ];
    await init(scratch, ['--', 'sh', '-c', 'printf "<%s>" "$@" >>"$HOOK_LOG"', 'sh', ...words]);
    expect((await commit(scratch).ended).stderr).toBe('');
    expect(log(scratch)).toBe(words.map(word => `<${word}>`).join(''));
  });

  test('is installed for each name given, and a push waits, too', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await scratch.git('init', '-q', '--bare', '../other.git');
    const before = treeOf(join(scratch.project, '.git', 'hooks'));
    await init(scratch, ['--hook', 'pre-push', '--hook', 'post-commit', '--', ...LOG]);
    const added = Object.keys(treeOf(join(scratch.project, '.git', 'hooks'))).filter(
      name => !(name in before),
    );
    expect(added).toEqual(['post-commit', 'pre-push']);
    const holder = await hold(scratch);
    const push = scratch.start('git', ['push', '-q', '../other.git', 'HEAD'], { env: environment(scratch) });
    await untilTickets(scratch, 2);
    await release(holder);
    expect((await push.ended).code).toBe(0);
    expect(log(scratch)).toBe('ran\n');
    await scratch.settle();
  });

  test('is renewed by another command, and left alone by the same', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await init(scratch, ['--', 'false']);
    expect((await init(scratch, ['--', ...LOG])).stderr).toContain('changed .git/hooks/pre-commit');
    expect((await init(scratch, ['--', ...LOG])).stderr).toContain('already set up');
    expect((await commit(scratch).ended).code).toBe(0);
    expect(log(scratch)).toBe('ran\n');
  });

  test('without seqx on PATH it says so and runs; SEQX_REQUIRED=1 refuses', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await init(scratch, ['--', ...LOG]);
    const PATH = '/usr/bin:/bin';
    const env = { HOOK_LOG: join(scratch.root, 'hook.log'), PATH };
    const words = ['commit', '-q', '--allow-empty', '-m', 'x'];
    const { code, stderr } = await scratch.start('git', words, { env }).ended;
    const line = 'seqx: pre-commit: seqx is not on PATH; this hook runs without the gate\n';
    expect({ code, stderr }).toEqual({ code: 0, stderr: line });
    const refused = await scratch.start('git', words, { env: { ...env, SEQX_REQUIRED: '1' } }).ended;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('SEQX_REQUIRED=1: nothing was run');
    expect([log(scratch), await commits(scratch)]).toEqual(['ran\n', 2]);
  });
});

describe('where git looks for hooks', () => {
  test('a worktree shares the hooks of its repository', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await scratch.git('worktree', 'add', '-q', '../tree');
    const tree = join(scratch.root, 'tree');
    await init(scratch, ['--', ...LOG], tree);
    expect(existsSync(join(scratch.project, '.git', 'hooks', 'pre-commit'))).toBe(true);
    for (const cwd of [tree, scratch.project]) expect((await commit(scratch, cwd).ended).code).toBe(0);
    expect(log(scratch)).toBe('ran\n'.repeat(2));
    await init(scratch, ['--remove'], tree);
    expect(existsSync(join(scratch.project, '.git', 'hooks', 'pre-commit'))).toBe(false);
  });

  test('a submodule has hooks of its own', async () => {
    await using scratch = new Scratch();
    const library = await repository(scratch, 'library');
    await repository(scratch);
    await scratch.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'sub');
    const sub = join(scratch.project, 'sub');
    await init(scratch, ['--', ...LOG], sub);
    expect(existsSync(join(scratch.project, '.git', 'modules', 'sub', 'hooks', 'pre-commit'))).toBe(true);
    expect((await commit(scratch).ended).code).toBe(0);
    expect(log(scratch)).toBe('');
    expect((await commit(scratch, sub).ended).code).toBe(0);
    expect(log(scratch)).toBe('ran\n');
  });

  test('a bare repository has hooks for what it receives', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await scratch.git('init', '-q', '--bare', '../other.git');
    const bare = join(scratch.root, 'other.git');
    await init(scratch, ['--hook', 'pre-receive', '--', ...LOG], join(bare, 'refs'));
    expect(existsSync(join(bare, 'hooks', 'pre-receive'))).toBe(true);
    const push = scratch.start('git', ['push', '-q', bare, 'HEAD'], { env: environment(scratch) });
    expect((await push.ended).code).toBe(0);
    expect(log(scratch)).toBe('ran\n');
  });

  test.each([['.githooks'], ['tools/git/hooks'], ['../web/.githooks/']])(
    'core.hooksPath %s is taken from the top, and its folder is made and taken away',
    async hooksPath => {
      await using scratch = new Scratch();
      await repository(scratch);
      await scratch.git('config', 'core.hooksPath', hooksPath);
      const sub = join(scratch.project, 'a', 'b');
      mkdirSync(sub, { recursive: true });
      const before = treeOf(scratch.project);
      await init(scratch, ['--', ...LOG], sub);
      await init(scratch, ['--hook', 'pre-push', '--', ...LOG], join(scratch.project, '.git'));
      expect(existsSync(join(scratch.project, hooksPath, 'pre-push'))).toBe(true);
      expect(existsSync(join(scratch.project, hooksPath, 'pre-commit'))).toBe(true);
      await init(scratch, ['--remove', '--hook', 'pre-commit'], scratch.project);
      expect(existsSync(join(scratch.project, hooksPath, 'pre-push'))).toBe(true);
      await init(scratch, ['--remove'], sub);
      expect(treeOf(scratch.project)).toEqual(before);
    },
  );

  test('a core.hooksPath that leads out of the repository is not touched', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    const shared = join(scratch.root, 'home', 'hooks');
    mkdirSync(shared);
    symlinkSync(shared, join(scratch.project, 'link'));
    for (const hooksPath of [shared, '~/hooks', '../home/hooks', 'link', '../home/new']) {
      await scratch.git('config', 'core.hooksPath', hooksPath);
      const { code, stderr } = await init(scratch, ['--', 'make', 'MSG=a b']);
      expect(code, hooksPath).toBe(125);
      expect(stderr).toContain('core.hooksPath leads out of this repository');
      expect(stderr).toMatch(/try: add to .*\/pre-commit: seqx -- make 'MSG=a b' \|\| exit \$\?/);
    }
    expect(treeOf(shared)).toEqual({});
  });

  test('an empty core.hooksPath is refused: git runs no hooks then', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await init(scratch, ['--hook', 'pre-push', '--', ...LOG]);
    await scratch.git('config', 'core.hooksPath', '');
    const before = treeOf(scratch.project);
    const { code, stderr } = await init(scratch, ['--', ...LOG]);
    expect([code, stderr]).toEqual([125, expect.stringContaining('core.hooksPath is empty')]);
    expect(stderr).toContain('try: git config --unset core.hooksPath');
    expect(treeOf(scratch.project)).toEqual(before);
    expect(await inspect(scratch)).toMatchObject({ state: STATES.absent });
    expect((await init(scratch, ['--remove'])).stderr).toContain('removed .git/hooks/pre-push');
  });

  test.each([
    ['/dev/null', '/dev/null is not a folder'],
    ['README', 'README is not a folder'],
    ['README/hooks', 'README/hooks cannot be a folder: a file is in its way'],
    ['link', 'link is a symlink that leads nowhere'],
  ])('a core.hooksPath of %s is refused', async (hooksPath, message) => {
    await using scratch = new Scratch();
    await repository(scratch);
    writeFileSync(join(scratch.project, 'README'), '');
    symlinkSync('nowhere', join(scratch.project, 'link'));
    await scratch.git('config', 'core.hooksPath', hooksPath);
    const before = treeOf(scratch.project);
    const { code, stderr } = await init(scratch, ['--', ...LOG]);
    expect([code, stderr]).toEqual([125, expect.stringContaining(message)]);
    expect((await init(scratch, ['--remove'])).code).toBe(0);
    expect(treeOf(scratch.project)).toEqual(before);
  });

  test('a path with line ends in it is one path', async () => {
    await using scratch = new Scratch();
    const folder = await repository(scratch, 'two\nlines\n');
    expect(await init(scratch, ['--', ...LOG], folder)).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, '.git', 'hooks', 'pre-commit'))).toBe(true);
    expect(await commit(scratch, folder).ended).toMatchObject({ code: 0 });
    expect(log(scratch)).toBe('ran\n');
    await init(scratch, ['--remove'], folder);
    expect(existsSync(join(folder, '.git', 'hooks', 'pre-commit'))).toBe(false);
  });

  test('a repository whose settings git cannot read is not called missing', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    appendFileSync(join(scratch.project, '.git', 'config'), '[core]\n\thooksPath\n');
    const { code, stderr } = await init(scratch, ['--', ...LOG]);
    expect([code, stderr]).toEqual([125, expect.stringContaining('git does not answer in')]);
    expect(stderr).toContain('try: git status');
    expect(await inspect(scratch)).toMatchObject({
      state: STATES.open,
      detail: expect.stringContaining('git does not answer in'),
    });
  });

  test('a hooks folder that is a link is followed within the repository, and refused beyond', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    const hooks = join(scratch.project, '.git', 'hooks');
    rmSync(hooks, { recursive: true });
    mkdirSync(join(scratch.project, 'tools'));
    symlinkSync('../tools', hooks);
    const before = treeOf(scratch.project);
    await init(scratch, ['--', ...LOG]);
    expect(existsSync(join(scratch.project, 'tools', 'pre-commit'))).toBe(true);
    await init(scratch, ['--remove']);
    expect(treeOf(scratch.project)).toEqual(before);
    rmSync(hooks);
    symlinkSync(join(scratch.root, 'home'), hooks);
    const { code, stderr } = await init(scratch, ['--', ...LOG]);
    expect([code, stderr]).toEqual([125, expect.stringContaining('hooks is a link that leads out of this')]);
    expect(treeOf(join(scratch.root, 'home'))).toEqual({});
  });

  test('a repository without a hooks folder gets one, and loses it again', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    rmSync(join(scratch.project, '.git', 'hooks'), { recursive: true });
    const before = treeOf(scratch.project);
    await init(scratch, ['--', ...LOG]);
    expect((await commit(scratch, scratch.project, ['--dry-run']).ended).stderr).toBe('');
    await init(scratch, ['--remove']);
    expect(treeOf(scratch.project)).toEqual(before);
  });
});

describe('taking hooks away', () => {
  test('takes ours alone, all of them or those named', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    const hooks = join(scratch.project, '.git', 'hooks');
    writeFileSync(join(hooks, 'commit-msg'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const before = treeOf(scratch.project);
    await init(scratch, ['--hook', 'pre-commit', '--hook', 'pre-push', '--hook', 'post-merge', '--', ...LOG]);
    const { stderr } = await init(scratch, [
      '--remove',
      '--hook',
      'pre-push',
      '--hook',
      'commit-msg',
      '--hook',
      'update',
    ]);
    expect(stderr).toContain('removed .git/hooks/pre-push');
    expect(stderr).toContain('commit-msg is not of seqx; it stays');
    expect(stderr).toContain('there is no update hook of seqx here');
    expect(existsSync(join(hooks, 'post-merge'))).toBe(true);
    await init(scratch, ['--remove']);
    expect(treeOf(scratch.project)).toEqual(before);
    expect((await init(scratch, ['--remove'])).code).toBe(0);
  });

  test('a --hook without a name is an error, and not all of them', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await init(scratch, ['--hook', 'pre-push', '--', ...LOG]);
    const before = treeOf(scratch.project);
    for (const words of [
      ['--remove', '--hook'],
      ['--remove', '--hook='],
      ['--hook', '--', 'true'],
    ]) {
      const { code, stderr } = await init(scratch, words);
      expect([code, stderr]).toEqual([125, expect.stringContaining('--hook needs the name of a hook')]);
    }
    expect(treeOf(scratch.project)).toEqual(before);
  });

  test('finds hooks that a later core.hooksPath has put out of use', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await init(scratch, ['--', ...LOG]);
    await scratch.git('config', 'core.hooksPath', '.husky/_');
    await init(scratch, ['--remove']);
    expect(existsSync(join(scratch.project, '.git', 'hooks', 'pre-commit'))).toBe(false);
  });

  test('takes no command', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    const { code, stderr } = await init(scratch, ['--remove', '--', 'make']);
    expect(code).toBe(125);
    expect(stderr).toContain('--remove takes no command');
  });
});

describe('what is in the way', () => {
  test.each([
    ['a hook of somebody', (path: string) => writeFileSync(path, '#!/bin/sh\nmake test\n', { mode: 0o755 })],
    ['an empty file', (path: string) => writeFileSync(path, '')],
    ['a program', (path: string) => writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 255]))],
    ['a symlink to a script', (path: string) => symlinkSync('../../file', path)],
    ['a symlink to nowhere', (path: string) => symlinkSync('/nowhere/at/all', path)],
    ['a symlink to itself', (path: string) => symlinkSync('pre-push', path)],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a pipe', (path: string) => execaSync('mkfifo', [path])],
  ])('%s is never written over, and nothing else is written either', async (_what, put) => {
    await using scratch = new Scratch();
    await repository(scratch);
    put(join(scratch.project, '.git', 'hooks', 'pre-push'));
    const before = treeOf(scratch.project);
    const { code, stderr } = await init(scratch, [
      '--hook',
      'pre-commit',
      '--hook',
      'pre-push',
      '--',
      'npm',
      'test',
    ]);
    expect(code).toBe(125);
    expect(stderr).toContain('.git/hooks/pre-push is not a hook of seqx');
    expect(stderr).toContain('try: add to .git/hooks/pre-push: seqx -- npm test || exit $?');
    expect(treeOf(scratch.project)).toEqual(before);
  });

  test('a link to a hook of ours is somebody’s arrangement', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await init(scratch, ['--hook', 'pre-push', '--', ...LOG]);
    symlinkSync('pre-push', join(scratch.project, '.git', 'hooks', 'pre-commit'));
    expect((await init(scratch, ['--', 'make'])).stderr).toContain('pre-commit is not a hook of seqx');
  });

  test('a hook of ours that somebody has changed is theirs', async () => {
    await using scratch = new Scratch();
    await repository(scratch);
    await init(scratch, ['--', ...LOG]);
    const path = join(scratch.project, '.git', 'hooks', 'pre-commit');
    writeFileSync(path, `${readFileSync(path, 'utf8')}echo more\n`);
    const before = treeOf(scratch.project);
    for (const words of [['--', 'make'], ['--remove'], ['--remove', '--hook', 'pre-commit']]) {
      const { code, stderr } = await init(scratch, words);
      expect({ code, stderr }).toMatchObject({ code: 125, stderr: expect.stringMatching(/changed by hand/) });
    }
    expect(treeOf(scratch.project)).toEqual(before);
  });

  test.each([
    ['an unknown hook', ['--hook', 'precommit', '--', 'make'], 'did you mean pre-commit?'],
    ['no command', [], 'seqx init git-hooks --hook pre-commit -- npm test'],
    ['a flag as the command', ['--', '-x'], '-x is no command'],
  ])('%s is said', async (_what, words, text) => {
    await using scratch = new Scratch();
    await repository(scratch);
    const { code, stderr } = await init(scratch, words);
    expect(code).toBe(125);
    expect(stderr).toContain(text);
  });

  test('a folder in no repository is said', async () => {
    await using scratch = new Scratch();
    const { code, stderr } = await init(scratch, ['--', 'make']);
    expect(code).toBe(125);
    expect(stderr).toContain('git knows no repository');
  });
});

test('inits at the same moment leave one whole hook', async () => {
  await using scratch = new Scratch();
  await repository(scratch);
  const before = treeOf(scratch.project);
  const commands = Array.from({ length: 6 }, (_, index) => ['echo', `number ${index}`.repeat(50)]);
  const ended = await Promise.all(commands.map(command => init(scratch, ['--', ...command])));
  expect(ended.map(({ code }) => code)).toEqual(commands.map(() => 0));
  const text = readFileSync(join(scratch.project, '.git', 'hooks', 'pre-commit'), 'utf8');
  expect(commands.filter(([, word]) => text.includes(`exec seqx -- echo '${word}'`)).length).toBe(1);
  const removed = await Promise.all(commands.map(() => init(scratch, ['--remove'])));
  expect(removed.map(({ code }) => code)).toEqual(commands.map(() => 0));
  expect(treeOf(scratch.project)).toEqual(before);
});

describe('seqx doctor says', () => {
  test('what stands at the hooks of a repository', async () => {
    await using scratch = new Scratch();
    expect(await inspect(scratch)).toMatchObject({ state: STATES.absent });
    await repository(scratch);
    expect(await inspect(scratch)).toMatchObject({ state: STATES.absent, detail: 'no git hooks' });
    await init(scratch, ['--hook', 'pre-commit', '--hook', 'pre-push', '--', ...LOG]);
    expect(await inspect(scratch)).toMatchObject({ state: STATES.active, detail: 'pre-commit, pre-push' });
    const hooks = join(scratch.project, '.git', 'hooks');
    chmodSync(join(hooks, 'pre-push'), 0o644);
    const idle = { state: STATES.open, hint: `chmod +x ${join(hooks, 'pre-push')}` };
    expect(await inspect(scratch)).toMatchObject(idle);
    await init(scratch, ['--remove']);
    writeFileSync(join(hooks, 'post-checkout'), '#!/bin/sh\ngit lfs post-checkout "$@"\n', { mode: 0o755 });
    expect(await inspect(scratch)).toMatchObject({ state: STATES.absent });
    writeFileSync(join(hooks, 'pre-commit'), '#!/bin/sh\nmake test\n', { mode: 0o755 });
    expect(await inspect(scratch)).toMatchObject({
      state: STATES.open,
      detail: 'pre-commit runs without the gate',
      hint: 'in .git/hooks/pre-commit: seqx -- <command>',
    });
    writeFileSync(join(hooks, 'pre-commit'), '#!/bin/sh\nseqx make test\n');
    expect(await inspect(scratch)).toMatchObject({ state: STATES.active });
  });
});

test('a line of the error, put where it says, gates the hook of somebody else', async () => {
  await using scratch = new Scratch();
  await repository(scratch);
  const path = join(scratch.project, '.git', 'hooks', 'pre-commit');
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  const { stderr } = await init(scratch, ['--', ...LOG]);
  const line = /try: add to \.git\/hooks\/pre-commit: (.*)\n/.exec(stderr)?.[1] ?? '';
  writeFileSync(path, `#!/bin/sh\n${line}\nexit 0\n`);
  const holder = await hold(scratch);
  const waiting = commit(scratch);
  await untilTickets(scratch, 2);
  await release(holder);
  expect((await waiting.ended).code).toBe(0);
  expect(log(scratch)).toBe('ran\n');
  await scratch.settle();
});
