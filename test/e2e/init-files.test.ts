// Whatever is in the way of `seqx init make` and `seqx init npm`: every byte, mode and link comes back with
// --remove, and what cannot be understood or written is refused and left alone.

import { chmodSync, chownSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { missing } from '../helpers/capability.ts';
import { ask } from '../helpers/gate.ts';
import { Mount, noMounts } from '../helpers/mounts.ts';
import { Scratch } from '../helpers/scratch.ts';
import { treeOf } from '../helpers/tree.ts';

const isRoot = process.geteuid?.() === 0;
const notRoot = missing(!isRoot, 'files of another user can only be made by root');

/** The file that each one changes, and what it needs to work. */
const CASES = [
  { name: 'make', file: 'Makefile' },
  { name: 'npm', file: '.npmrc' },
  { name: 'npm', file: 'pnpm-workspace.yaml' },
] as const;

function prepare({ project }: Scratch): void {
  writeFileSync(join(project, 'package.json'), '{}');
  writeFileSync(join(project, 'Makefile'), 'all:\n');
}

const CONTENTS: readonly (readonly [string, string | Buffer])[] = [
  ['empty', ''],
  ['one line', 'a: b\n'],
  ['no final newline', 'a: b\nc: d'],
  ['CRLF', 'a: b\r\nc: d\r\n'],
  ['a byte order mark', '\ufeffa: b\n'],
  ['blank lines at both ends', '\n\na: b\n\n\n'],
  ['bytes that are no UTF-8', Buffer.from('a: b # \xff\xfe\x80\n', 'latin1')],
  ['a megabyte', `${'# remark\n'.repeat(120_000)}a: b\n`],
];

describe.each(CASES)('init $name with $file', ({ name, file }) => {
  test.each(CONTENTS)('and back leaves every byte: %s', async (_what, content) => {
    await using scratch = new Scratch();
    prepare(scratch);
    writeFileSync(join(scratch.project, file), content, { mode: 0o640 });
    chmodSync(join(scratch.project, file), 0o640);
    const before = treeOf(scratch.project);
    expect(await ask(scratch, ['init', name])).toMatchObject({ code: 0 });
    expect(statSync(join(scratch.project, file)).mode & 0o777).toBe(0o640);
    expect(treeOf(scratch.project)[file]).not.toBe(before[file]);
    expect(await ask(scratch, ['init', name, '--remove'])).toMatchObject({ code: 0 });
    expect(treeOf(scratch.project)).toEqual(before);
  });

  test('writes through a symlink and leaves it one', async () => {
    await using scratch = new Scratch();
    prepare(scratch);
    const real = join(scratch.root, 'real');
    writeFileSync(real, 'a: b\n');
    execaSync('ln', ['-sfn', '../real', join(scratch.project, file)]);
    const before = [treeOf(scratch.project), statSync(real).size];
    await ask(scratch, ['init', name]);
    expect([lstatSync(join(scratch.project, file)).isSymbolicLink(), statSync(real).size > 5]).toEqual([
      true,
      true,
    ]);
    await ask(scratch, ['init', name, '--remove']);
    expect([treeOf(scratch.project), statSync(real).size]).toEqual(before);
  });

  test.each([
    ['a directory', (path: string) => mkdirSync(path), 'SEQX_FILE_MALFORMED', 'is a directory'],
    ['binary', (path: string) => writeFileSync(path, 'a\0b'), 'SEQX_FILE_MALFORMED', 'is binary'],
    [
      'a dangling link',
      (path: string) => symlinkSync('nowhere', path),
      'SEQX_FILE_MALFORMED',
      'leads nowhere',
    ],
    ['a link to itself', (path: string) => symlinkSync(path, path), 'SEQX_FILE_MALFORMED', 'to itself'],
    ['a pipe', (path: string) => execaSync('mkfifo', [path]), 'SEQX_FILE_MALFORMED', 'no regular file'],
    ['read-only', (path: string) => writeFileSync(path, 'a: b\n', { mode: 0o444 }), '', 'is read-only'],
  ])('refuses one that is %s, and leaves everything alone', async (_what, make, _code, message) => {
    await using scratch = new Scratch();
    prepare(scratch);
    const path = join(scratch.project, file);
    execaSync('rm', ['-f', path]);
    make(path);
    const before = describeAll(scratch);
    const { code, stderr } = await ask(scratch, ['init', name]);
    expect([code, stderr]).toEqual([125, expect.stringContaining(message)]);
    expect(stderr).toMatch(/left untouched|nothing was changed/);
    expect(describeAll(scratch)).toEqual(before);
  });
});

/** Names, kinds and modes; contents where there are some. */
const describeAll = ({ project }: Scratch): string =>
  execaSync('sh', ['-c', 'ls -la --time-style=+ . && find . -type f | sort | xargs cat'], {
    cwd: project,
  }).stdout.replace(/^total .*\n/, '');

test.each([
  ['make', 'seqx.mk', 'all: ; true\n', 'was not written by seqx'],
  ['npm', '.npmrc', 'script-shell=/bin/bash\n', 'has another script shell already: /bin/bash'],
  ['npm', 'package.json', '{"scripts":', 'is not valid JSON'],
  ['npm', 'pnpm-workspace.yaml', '{packages: [a]}\n', 'does not begin with a setting of its own line'],
  ['npm', '.yarnrc.yml', '', 'for Yarn 2 or newer'],
])('init %s refuses a %s of %j', async (name, file, content, message) => {
  await using scratch = new Scratch();
  prepare(scratch);
  writeFileSync(join(scratch.project, file), content);
  const before = treeOf(scratch.project);
  const { code, stderr } = await ask(scratch, ['init', name]);
  expect([code, stderr]).toEqual([125, expect.stringContaining(message)]);
  expect(treeOf(scratch.project)).toEqual(before);
});

test('a seqx.mk that was changed by hand is neither renewed nor removed', async () => {
  await using scratch = new Scratch();
  prepare(scratch);
  await ask(scratch, ['init', 'make']);
  execaSync('sh', ['-c', 'echo "SEQX_UNGATED += lint" >>seqx.mk'], { cwd: scratch.project });
  const before = treeOf(scratch.project);
  for (const words of [['make'], ['make', '--remove']]) {
    const { code, stderr } = await ask(scratch, ['init', ...words]);
    expect([code, stderr]).toEqual([125, expect.stringContaining('was changed by hand')]);
    expect(treeOf(scratch.project)).toEqual(before);
  }
});

test('an include in words of somebody’s own is enough, and not taken out', async () => {
  await using scratch = new Scratch();
  prepare(scratch);
  writeFileSync(join(scratch.project, 'Makefile'), 'all:\ninclude ./seqx.mk\n');
  expect((await ask(scratch, ['init', 'make'])).stderr).toMatch(/^seqx: make: wrote seqx.mk\n/);
  const { code, stderr } = await ask(scratch, ['init', 'make', '--remove']);
  expect([code, stderr]).toEqual([125, expect.stringContaining('in words of its own')]);
});

test.skipIf(notRoot)('files keep their owner when root calls', async () => {
  await using scratch = new Scratch();
  prepare(scratch);
  chownSync(join(scratch.project, 'Makefile'), 12_345, 23_456);
  await ask(scratch, ['init', 'make']);
  const { uid, gid } = statSync(join(scratch.project, 'Makefile'));
  expect([uid, gid]).toEqual([12_345, 23_456]);
});

test.skipIf(noMounts !== undefined)('a disk that fills up in the middle leaves all as it was', async () => {
  await using scratch = new Scratch();
  const folder = join(scratch.root, 'small');
  using _ = new Mount(folder, ['-t', 'tmpfs', '-o', 'size=64k', 'none']);
  writeFileSync(join(folder, 'Makefile'), `all:\n${'# x\n'.repeat(4_000)}`);
  // Room for seqx.mk, which is written first, and none for the Makefile.
  execaSync('sh', ['-c', 'head -c 30000 /dev/zero >filler'], { cwd: folder });
  const before = treeOf(folder);
  const { code, stderr } = await ask(scratch, ['init', 'make'], { cwd: folder });
  expect([code, stderr]).toEqual([125, expect.stringContaining('ENOSPC')]);
  expect(treeOf(folder)).toEqual(before);
});
