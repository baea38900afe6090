// The command starts once git has finished with this repository, whichever way the repository is given.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hold, release } from '../helpers/holder.ts';
import { busyGit, repository } from '../helpers/repository.ts';
import { Scratch } from '../helpers/scratch.ts';

/** Waits longer than the test may last: whoever is held up for no reason fails it. */
const FOR_EVER = ['--git-wait', '10m'];
const BRIEFLY = ['--git-wait', '200ms'];
const AT_ONCE = { code: 0, signal: null, stdout: 'ran\n', stderr: '' };

describe('a git at work in this repository', () => {
  test('is waited for, and the command starts when it has ended', async () => {
    await using scratch = new Scratch();
    const folder = await repository(scratch);
    const busy = await busyGit(scratch, folder);
    const run = scratch.seqx([...FOR_EVER, 'git', 'log', '--format=%s']);
    await run.says(
      `waiting for git in ${folder}: ${folder}/.git/index.lock held by pid ${busy.git.pid} "git commit`,
      'stderr',
    );
    expect(run.stdout).toBe('');
    expect((await busy.letGo()).code).toBe(0);
    expect(await run.ended).toMatchObject({ code: 0, stdout: 'message\nfirst\n' });
    await scratch.settle();
  });

  test.each<[string, number, string, string[], string[]]>([
    ['fail', 75, '', ['--git-busy=fail'], ['echo', 'ran']],
    ['continue', 0, 'ran\n', ['--git-busy=continue'], ['echo', 'ran']],
    ['auto, for git itself,', 75, '', [], ['git', 'branch', 'new']],
    ['auto, for anything else,', 0, 'ran\n', [], ['echo', 'ran']],
  ])('after --git-wait, %s gives %i', async (_name, code, stdout, flags, command) => {
    await using scratch = new Scratch();
    const folder = await repository(scratch);
    const busy = await busyGit(scratch, folder);
    const ended = await scratch.seqx([...BRIEFLY, ...flags, ...command]).ended;
    expect(ended).toMatchObject({ code, stdout });
    expect(ended.stderr).toContain(`git is still busy in ${folder} after`);
    expect(ended.stderr).toContain(code === 75 ? 'nothing was run (exit 75)' : 'continuing');
    await busy.letGo();
    expect(await scratch.git('branch', '--list', 'new')).toBe('');
    await scratch.settle();
  });

  test('is interrupted by a signal at once, and nothing is run', async () => {
    await using scratch = new Scratch();
    const busy = await busyGit(scratch, await repository(scratch));
    const run = scratch.seqx([...FOR_EVER, 'touch', 'witness'], { group: 'own' });
    await run.says('waiting for git', 'stderr');
    run.kill('SIGTERM');
    expect((await run.ended).signal).toBe('SIGTERM');
    expect(existsSync(join(scratch.project, 'witness'))).toBe(false);
    await busy.letGo();
    await scratch.settle();
  });
});

describe('the repository is told whichever way it is given', () => {
  test.each<[string, (folder: string) => { words: string[]; env?: Record<string, string> }]>([
    ['-C', folder => ({ words: ['git', '-C', folder, 'branch', 'new'] })],
    ['--git-dir', folder => ({ words: ['git', `--git-dir=${folder}/.git`, 'branch', 'new'] })],
    ['GIT_DIR', folder => ({ words: ['git', 'branch', 'new'], env: { GIT_DIR: `${folder}/.git` } })],
  ])('by %s from elsewhere', async (_name, call) => {
    await using scratch = new Scratch();
    const folder = await repository(scratch, 'other');
    const busy = await busyGit(scratch, folder);
    const { words, env = {} } = call(folder);
    expect((await scratch.seqx([...BRIEFLY, ...words], { env }).ended).code).toBe(75);
    await busy.letGo();
    expect(await scratch.seqx([...FOR_EVER, ...words], { env }).ended).toMatchObject({ code: 0, stderr: '' });
    await scratch.settle();
  });

  test.each<[string, (folder: string) => { words: string[]; env?: Record<string, string> }]>([
    ['-C', folder => ({ words: ['-C', folder] })],
    ['--git-dir', folder => ({ words: [`--git-dir=${folder}/.git`, `--work-tree=${folder}`] })],
    ['GIT_DIR', folder => ({ words: [], env: { GIT_DIR: `${folder}/.git`, GIT_WORK_TREE: folder } })],
  ])('by the other git with %s', async (_name, call) => {
    await using scratch = new Scratch();
    const folder = await repository(scratch);
    const busy = await busyGit(scratch, scratch.root, call(folder));
    expect((await scratch.seqx([...BRIEFLY, '--git-busy=fail', 'true']).ended).code).toBe(75);
    await busy.letGo();
    await scratch.settle();
  });

  test('by a relative --cwd from below the top', async () => {
    await using scratch = new Scratch();
    const folder = await repository(scratch);
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    const busy = await busyGit(scratch, folder);
    const words = [...BRIEFLY, '--cwd', 'b', 'git', 'branch', 'new'];
    expect((await scratch.seqx(words, { cwd: join(folder, 'a') }).ended).code).toBe(75);
    await busy.letGo();
    await scratch.settle();
  });

  test('a worktree shares the lock, but not the index', async () => {
    await using scratch = new Scratch();
    const folder = await repository(scratch);
    await scratch.git('worktree', 'add', '-q', '../tree');
    const cwd = join(scratch.root, 'tree');
    const holder = await hold(scratch);
    expect((await scratch.seqx(['--no-wait', 'true'], { cwd }).ended).code).toBe(75);
    expect((await scratch.seqx(['--no-wait', '--scope=worktree', 'true'], { cwd }).ended).code).toBe(0);
    await release(holder);
    const busy = await busyGit(scratch, cwd);
    expect(await scratch.seqx([...FOR_EVER, 'echo', 'ran'], { cwd: folder }).ended).toEqual(AT_ONCE);
    expect((await scratch.seqx([...BRIEFLY, '--git-busy=fail', 'true'], { cwd }).ended).code).toBe(75);
    await busy.letGo();
    await scratch.settle();
  });

  test('a submodule is a project of its own, with an index of its own', async () => {
    await using scratch = new Scratch();
    const library = await repository(scratch, 'library');
    const folder = await repository(scratch);
    await scratch.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'sub');
    const cwd = join(folder, 'sub');
    const holder = await hold(scratch);
    expect((await scratch.seqx(['--no-wait', 'true'], { cwd }).ended).code).toBe(0);
    await release(holder);
    const busy = await busyGit(scratch, cwd);
    expect((await scratch.seqx([...BRIEFLY, '--git-busy=fail', 'true'], { cwd }).ended).code).toBe(75);
    await busy.letGo();
    await scratch.settle();
  });
});
