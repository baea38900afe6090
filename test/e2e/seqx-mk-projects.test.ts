// A sub-make that works in another project than its run: that project's gate counts. Where the entry of the run
// shows that it is the same project nobody is asked and no process started; whatever is unsure is asked.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seqxMk } from '../../src/init/seqx-mk.ts';
import { ask, entryPaths, hold, letGo, ticketCount } from '../helpers/gate.ts';
import { MAKEFILE, MakeProject, RUN } from '../helpers/make-project.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';

const INSIDE = { MAKELEVEL: '1', SEQX_RUN: RUN };

/** A folder with a Makefile that includes seqx.mk. */
function folder(path: string, makefile = MAKEFILE): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'Makefile'), makefile);
  writeFileSync(join(path, 'seqx.mk'), seqxMk());
  return path;
}

describe('below a run of this project', () => {
  test.each(['.', 'lib', 'lib/deep/er', 'we:b', 'a,b', 'a$b', 'a%b', '[ab]*?', 'a#b', '"a"', 'a(b)', '~'])(
    'nobody is asked in %s',
    async name => {
      await using scratch = new Scratch();
      const project = new MakeProject(scratch);
      project.enter();
      mkdirSync(join(scratch.project, '.git'));
      const cwd = folder(join(scratch.project, name));
      expect(await project.make([], INSIDE, 'make', cwd)).toMatchObject({ code: 0, stderr: '' });
      expect(project.calls).toEqual([]);
    },
  );

  test('a link to a folder is the folder, and CURDIR may say what it likes', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    project.enter();
    folder(join(scratch.project, 'lib'));
    symlinkSync(join(scratch.project, 'lib'), join(scratch.root, 'link'));
    await project.make(['-C', join(scratch.root, 'link')], INSIDE);
    await project.make(['CURDIR=/nowhere'], INSIDE);
    expect(project.calls).toEqual([]);
  });
});

describe('the gate is asked', () => {
  test.each([
    ['beside it', '../other'],
    ['above it', '..'],
    ['with a name that begins like its name', '../web2'],
    ['in a path with a blank', 'a b'],
  ])('%s', async (_what, name) => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    project.enter();
    const cwd = folder(join(scratch.project, name));
    await project.make([], INSIDE, 'make', cwd);
    expect(project.calls).toHaveLength(1);
  });

  test.each([
    ['the top of a repository in it', 'lib', 'lib/.git'],
    ['a folder of a repository in it', 'vendor/zlib/contrib', 'vendor/zlib/.git'],
    ['a repository whose path is like a pattern', '[ab]*/x', '[ab]*/.git'],
  ])('in %s', async (_what, name, git) => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    project.enter();
    const cwd = folder(join(scratch.project, name));
    mkdirSync(join(scratch.project, dirname(git)), { recursive: true });
    writeFileSync(join(scratch.project, git), 'gitdir: /nowhere\n');
    await project.make([], INSIDE, 'make', cwd);
    expect(project.calls).toHaveLength(1);
  });

  test.each([
    ['a gate that flags or variables led to', '', {}],
    ['a lock by name', 'deploy', {}],
    ['a root with a backslash', '/a\\b', {}],
    ['SEQX_LOCK, which may lead to another', undefined, { SEQX_LOCK: 'deploy' }],
    ['SEQX_SCOPE, which may lead to another', undefined, { SEQX_SCOPE: 'user' }],
  ])('where the run has %s', async (_what, root, env) => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    project.enter(root);
    await project.make([], { ...INSIDE, ...env });
    expect(project.calls).toHaveLength(1);
  });

  test('where the entry is torn or of another kind', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    project.enter();
    const [entry = ''] = entryPaths(scratch.state);
    const { project: root } = scratch;
    for (const text of ['', '\n', '{', `{"root":"${root}",\n`, `{"schema":"seqx.run/1","root":"${root}`]) {
      writeFileSync(entry, text);
      await project.make([], INSIDE);
      expect(project.calls, text).toHaveLength(1);
    }
  });
});

test('make -C in another repository waits for that one’s gate, and has both', async () => {
  await using scratch = new Scratch();
  const other = folder(
    join(scratch.root, 'other'),
    '-include seqx.mk\nall: ; @echo other; $(MAKE) -s -C ../web leaf\n',
  );
  folder(scratch.project, '-include seqx.mk\nall: ; @$(MAKE) -s -C ../other\nleaf: ; @echo leaf\n');
  for (const at of [scratch.project, other]) await scratch.start('git', ['init', '-q', at]).ended;
  const holder = await hold(scratch, [], { cwd: other });
  const waiting = scratch.start('make', [], { env: seqxOnPath(scratch) });
  await waiting.says(/waiting for other: position 1 of 1/, 'stderr');
  await ticketCount(scratch, 3);
  expect(waiting.stdout).toBe('');
  await letGo(holder);
  expect(await waiting.ended).toMatchObject({ code: 0, stdout: 'other\nleaf\n' });
  expect((await ask(scratch, ['history'], { cwd: other })).stdout).toContain('make');
  await scratch.settle();
});

test('folders of the same repository, worktrees among them, are one turn', async () => {
  await using scratch = new Scratch();
  await scratch.git('init', '-q');
  folder(join(scratch.project, 'lib'), '-include seqx.mk\nall: ; @echo lib\n');
  folder(scratch.project, '-include seqx.mk\nall: ; @$(MAKE) -s -C lib && $(MAKE) -s -C ../tree/lib\n');
  await scratch.git('add', '.');
  await scratch.git('commit', '-qm', 'all');
  await scratch.git('worktree', 'add', '-q', '../tree');
  const { code, stdout, stderr } = await scratch.start('make', [], { env: seqxOnPath(scratch) }).ended;
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'lib\nlib\n', stderr: '' });
  expect((await ask(scratch, ['history', '--json'])).stdout.match(/"outcome"/g)).toHaveLength(1);
  await scratch.settle();
});
