// seqx.mk as make obeys it: when it asks for a turn and when not, what recipes get to see, and that it leaves
// everything else alone. A fake seqx notes how it is called.

import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seqxMk } from '../../src/init/seqx-mk.ts';
import { lacks } from '../helpers/capability.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';

const RUN = '0123456789abcdef:id';
const MAKEFILE = `-include seqx.mk
all: ; @echo "all run=$$SEQX_RUN goal=$(.DEFAULT_GOAL) MSG=$(MSG)"
below: ; @$(MAKE) -s all
kill-all lint: ; @echo "$@ run=$$SEQX_RUN"
fail: ; @exit 3
environment: ; @env
`;

class Project {
  readonly #scratch: Scratch;

  constructor(scratch: Scratch, makefile = MAKEFILE) {
    this.#scratch = scratch;
    const bin = join(scratch.root, 'bin');
    mkdirSync(bin);
    symlinkSync(fixture('fake-seqx.sh'), join(bin, 'seqx'));
    writeFileSync(join(scratch.project, 'seqx.mk'), seqxMk());
    writeFileSync(join(scratch.project, 'Makefile'), makefile);
  }

  /** Calls of the fake since the last look. */
  get calls(): string[] {
    const path = join(this.#scratch.root, 'calls');
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    rmSync(path, { force: true });
    return text.split('\n').filter(line => line !== '');
  }

  async make(words: readonly string[], env: Record<string, string> = {}, program = 'make') {
    const { root, env: own } = this.#scratch;
    const fake = {
      FAKE_LOG: join(root, 'calls'),
      FAKE_ANSWER: RUN,
      PATH: `${join(root, 'bin')}:${own.PATH}`,
    };
    const started = this.#scratch.start(program, words, { env: { ...fake, ...env } });
    return { ...(await started.ended), pid: started.pid };
  }

  /** The same without any seqx in PATH. */
  makeAlone(words: readonly string[], env: Record<string, string> = {}, program = 'make') {
    rmSync(join(this.#scratch.root, 'bin', 'seqx'), { force: true });
    return this.make(words, env, program);
  }

  /** The entry of a run that has the gate now. */
  enter(): void {
    const slot = join(this.#scratch.state, '0123456789abcdef', 'slots', '0');
    mkdirSync(slot, { recursive: true });
    writeFileSync(join(slot, 'id'), '');
  }
}

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
    const project = new Project(scratch);
    const { code, stdout, pid } = await project.make(words, { SEQX_RUN: 'older:run' });
    expect([code, project.calls]).toEqual([0, [`hold --pid ${pid}`]]);
    expect(stdout).toContain(`all run=${RUN} goal=all MSG=${words.includes('MSG=a b') ? 'a b' : ''}\n`);
  });

  test('whatever SHELL is', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch);
    for (const words of [['SHELL=/bin/false'], ['.SHELLFLAGS=-x -c']]) {
      const { pid } = await project.make(words);
      expect(project.calls).toEqual([`hold --pid ${pid}`]);
    }
  });

  test('also when it begins anew because a makefile was remade: the same pid asks again', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch, `${MAKEFILE}include made.mk\nmade.mk: ; @touch $@\n`);
    const { code, pid } = await project.make([]);
    expect([code, project.calls]).toEqual([0, [`hold --pid ${pid}`, `hold --pid ${pid}`]]);
  });

  test.each([
    ['through MAKEFILES alone', MAKEFILE.replace('-include seqx.mk\n', '')],
    ['through MAKEFILES and the project', MAKEFILE],
  ])('%s', async (_what, makefile) => {
    await using scratch = new Scratch();
    const project = new Project(scratch, makefile);
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
    const project = new Project(scratch);
    await project.make([word]);
    expect(project.calls).toEqual([]);
  });

  test('by a make whose flags come from the environment', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch);
    for (const MAKEFLAGS of ['n', '-n', '--dry-run', 'kn']) await project.make([], { MAKEFLAGS });
    expect(project.calls).toEqual([]);
  });

  test('for goals that the environment or the Makefile names', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch);
    await project.make(['lint', 'kill-all'], { SEQX_UNGATED: 'lint kill-all' });
    writeFileSync(join(scratch.project, 'Makefile'), `SEQX_UNGATED := lint\n${MAKEFILE}`);
    await project.make(['lint']);
    expect(project.calls).toEqual([]);
    await project.make(['kill-all']);
    expect(project.calls).toHaveLength(1);
  });

  test('below a make that has the gate; a run that is over counts for nothing', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch);
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

