// `seqx init shims`: plain `make` goes through the gate, and everything inside a run passes at once.

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectIntegrations } from '../../src/operations/init.ts';
import { lacks } from '../helpers/capability.ts';
import { journalOf } from '../helpers/held-gate.ts';
import { hold, release, untilTickets } from '../helpers/holder.ts';
import { repository } from '../helpers/repository.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { treeOf } from '../helpers/tree.ts';

const lacksMake = lacks('make');
const lacksDirenv = lacks('direnv');

const init = (scratch: Scratch, words: readonly string[], env: Record<string, string> = {}) =>
  scratch.seqx(['init', 'shims', ...words], { env: { ...seqxOnPath(scratch), ...env } }).ended;

const usual = ({ root }: Scratch): string => join(root, 'home', '.local', 'share', 'seqx', 'shims');

/** The environment after the line that init prints, and one that counts the starts of seqx. */
async function shimmed(scratch: Scratch, ...names: string[]): Promise<Record<string, string>> {
  const { stdout } = await init(scratch, names);
  const { PATH } = seqxOnPath(scratch);
  const seqx = join(scratch.root, 'bin', 'seqx');
  const text = readFileSync(seqx, 'utf8');
  writeFileSync(seqx, text.replace('exec', `echo started >>'${join(scratch.root, 'starts')}'\nexec`));
  const lines = `${stdout}printf %s "$PATH"`;
  const { stdout: path } = await scratch.start('/bin/sh', ['-c', lines], { env: { PATH } }).ended;
  return { PATH: path };
}

const starts = ({ root }: Scratch): number =>
  existsSync(join(root, 'starts')) ? readFileSync(join(root, 'starts'), 'utf8').split('\n').length - 1 : 0;

const MAKEFILE = `all:
\t@echo "one $(MSG)"
\t@$(MAKE) --no-print-directory inner
\t@cd deep && make --no-print-directory -f ../Makefile innermost
inner: ; @echo two
innermost: ; @echo three
fail: ; @exit 3
long: ; @echo up; sleep 300
`;

async function makeProject(scratch: Scratch): Promise<Record<string, string>> {
  await repository(scratch);
  mkdirSync(join(scratch.project, 'deep'));
  writeFileSync(join(scratch.project, 'Makefile'), MAKEFILE);
  return shimmed(scratch, 'make');
}

describe.skipIf(lacksMake)('plain make', () => {
  test('waits for the gate; the makes in its recipes start no seqx', async () => {
    await using scratch = new Scratch();
    const env = await makeProject(scratch);
    const holder = await hold(scratch);
    const make = scratch.start('make', ['MSG=a  b'], { env });
    await untilTickets(scratch, 2);
    expect(make.stdout).toBe('');
    await release(holder);
    const { code, stdout } = await make.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'one a  b\ntwo\nthree\n' });
    expect(starts(scratch)).toBe(1);
    await scratch.settle();
  });

  test('inside seqx make no seqx is started', async () => {
    await using scratch = new Scratch();
    const env = await makeProject(scratch);
    const { code, stdout } = await scratch.seqx(['make', 'MSG=x'], { env }).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'one x\ntwo\nthree\n' });
    expect(starts(scratch)).toBe(0);
    await scratch.settle();
  });

  test('ends as make ends, by exit code and by signal', async () => {
    await using scratch = new Scratch();
    const env = await makeProject(scratch);
    expect((await scratch.start('make', ['fail'], { env }).ended).code).toBe(2);
    const long = scratch.start('make', ['long'], { env });
    await long.says('up');
    long.kill('SIGTERM');
    expect((await long.ended).signal).toBe('SIGTERM');
    await scratch.settle();
  });

  test('in another project waits for that gate alone', async () => {
    await using scratch = new Scratch();
    const env = await makeProject(scratch);
    const other = await repository(scratch, 'other');
    writeFileSync(join(other, 'Makefile'), MAKEFILE);
    const holder = await hold(scratch, { cwd: other });
    expect((await scratch.start('make', ['inner'], { env }).ended).stdout).toBe('two\n');
    const script = ['-c', 'cd ../other && SEQX_WAIT=0 make inner'];
    expect((await scratch.seqx(['sh', ...script], { env }).ended).code).toBe(75);
    await release(holder);
    expect((await scratch.seqx(['sh', ...script], { env }).ended).stdout).toBe('two\n');
    await scratch.settle();
  });

  test.each([['--scope=worktree'], ['--lock=deploy'], ['--scope=user']])(
    'inside a run of another gate, by %s, waits for its own',
    async flag => {
      await using scratch = new Scratch();
      const env = await makeProject(scratch);
      const holder = await hold(scratch);
      const words = [flag, 'sh', '-c', 'SEQX_WAIT=0 make inner'];
      expect((await scratch.seqx(words, { env }).ended).code).toBe(75);
      await release(holder);
      await scratch.settle();
    },
  );

  test('inside a run that a flag has led past seqx.toml waits for the gate of seqx.toml', async () => {
    await using scratch = new Scratch();
    const env = await makeProject(scratch);
    writeFileSync(join(scratch.project, 'seqx.toml'), 'scope = "user"\n');
    const inside = (flags: string[]) =>
      scratch.seqx([...flags, 'sh', '-c', 'SEQX_WAIT=0 make inner'], { env });
    expect((await inside([]).ended).code).toBe(0);
    const holder = await hold(scratch);
    expect((await inside(['--scope=repo']).ended).code).toBe(75);
    await release(holder);
    await scratch.settle();
  });

  test('with the SEQX_RUN of a run that has ended waits', async () => {
    await using scratch = new Scratch();
    const env = await makeProject(scratch);
    const { stdout } = await scratch.seqx(['printenv', 'SEQX_RUN'], { env }).ended;
    const holder = await hold(scratch);
    const stale = { ...env, SEQX_RUN: stdout.trim(), SEQX_WAIT: '0' };
    expect((await scratch.start('make', ['inner'], { env: stale }).ended).code).toBe(75);
    await release(holder);
    await scratch.settle();
  });

  test('with SEQX_BYPASS=1 does not wait, once, and the history counts it', async () => {
    await using scratch = new Scratch();
    const env = await makeProject(scratch);
    const holder = await hold(scratch);
    const bypass = scratch.start('make', ['inner'], { env: { ...env, SEQX_BYPASS: '1' } });
    expect((await bypass.ended).stdout).toContain('two\n');
    expect((await journalOf(scratch)).at(-1)).toMatchObject({ bypassed: true, exitCode: 0 });
    const waiting = scratch.start('make', ['inner'], { env });
    await untilTickets(scratch, 2);
    await release(holder);
    expect((await waiting.ended).code).toBe(0);
    await scratch.settle();
  });
});

