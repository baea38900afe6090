// Many `seqx init` at once, of every kind, in both directions, some of them killed: the files are always as one
// of them would have left them, and in the end as they were before.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readIfPossible } from '../../src/init/found-script.ts';
import { readStamp } from '../../src/init/own-script.ts';
import { seqxMk } from '../../src/init/seqx-mk.ts';
import { ask } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import { treeOf } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';

const MAKEFILE = 'all:\r\n\t@echo made';
const NPMRC = 'fund=false';

const KINDS = [
  { init: ['make'], remove: ['make', '--remove'] },
  { init: ['npm'], remove: ['npm', '--remove'] },
  { init: ['git-hooks', '--hook', 'pre-push', '--', 'true'], remove: ['git-hooks', '--remove'] },
  { init: ['shims', '--dir', 'shims', 'tool'], remove: ['shims', '--dir', 'shims', '--remove'] },
];

function fill({ project }: Scratch): void {
  writeFileSync(join(project, 'Makefile'), MAKEFILE);
  writeFileSync(join(project, '.npmrc'), NPMRC);
  writeFileSync(join(project, 'package.json'), '{}');
}

/** Every file is whole: as before, or as after one init. */
function expectWhole({ project }: Scratch): void {
  const read = (name: string) => readIfPossible(join(project, name))?.toString() ?? '';
  expect([MAKEFILE, `-include seqx.mk\n${MAKEFILE}`]).toContain(read('Makefile'));
  expect([NPMRC, `script-shell=seqx\n${NPMRC}`]).toContain(read('.npmrc'));
  expect(['', seqxMk()]).toContain(read('seqx.mk'));
  for (const [kind, name] of [
    ['git-hook', '.git/hooks/pre-push'],
    ['shim', 'shims/tool'],
  ] as const) {
    const text = read(name);
    if (text !== '') expect(readStamp(kind, text)).toMatchObject({ isEdited: false });
  }
}

test('of ten at once, one writes and nine find it done', async () => {
  await using scratch = new Scratch();
  fill(scratch);
  const before = treeOf(scratch.project);
  const ended = await Promise.all(Array.from({ length: 10 }, () => ask(scratch, ['init', 'make'])));
  expect(ended.map(({ code }) => code)).toEqual(Array(10).fill(0));
  expect(ended.filter(({ stderr }) => stderr.includes('wrote seqx.mk'))).toHaveLength(1);
  expect(ended.filter(({ stderr }) => stderr.includes('already set up'))).toHaveLength(9);
  expect(readdirSync(scratch.project).sort()).toEqual(['.npmrc', 'Makefile', 'package.json', 'seqx.mk']);
  expectWhole(scratch);
  await ask(scratch, ['init', 'make', '--remove']);
  expect(treeOf(scratch.project)).toEqual(before);
  await scratch.settle();
});

test('inits and removals of every kind at once leave whole files, and nothing after the last removal', async () => {
  await using scratch = new Scratch();
  await scratch.git('init', '-q');
  // Made by the first of the hooks; others may come and go.
  rmSync(join(scratch.project, '.git', 'hooks'), { recursive: true });
  fill(scratch);
  const before = treeOf(scratch.project);
  for (let round = 0; round < 3; round++) {
    const crowd = KINDS.flatMap(({ init, remove }) => [init, remove, init, remove]);
    const ended = Promise.all(crowd.map(words => ask(scratch, ['init', ...words])));
    let isOver = false;
    ended.finally(() => {
      isOver = true;
    });
    await until('the crowd is through, every file whole at every look', () => {
      expectWhole(scratch);
      return isOver;
    });
    expect((await ended).map(({ code, stderr }) => [code, code && stderr])).toEqual(crowd.map(() => [0, 0]));
  }
  await Promise.all(KINDS.map(({ remove }) => ask(scratch, ['init', ...remove])));
  expect(treeOf(scratch.project)).toEqual(before);
  await Promise.all(KINDS.map(({ init }) => ask(scratch, ['init', ...init])));
  for (const name of ['seqx.mk', '.git/hooks/pre-push', 'shims/tool']) {
    expect(existsSync(join(scratch.project, name)), name).toBe(true);
  }
  expect(readFileSync(join(scratch.project, '.npmrc'), 'utf8')).toBe(`script-shell=seqx\n${NPMRC}`);
  expectWhole(scratch);
  await scratch.settle();
});

test('after SIGKILL at any moment the files are whole and the next init goes on', async () => {
  await using scratch = new Scratch();
  fill(scratch);
  const before = treeOf(scratch.project);
  const killed = Array.from({ length: 12 }, (_, at) => {
    const started = scratch.seqx([
      'init',
      at % 2 === 0 ? 'make' : 'npm',
      ...(at % 3 === 0 ? ['--remove'] : []),
    ]);
    const hasLock = () => started.isOver || existsSync(join(scratch.state, 'init.lock'));
    return until('one of them has the lock', hasLock).then(() => started.kill('SIGKILL'));
  });
  await Promise.all(killed);
  await until('they have ended', () => scratch.processes().length === 0);
  writeFileSync(join(scratch.project, '.Makefile.seqx-0123abcd'), 'half a dr');
  expectWhole(scratch);
  for (const words of [['make'], ['make', '--remove'], ['npm'], ['npm', '--remove']]) {
    expect(await ask(scratch, ['init', ...words])).toMatchObject({ code: 0 });
  }
  expect(treeOf(scratch.project)).toEqual(before);
  await scratch.settle();
});

test('the lock of one that was killed long ago is taken over at once', async () => {
  await using scratch = new Scratch();
  fill(scratch);
  const lock = join(scratch.state, 'init.lock');
  mkdirSync(lock);
  utimesSync(lock, new Date(0), new Date(0));
  const startMs = performance.now();
  expect(await ask(scratch, ['init', 'make'])).toMatchObject({ code: 0 });
  expect(performance.now() - startMs).toBeLessThan(4_000);
  await scratch.settle();
});
