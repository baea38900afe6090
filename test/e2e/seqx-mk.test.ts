// seqx.mk as make obeys it: when it asks for a turn, and when it asks nobody. A fake seqx notes the calls.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MAKEFILE, MakeProject, RUN } from '../helpers/make-project.ts';
import { Scratch } from '../helpers/scratch.ts';

describe('a top-level make asks once, on its own behalf', () => {
  test.each([
    [[]],
    [['all']],
    [['-j8']],
    [['-k', '-s', '-w']],
    [['-C', '.', '--no-print-directory']],
    [['MSG=a b', 'n=1', 'all']],
    [['-I', 'nqtp', '-W', 'n', '-o', 'q']],
    [['-Onone', '-l', '9.5', '-j2']],
    [['--eval=npq := 1']],
    [['-e', '-r', '-R', '-B', '-i']],
    [['--trace', '--debug=n']],
    [['SEQX_RUN=mine']],
    [['all', 'kill-all']],
  ])('make %j', async words => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    const { code, stdout, pid } = await project.make(words, { SEQX_RUN: 'older:run' });
    expect([code, project.calls]).toEqual([0, [`hold --pid ${pid}`]]);
    expect(stdout).toContain(`all run=${RUN} goal=all MSG=${words.includes('MSG=a b') ? 'a b' : ''}\n`);
  });

  test('whatever SHELL is', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    for (const words of [['SHELL=/bin/false'], ['.SHELLFLAGS=-x -c']]) {
      const { pid } = await project.make(words);
      expect(project.calls).toEqual([`hold --pid ${pid}`]);
    }
  });

  test('also when it begins anew because a makefile was remade: the same pid asks again', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch, `${MAKEFILE}include made.mk\nmade.mk: ; @touch $@\n`);
    const { code, pid } = await project.make([]);
    expect([code, project.calls]).toEqual([0, [`hold --pid ${pid}`, `hold --pid ${pid}`]]);
  });

  test.each([
    ['through MAKEFILES alone', MAKEFILE.replace('-include seqx.mk\n', '')],
    ['through MAKEFILES and the project', MAKEFILE],
  ])('%s', async (_what, makefile) => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch, makefile);
    project.enter();
    const env = { MAKEFILES: join(scratch.project, 'seqx.mk') };
    const { stdout, pid } = await project.make(['below'], env);
    expect([stdout, project.calls]).toEqual([`all run=${RUN} goal=all MSG=\n`, [`hold --pid ${pid}`]]);
  });
});

describe('nobody is asked', () => {
  test.each([
    ['-n'],
    ['-q'],
    ['-t'],
    ['-p'],
    ['-npq'],
    ['-kn'],
    ['--dry-run'],
    ['--just-print'],
    ['--question'],
    ['--touch'],
    ['--print-data-base'],
    ['--version'],
    ['kill-all'],
  ])('by make %s', async word => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    await project.make([word]);
    expect(project.calls).toEqual([]);
  });

  test('by a make whose flags come from the environment', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    for (const MAKEFLAGS of ['n', '-n', '--dry-run', 'kn']) await project.make([], { MAKEFLAGS });
    expect(project.calls).toEqual([]);
  });

  test('for goals that the environment or the Makefile names', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    await project.make(['lint', 'kill-all'], { SEQX_UNGATED: 'lint kill-all' });
    writeFileSync(join(scratch.project, 'Makefile'), `SEQX_UNGATED := lint\n${MAKEFILE}`);
    await project.make(['lint']);
    expect(project.calls).toEqual([]);
    await project.make(['kill-all']);
    expect(project.calls).toHaveLength(1);
  });

  test('below a make that has the gate; a run that is over counts for nothing', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    project.enter();
    await project.make(['below']);
    expect(project.calls).toHaveLength(1);
    await project.make(['all'], { MAKELEVEL: '1', SEQX_RUN: `fedcba9876543210:outer,${RUN}` });
    expect(project.calls).toEqual([]);
    for (const SEQX_RUN of ['0123456789abcdef:over', '0123456789abcdef', ':', 'x:y', '', `${RUN},a:b`]) {
      await project.make(['all'], { MAKELEVEL: '1', SEQX_RUN });
      expect(project.calls, SEQX_RUN).toHaveLength(1);
    }
    await project.make(['all'], { MAKELEVEL: '0', SEQX_RUN: RUN });
    expect(project.calls).toHaveLength(1);
  });
});
