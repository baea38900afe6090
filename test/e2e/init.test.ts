// `seqx init` itself: the table, what is not understood, what --print shows, and that a second call changes
// nothing.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { INTEGRATIONS } from '../../src/init/index.ts';
import { lacks } from '../helpers/capability.ts';
import { ask } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import { treeOf } from '../helpers/tree.ts';

const NAMES = INTEGRATIONS.map(({ name }) => name);
const MAKEFILE = 'all: ; @echo made\n';

/** A project with a Makefile and a package.json. */
function fill({ project }: Scratch): void {
  writeFileSync(join(project, 'Makefile'), MAKEFILE);
  writeFileSync(join(project, 'package.json'), '{"scripts":{"test":"true"}}\n');
}

test('seqx init shows every integration and what it changes', async () => {
  await using scratch = new Scratch();
  const { code, stdout: bytes, stderr } = await ask(scratch, ['init']);
  const stdout = Buffer.from(bytes, 'latin1').toString();
  expect([code, stderr]).toEqual([0, '']);
  for (const { usage, touches } of INTEGRATIONS) {
    expect(stdout).toContain(`  seqx init ${usage}\n`);
    expect(stdout.replace(/\s+/g, ' ')).toContain(`changes: ${touches} `);
  }
  const help = await ask(scratch, ['init', '--help']);
  for (const name of NAMES) expect(help.stdout).toContain(`  seqx init ${name}`);
  expect(scratch.litter()).toEqual([]);
});

test.each(NAMES)('seqx init %s --help shows its own flags', async name => {
  await using scratch = new Scratch();
  const { code, stdout } = await ask(scratch, ['init', name, '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain(`seqx init ${name}`);
  for (const flag of Object.keys(INTEGRATIONS.find(all => all.name === name)?.options ?? {})) {
    expect(stdout).toContain(`--${flag}`);
  }
  expect(stdout).toContain('--remove');
  expect((await ask(scratch, ['help', 'init', name])).stdout).toBe(stdout);
});

test.each([
  [['maek'], 'did you mean make?'],
  [['something'], `it knows ${NAMES.join(', ')}`],
  [['make', '--usr'], 'did you mean --user?'],
  [['make', 'extra'], 'init make takes no words'],
  [['npm', 'extra'], 'init npm takes no words'],
  [['npm', '--user'], 'unknown flag --user'],
  [['make', '--lock', 'x'], '--lock means nothing here'],
  [['--remove'], 'which integration?'],
  [['make', '--print=yes'], '--print takes no value'],
  [['make', '--remove=1'], '--remove takes no value'],
  [['-x'], 'unknown flag -x\n'],
  [['make', '--cwd'], 'the directory given by --cwd is empty'],
])('init %j is an error that says what was meant, and changes nothing', async (words, message) => {
  await using scratch = new Scratch();
  fill(scratch);
  const before = treeOf(scratch.project);
  const { code, stdout, stderr } = await ask(scratch, ['init', ...words]);
  expect([code, stdout]).toEqual([125, '']);
  expect(stderr).toMatch(/^seqx: .*\n {2}try: \S.*\n$/);
  expect(stderr).toContain(message);
  expect(treeOf(scratch.project)).toEqual(before);
});

describe.each(['make', 'npm'])('init %s', name => {
  test('says what it did, then that it is done, and the same for --remove', async () => {
    await using scratch = new Scratch();
    fill(scratch);
    const before = treeOf(scratch.project);
    const first = await ask(scratch, ['init', name]);
    expect(first).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/^seqx: \w+: wrote /) });
    const after = treeOf(scratch.project);
    expect(after).not.toEqual(before);
    const second = await ask(scratch, ['init', name]);
    expect([second.code, second.stderr]).toEqual([0, expect.stringContaining('already set up')]);
    expect(treeOf(scratch.project)).toEqual(after);
    expect((await ask(scratch, ['init', name, '--remove'])).stderr).toContain('removed');
    expect((await ask(scratch, ['init', name, '--remove'])).stderr).toContain('nothing of it is here');
    expect(treeOf(scratch.project)).toEqual(before);
    await scratch.settle();
  });

  test.skipIf(lacks('patch'))('--print changes nothing, and shows a patch that does the same', async () => {
    await using scratch = new Scratch();
    fill(scratch);
    const before = treeOf(scratch.project);
    const { code, stdout: patch } = await ask(scratch, ['init', name, '--print']);
    expect([code, treeOf(scratch.project), scratch.litter()]).toEqual([0, before, []]);
    await scratch.start('patch', ['-s', '-p0'], { stdin: patch, cwd: '/' }).ended;
    const patched = treeOf(scratch.project);
    await scratch.start('patch', ['-s', '-p0', '-R'], { stdin: patch, cwd: '/' }).ended;
    await ask(scratch, ['init', name]);
    expect(treeOf(scratch.project)).toEqual(patched);
    const removal = await ask(scratch, ['init', name, '--remove', '--print']);
    await scratch.start('patch', ['-s', '-p0'], { stdin: removal.stdout, cwd: '/' }).ended;
    expect(treeOf(scratch.project)).toEqual(before);
    expect((await ask(scratch, ['init', name, '--remove', '--print'])).stderr).toContain(
      'nothing would change',
    );
  });

  test('works from another directory with --cwd, before or after its name', async () => {
    await using scratch = new Scratch();
    fill(scratch);
    const before = treeOf(scratch.project);
    const file = join(scratch.project, name === 'make' ? 'seqx.mk' : '.npmrc');
    await ask(scratch, ['init', '--cwd', scratch.project, name], { cwd: scratch.root });
    expect(existsSync(file)).toBe(true);
    await ask(scratch, ['--cwd', scratch.project, 'init', name, '--remove'], { cwd: scratch.root });
    expect(treeOf(scratch.project)).toEqual(before);
  });
});

test('the Makefile of GNU make’s choice gets the line: GNUmakefile, makefile, Makefile', async () => {
  await using scratch = new Scratch();
  fill(scratch);
  for (const name of ['makefile', 'GNUmakefile']) {
    writeFileSync(join(scratch.project, name), MAKEFILE);
    await ask(scratch, ['init', 'make']);
    expect(readFileSync(join(scratch.project, name), 'utf8')).toBe(`-include seqx.mk\n${MAKEFILE}`);
    expect(readFileSync(join(scratch.project, 'Makefile'), 'utf8')).toBe(MAKEFILE);
    await ask(scratch, ['init', 'make', '--remove']);
  }
});

test('without a Makefile the error names a folder that has one', async () => {
  await using scratch = new Scratch();
  fill(scratch);
  await scratch.git('init', '-q');
  const cwd = join(scratch.project, 'sub');
  await scratch.start('mkdir', [cwd]).ended;
  const { code, stderr } = await ask(scratch, ['init', 'make'], { cwd });
  expect([code, stderr]).toEqual([
    125,
    `seqx: there is no Makefile in ${cwd}\n  try: seqx --cwd ${scratch.project} init make\n`,
  ]);
});
