// Whatever is in the way of `seqx init make` and `seqx init npm`: every byte, mode and link comes back with
// --remove, and what cannot be understood or written is refused and left alone.

import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { lacks, missing } from '../helpers/capability.ts';
import { ask } from '../helpers/gate.ts';
import { Mount, noMounts } from '../helpers/mounts.ts';
import { SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { lacksStrace, straced } from '../helpers/strace.ts';
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

describe('a file with other names (hard links)', () => {
  test.each(CASES)(
    'is refused by init $name for $file, both ways, and stays one file',
    async ({ name, file }) => {
      await using scratch = new Scratch();
      prepare(scratch);
      const path = join(scratch.project, file);
      const other = join(scratch.root, 'other');
      const refuse = async (...words: string[]) => {
        const before = describeAll(scratch);
        const { code, stderr } = await ask(scratch, ['init', name, ...words]);
        expect([code, stderr]).toEqual([125, expect.stringContaining(`${path} is one of 2 hard links`)]);
        expect(describeAll(scratch)).toEqual(before);
        expect(statSync(path).ino).toBe(statSync(other).ino);
      };
      writeFileSync(path, 'a: b\n');
      linkSync(path, other);
      await refuse();
      // What the error says to try.
      execaSync('sh', ['-c', `cp -p ${path} ${path}.own && mv ${path}.own ${path} && rm ${other}`]);
      expect((await ask(scratch, ['init', name])).code).toBe(0);
      linkSync(path, other);
      await refuse('--remove');
    },
  );

  test('is taken away where it is ours, and its other name stays', async () => {
    await using scratch = new Scratch();
    prepare(scratch);
    await ask(scratch, ['init', 'make']);
    linkSync(join(scratch.project, 'seqx.mk'), join(scratch.root, 'other'));
    expect((await ask(scratch, ['init', 'make', '--remove'])).code).toBe(0);
    expect(statSync(join(scratch.root, 'other')).nlink).toBe(1);
  });
});

test.skipIf(lacksStrace())('a draft of a private file is private', async () => {
  await using scratch = new Scratch();
  prepare(scratch);
  writeFileSync(join(scratch.project, '.npmrc'), '//r/:_authToken=secret\n', { mode: 0o600 });
  const trace = join(scratch.root, 'trace');
  const traceWords = ['-o', trace, '-e', 'trace=open,openat'];
  expect(await straced(scratch, traceWords, ['init', 'npm']).ended).toMatchObject({ code: 0 });
  const made = readFileSync(trace, 'utf8').match(/\.npmrc\.seqx-[0-9a-f]{8}", .*O_CREAT.*/g);
  expect(made).toEqual([expect.stringContaining(', 0600)')]);
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

test.each([
  ['make', 'Makefile', 'all:\ninclude ./seqx.mk\n', 'includes seqx.mk in words of its own; that line stays'],
  ['npm', '.npmrc', 'script-shell = "seqx"\n', 'in a line that is not ours; it stays'],
])('words of somebody’s own are enough for init %s, and stay', async (name, file, content, message) => {
  await using scratch = new Scratch();
  prepare(scratch);
  writeFileSync(join(scratch.project, file), content);
  // What is not said there is still added, and taken away.
  writeFileSync(join(scratch.project, 'pnpm-workspace.yaml'), 'packages: [a]\n');
  const before = treeOf(scratch.project);
  expect(await ask(scratch, ['init', name])).toMatchObject({ code: 0 });
  expect(treeOf(scratch.project)).not.toEqual(before);
  expect(treeOf(scratch.project)[file]).toBe(before[file]);
  const { code, stderr } = await ask(scratch, ['init', name, '--remove']);
  expect([code, stderr]).toEqual([0, expect.stringContaining(message)]);
  expect(treeOf(scratch.project)).toEqual(before);
});

test.skipIf(notRoot)('files keep their owner when root calls', async () => {
  await using scratch = new Scratch();
  prepare(scratch);
  chownSync(join(scratch.project, 'Makefile'), 12_345, 23_456);
  await ask(scratch, ['init', 'make']);
  const { uid, gid } = statSync(join(scratch.project, 'Makefile'));
  expect([uid, gid]).toEqual([12_345, 23_456]);
});

test.skipIf(notRoot || lacks('setpriv'))(
  'a group that the caller is not in is named, with the way out',
  async () => {
    await using scratch = new Scratch();
    prepare(scratch);
    const makefile = join(scratch.project, 'Makefile');
    for (const path of [scratch.root, scratch.state, scratch.project]) chownSync(path, 12_345, 12_345);
    chownSync(makefile, 12_345, 23_456);
    const before = treeOf(scratch.project);
    const other = ['--reuid=12345', '--regid=12345', '--clear-groups', ...SEQX_WORDS];
    const { code, stderr } = await scratch.start('setpriv', [...other, 'init', 'make']).ended;
    expect([code, stderr]).toEqual([
      125,
      expect.stringContaining('belongs to group 23456, which you are not in'),
    ]);
    expect(stderr).toContain(`try: chgrp "$(id -g)" ${makefile}`);
    expect(treeOf(scratch.project)).toEqual(before);
  },
);

test('a hint can be typed as it stands, also where the path has blanks and quotes in it', async () => {
  await using scratch = new Scratch();
  const folder = join(scratch.project, "it's a place");
  mkdirSync(folder);
  writeFileSync(join(folder, 'Makefile'), 'all:\n');
  writeFileSync(join(folder, 'package.json'), '{"scripts":{"test":"true"}}');
  const { stdout } = await ask(scratch, ['doctor'], { cwd: folder });
  const hints = [...stdout.matchAll(/try: seqx (--cwd .* init \w+)$/gm)].map(([, words]) => words);
  expect(hints).toHaveLength(2);
  for (const words of hints) {
    const line = `${SEQX_WORDS.join(' ')} ${words}`;
    expect(await scratch.start('sh', ['-c', line]).ended).toMatchObject({ code: 0 });
  }
  writeFileSync(join(folder, 'seqx.mk'), `${readFileSync(join(folder, 'seqx.mk'), 'utf8')}# mine\n`);
  const { stderr } = await ask(scratch, ['init', 'make'], { cwd: folder });
  const [, remove = 'false'] = /try: (rm .*?) {3}\(/.exec(stderr) ?? [];
  expect(await scratch.start('sh', ['-c', remove]).ended).toMatchObject({ code: 0 });
  expect(await ask(scratch, ['init', 'make'], { cwd: folder })).toMatchObject({ code: 0 });
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
