// seqx.mk where there is no turn, no seqx or no GNU make that could use it; and all that it leaves alone.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacks } from '../helpers/capability.ts';
import { MAKEFILE, MakeProject, RUN } from '../helpers/make-project.ts';
import { Scratch } from '../helpers/scratch.ts';

test('without an answer nothing is made, and make exits 2', async () => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await new MakeProject(scratch).make([], { FAKE_ANSWER: '' });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(
    /^seqx\.mk:\d+: \*\*\* seqx did not get the gate, so nothing is made\. {2}Stop\.\n$/,
  );
});

describe('where seqx is not installed', () => {
  test('make runs, with one line that says so', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    for (const SEQX_REQUIRED of ['', '0']) {
      const { code, stdout, stderr } = await project.makeAlone(['below'], { SEQX_REQUIRED });
      expect([code, stdout]).toEqual([0, 'all run= goal=all MSG=\n']);
      expect(stderr).toMatch(/^seqx\.mk:\d+: seqx is not installed .*; this make runs ungated\n$/);
    }
  });

  test('make only looks without a word', async () => {
    await using scratch = new Scratch();
    expect(await new MakeProject(scratch).makeAlone(['-n'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('SEQX_REQUIRED=1 makes it an error', async () => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await new MakeProject(scratch).makeAlone([], { SEQX_REQUIRED: '1' });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/\*\*\* seqx is not installed/);
  });
});

describe('a make that cannot use it', () => {
  test('goes on with one line, if it is an older GNU make (which lacks grouped targets)', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    const { code, stdout, stderr } = await project.make(['.FEATURES=else-if']);
    expect([code, stdout, project.calls]).toEqual([0, 'all run= goal=all MSG=\n', []]);
    expect(stderr).toMatch(/^seqx\.mk:\d+: seqx needs GNU make 4\.3 or newer; this make runs ungated\n$/);
  });

  test('reads no file inside a run: before GNU make 4.2 that ends make', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    project.enter();
    // Reading this one ends a newer make.
    const entry = join(scratch.state, '0123456789abcdef', 'slots', '0', 'id');
    rmSync(entry);
    mkdirSync(entry);
    const { code, stdout } = await project.make(['.FEATURES=else-if', 'below'], { SEQX_RUN: RUN });
    expect([code, stdout]).toEqual([0, `all run=${RUN} goal=all MSG=\n`]);
    expect((await project.make(['below'], { SEQX_RUN: RUN })).code).toBe(2);
  });

  test.skipIf(lacks('bmake'))('goes on with one line, if it is BSD make', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch, '-include seqx.mk\nall: ; @echo made\n');
    const { code, stdout, stderr } = await project.make([], {}, 'bmake');
    expect([code, stdout, project.calls]).toEqual([0, 'made\n', []]);
    expect(stderr).toBe('seqx.mk needs GNU make 4.3 or newer; this make runs ungated\n');
  });
});

describe('everything else is left alone', () => {
  test('exit codes and the default goal', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    expect((await project.make(['fail'])).code).toBe(2);
    expect((await project.make(['-q', 'nothing-there'])).code).toBe(2);
    expect((await project.make(['-q'])).code).toBe(1);
    expect((await project.make([])).stdout).toContain('goal=all');
  });

  test('the list of makefiles, by which help is made and a Makefile finds itself', async () => {
    await using scratch = new Scratch();
    const own = 'first: ; @echo $(words $(MAKEFILE_LIST)) $(SELF)\ninclude more.mk\n';
    const project = new MakeProject(
      scratch,
      `-include seqx.mk\nSELF := $(lastword $(MAKEFILE_LIST))\n${own}`,
    );
    writeFileSync(join(scratch.project, 'more.mk'), '-include ./seqx.mk\n');
    expect((await project.make([])).stdout).toBe('2 Makefile\n');
  });

  test('a rule for everything, which is not asked to remake seqx.mk', async () => {
    await using scratch = new Scratch();
    const rules = 'Makefile: ;\n%: force\n\t@echo any $@\nforce: ;\n';
    const project = new MakeProject(scratch, `-include seqx.mk\n${rules}`);
    mkdirSync(join(scratch.project, 'sub'));
    writeFileSync(join(scratch.project, 'sub', 'Makefile'), `-include ../seqx.mk\n${rules}`);
    for (const words of [['x'], ['-B', 'x'], ['-k', 'x'], ['--no-print-directory', '-C', 'sub', 'x']]) {
      expect(await project.make(words)).toMatchObject({ code: 0, stdout: 'any x\n', stderr: '' });
    }
  });

  test('the default goal, wherever the line stands', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(
      scratch,
      'first: ; @echo first\n-include seqx.mk\nsecond: ; @echo second\n',
    );
    expect((await project.make([])).stdout).toBe('first\n');
    writeFileSync(
      join(scratch.project, 'Makefile'),
      '-include seqx.mk\n.DEFAULT_GOAL := b\na b: ; @echo $@\n',
    );
    expect((await project.make([])).stdout).toBe('b\n');
    writeFileSync(join(scratch.project, 'Makefile'), '-include seqx.mk\n');
    expect(await project.make([])).toMatchObject({ code: 2, stderr: expect.stringContaining('No targets') });
  });

  test('no variable but the two that it says, no warning of undefined ones', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch);
    const database = async (makefile: string) => {
      writeFileSync(join(scratch.project, 'Makefile'), makefile);
      const { stdout, stderr } = await project.make(['-p', '-n', '--warn-undefined-variables', 'lint']);
      expect(stderr).toBe('');
      // Completion offers what is a target.
      expect(/(?<!# Not a target:\n)^seqx\.mk:/m.test(stdout)).toBe(false);
      const names = stdout.matchAll(/^(?:override |export )*([^\s#:=]+) *(?::|:=|=|\?=)(?: |$)/gm);
      return new Set([...names].map(([, name = '']) => name));
    };
    const without = await database(MAKEFILE.replace('-include seqx.mk\n', ''));
    const added = [...(await database(MAKEFILE))].filter(name => !without.has(name)).sort();
    expect(added).toEqual(['SEQX_UNGATED', 'seqx.mk']);
  });

  test('the environment of recipes, but for SEQX_RUN; also under `export` without names', async () => {
    await using scratch = new Scratch();
    const project = new MakeProject(scratch, `${MAKEFILE}export\n`);
    const { code, stdout, stderr } = await project.make(['environment']);
    expect([code, stderr]).toEqual([0, '']);
    const names = stdout.match(/^[^=\n]*seqx[^=\n]*(?==)/gim) ?? [];
    expect(names.sort()).toEqual(['SEQX_RUN', 'SEQX_STATE_DIR', 'SEQX_TEST_MARK', 'SEQX_UNGATED']);
  });
});