test('without an answer nothing is made, and make exits 2', async () => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await new Project(scratch).make([], { FAKE_ANSWER: '' });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(
    /^seqx\.mk:\d+: \*\*\* seqx did not get the gate, so nothing is made\. {2}Stop\.\n$/,
  );
});

describe('where seqx is not installed', () => {
  test('make runs, with one line that says so', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch);
    for (const SEQX_REQUIRED of ['', '0']) {
      const { code, stdout, stderr } = await project.makeAlone(['below'], { SEQX_REQUIRED });
      expect([code, stdout]).toEqual([0, 'all run= goal=all MSG=\n']);
      expect(stderr).toMatch(/^seqx\.mk:\d+: seqx is not installed .*; this make runs ungated\n$/);
    }
  });

  test('make only looks without a word', async () => {
    await using scratch = new Scratch();
    expect(await new Project(scratch).makeAlone(['-n'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('SEQX_REQUIRED=1 makes it an error', async () => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await new Project(scratch).makeAlone([], { SEQX_REQUIRED: '1' });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/\*\*\* seqx is not installed/);
  });
});

describe('a make that cannot use it', () => {
  test('goes on with one line, if it is an older GNU make (which lacks grouped targets)', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch);
    const { code, stdout, stderr } = await project.make(['.FEATURES=else-if']);
    expect([code, stdout, project.calls]).toEqual([0, 'all run= goal=all MSG=\n', []]);
    expect(stderr).toMatch(/^seqx\.mk:\d+: seqx needs GNU make 4\.3 or newer; this make runs ungated\n$/);
  });

  test.skipIf(lacks('bmake'))('goes on with one line, if it is BSD make', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch, '-include seqx.mk\nall: ; @echo made\n');
    const { code, stdout, stderr } = await project.make([], {}, 'bmake');
    expect([code, stdout, project.calls]).toEqual([0, 'made\n', []]);
    expect(stderr).toBe('seqx.mk needs GNU make 4.3 or newer; this make runs ungated\n');
  });
});

describe('everything else is left alone', () => {
  test('exit codes and the default goal', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch);
    expect((await project.make(['fail'])).code).toBe(2);
    expect((await project.make(['-q', 'nothing-there'])).code).toBe(2);
    expect((await project.make(['-q'])).code).toBe(1);
    expect((await project.make([])).stdout).toContain('goal=all');
  });

  test('no target, no variable but the two that it says, no warning of undefined ones', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch);
    const database = async (makefile: string) => {
      writeFileSync(join(scratch.project, 'Makefile'), makefile);
      const { stdout, stderr } = await project.make(['-p', '-n', '--warn-undefined-variables', 'lint']);
      expect(stderr).toBe('');
      const names = stdout.matchAll(/^(?:override |export )*([^\s#:=]+) *(?::|:=|=|\?=)(?: |$)/gm);
      return new Set([...names].map(([, name = '']) => name));
    };
    const without = await database(MAKEFILE.replace('-include seqx.mk\n', ''));
    const added = [...(await database(MAKEFILE))].filter(name => !without.has(name)).sort();
    expect(added).toEqual(['.VARIABLES', 'SEQX_UNGATED', 'seqx.mk']);
  });

  test('the environment of recipes, but for SEQX_RUN; also under `export` without names', async () => {
    await using scratch = new Scratch();
    const project = new Project(scratch, `${MAKEFILE}export\n`);
    const { stdout } = await project.make(['environment']);
    const names = stdout.match(/^[^=\n]*seqx[^=\n]*(?==)/gim) ?? [];
    expect(names.sort()).toEqual(['SEQX_RUN', 'SEQX_STATE_DIR', 'SEQX_TEST_MARK', 'SEQX_UNGATED']);
  });
});