describe('seqx init shims', () => {
  test('prints the line for PATH alone on stdout, and the one for direnv', async () => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await init(scratch, ['make', 'nosuchtool', 'git']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `export PATH=${usual(scratch)}:"$PATH"\n` });
    expect(stderr).toContain(`into .envrc: PATH_add ${usual(scratch)}`);
    expect(stderr).toContain('nosuchtool is not on PATH now');
    expect(stderr).toContain('every git waits then');
    expect(Object.keys(treeOf(usual(scratch)))).toEqual(['git', 'make', 'nosuchtool']);
    expect((await init(scratch, ['make'])).stderr).toContain('already set up');
  });

  test('obeys XDG_DATA_HOME and --dir, whatever the folder is called', async () => {
    await using scratch = new Scratch();
    const XDG_DATA_HOME = join(scratch.root, 'data');
    await init(scratch, ['make'], { XDG_DATA_HOME });
    expect(existsSync(join(XDG_DATA_HOME, 'seqx', 'shims', 'make'))).toBe(true);
    const name = 'it\'s $HOME `x` "y"';
    const { stdout, stderr } = await init(scratch, ['--dir', name, 'tool']);
    expect(stderr).toContain(`PATH_add 'it'\\''s $HOME`);
    mkdirSync(join(scratch.root, 'real'));
    writeFileSync(join(scratch.root, 'real', 'tool'), '#!/bin/sh\necho "the tool $SEQX_RUN"\n', {
      mode: 0o755,
    });
    const env = { PATH: `${join(scratch.root, 'real')}:${seqxOnPath(scratch).PATH}` };
    const ended = await scratch.start('/bin/sh', ['-c', `${stdout}tool`], { env }).ended;
    expect(ended.stdout).toMatch(/^the tool [0-9a-f]{16}:/);
  });

  test.skipIf(lacksDirenv)('prints a line that direnv understands', async () => {
    await using scratch = new Scratch();
    const { stderr } = await init(scratch, ['--dir', 'tools/shims', 'make']);
    const line = /PATH_add (.*)\n/.exec(stderr)?.[0] ?? '';
    writeFileSync(join(scratch.project, '.envrc'), line);
    await scratch.start('direnv', ['allow'], {}).ended;
    const { stdout } = await scratch.start('direnv', ['exec', '.', 'printenv', 'PATH'], {}).ended;
    expect(stdout.split(':')[0]).toBe(join(scratch.project, 'tools', 'shims'));
  });

  test.each(['seqx', 'sh', 'node', 'env', 'ps', 'a/b', '', '..'])('refuses a shim called %j', async name => {
    await using scratch = new Scratch();
    const { code, stderr } = await init(scratch, ['make', name]);
    expect(code).toBe(125);
    expect(stderr).toContain(`there can be no shim ${JSON.stringify(name)}`);
    expect(existsSync(usual(scratch))).toBe(false);
  });

  test('needs a name, a folder that PATH can name, and a folder at all', async () => {
    await using scratch = new Scratch();
    expect((await init(scratch, [])).stderr).toContain('try: seqx init shims make npm');
    expect((await init(scratch, ['--dir', 'a:b', 'make'])).stderr).toContain('has a colon in it');
    writeFileSync(join(scratch.project, 'file'), '');
    expect((await init(scratch, ['--dir', 'file', 'make'])).stderr).toContain('is not a folder');
    for (const words of [['make'], ['--remove']]) {
      const { code, stderr } = await init(scratch, ['--dir', 'file/below', ...words]);
      expect([code, stderr]).toEqual([125, expect.stringContaining('a file is in its way')]);
    }
  });

  test.each([
    ['a script of somebody', (path: string) => writeFileSync(path, '#!/bin/sh\nexec /usr/bin/make "$@"\n')],
    ['a symlink', (path: string) => symlinkSync('/usr/bin/make', path)],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('leaves %s as it is', async (_what, put) => {
    await using scratch = new Scratch();
    const folder = join(scratch.project, 'bin');
    mkdirSync(folder);
    put(join(folder, 'make'));
    const before = treeOf(scratch.project);
    for (const words of [
      ['npm', 'make'],
      ['--remove', 'make'],
    ]) {
      const { code, stderr } = await init(scratch, ['--dir', 'bin', ...words]);
      expect({ code, stderr }).toMatchObject({
        code: 125,
        stderr: expect.stringContaining('make is no shim of seqx; it was left untouched'),
      });
    }
    await init(scratch, ['--dir', 'bin', '--remove']);
    expect(treeOf(scratch.project)).toEqual(before);
  });

  test('a shim that was changed by hand is theirs', async () => {
    await using scratch = new Scratch();
    await init(scratch, ['make']);
    const path = join(usual(scratch), 'make');
    writeFileSync(path, readFileSync(path, 'utf8').replace('exec seqx', 'exec nice seqx'));
    for (const words of [['make'], ['--remove', 'make']]) {
      expect((await init(scratch, words)).stderr).toContain('was changed by hand');
    }
  });

  test('takes away those named, or all of ours, and the folders that it made', async () => {
    await using scratch = new Scratch();
    mkdirSync(join(scratch.project, 'tools'));
    writeFileSync(join(scratch.project, 'tools', 'mine'), 'text\n');
    const before = treeOf(scratch.root);
    const home = treeOf(join(scratch.root, 'home'));
    for (const dir of [[], ['--dir', 'tools'], ['--dir', 'tools/a/b']]) {
      await init(scratch, [...dir, 'make', 'npm']);
      await init(scratch, [...dir, 'cc']);
      await init(scratch, [...dir, '--remove', 'make']);
      expect((await init(scratch, [...dir, '--remove', 'nosuch'])).stderr).toContain(
        'there is no shim nosuch',
      );
      await init(scratch, [...dir, '--remove']);
      expect(treeOf(scratch.project)).toEqual(
        Object.fromEntries(
          Object.entries(before).flatMap(([path, facts]) =>
            path.startsWith('web/') ? [[path.slice('web/'.length), facts]] : [],
          ),
        ),
      );
      expect(treeOf(join(scratch.root, 'home'))).toEqual(home);
    }
  });

  test('inits at the same moment leave every shim whole', async () => {
    await using scratch = new Scratch();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const ended = await Promise.all(names.map(name => init(scratch, [name, 'all'])));
    expect(ended.map(({ code }) => code)).toEqual(names.map(() => 0));
    expect(Object.keys(treeOf(usual(scratch)))).toEqual(['a', 'all', 'b', 'c', 'd', 'e', 'f']);
    await Promise.all(names.map(name => init(scratch, ['--remove', name])));
    await init(scratch, ['--remove']);
    expect(existsSync(join(scratch.root, 'home', '.local'))).toBe(false);
  });
});

test('seqx doctor says whether the shims stand before the tools', async () => {
  await using scratch = new Scratch();
  const { PATH } = seqxOnPath(scratch);
  const inspect = async (path: string) => {
    const env = { ...scratch.env, PATH: path };
    const states = await inspectIntegrations({ cwd: scratch.project, env });
    return states.find(({ name }) => name === 'shims');
  };
  expect(await inspect(PATH)).toMatchObject({ state: 'absent' });
  await init(scratch, ['sort', 'uniq']);
  const hint = `export PATH=${usual(scratch)}:"$PATH"`;
  expect(await inspect(PATH)).toMatchObject({
    state: 'open',
    hint,
    detail: expect.stringContaining('not in PATH'),
  });
  expect(await inspect(`${PATH}:${usual(scratch)}`)).toMatchObject({ state: 'open', hint });
  const active = { state: 'active', detail: `sort, uniq in ${usual(scratch)}` };
  expect(await inspect(`${usual(scratch)}:${PATH}`)).toMatchObject(active);
  await init(scratch, ['--dir', '../more', 'sort']);
  const both = `${join(scratch.root, 'more')}:${usual(scratch)}:${PATH}`;
  expect(await inspect(both)).toMatchObject({ state: 'active' });
});
