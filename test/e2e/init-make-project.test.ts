// A C project of some size, plain `make -j2` five times at once after `seqx init make`: one at a time, every
// exit code its own, the same program as without seqx; and SIGKILL of the make that has the gate.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lacks } from '../helpers/capability.ts';
import { ask, tickets } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { treeOf } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';

const COMPILER = lacks('cc') ? fixture('fake-cc.sh') : 'cc';
const TARGETS = [
  { target: 'lib0', code: 0 },
  { target: 'broken', code: 2 },
  { target: 'lib1', code: 0 },
  { target: 'check', code: 0 },
  { target: 'missing', code: 2 },
];

function writeProject(scratch: Scratch, folder: string) {
  // Once, and not with every make: nobody can run a script that is being written.
  seqxOnPath(scratch);
  return scratch.start('sh', [fixture('c-project.sh'), folder, COMPILER]).ended;
}

/** Two ways to build at once would lose each other’s lines; appending a short one is atomic. */
const buildLog = ({ root }: Scratch): string => join(root, 'build.log');

function startMake(scratch: Scratch, target: string, words: readonly string[] = [], cwd = scratch.project) {
  const PATH = `${join(scratch.root, 'bin')}:${scratch.env.PATH}`;
  const env = { PATH, TAG: target, BUILD_LOG: buildLog(scratch) };
  return scratch.start('make', ['-j2', target, ...words], { cwd, env });
}

const linesOf = (scratch: Scratch): string[] => readFileSync(buildLog(scratch), 'utf8').trim().split('\n');

/** Who compiled, in order, without repetitions: nobody twice means nobody in between. */
const turnsOf = (scratch: Scratch): string[] =>
  linesOf(scratch)
    .map(line => line.split(' ')[1] ?? '')
    .filter((tag, at, tags) => tag !== tags[at - 1]);

/** Living processes whose environment says that they belong to this make. */
const processesOf = (scratch: Scratch, tag: string): number[] =>
  scratch.processes().flatMap(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`\0TAG=${tag}\0`) ? [pid] : [];
    } catch {
      return [];
    }
  });

test('five at once take turns, and build what an ungated build builds', { timeout: 180_000 }, async () => {
  await using scratch = new Scratch();
  const plain = join(scratch.root, 'plain');
  await Promise.all([writeProject(scratch, scratch.project), writeProject(scratch, plain)]);
  const before = treeOf(scratch.project);
  expect((await ask(scratch, ['init', 'make'])).code).toBe(0);
  const first = startMake(scratch, 'lib0');
  // `check` builds everything: were it the first, the others would find nothing to compile.
  await until('the first one has its place', () => tickets(scratch.state).length > 0);
  const makes = [first, ...TARGETS.slice(1).map(({ target }) => startMake(scratch, target))];
  const ended = await Promise.all(makes.map(make => make.ended));
  expect(
    ended.map(({ code }) => code),
    ended.map(({ stderr }) => stderr).join(),
  ).toEqual(TARGETS.map(({ code }) => code));
  const turns = turnsOf(scratch);
  expect(turns.length).toBeGreaterThanOrEqual(2);
  expect(turns, 'nobody compiles between two compilations of another').toEqual([...new Set(turns)]);
  expect(linesOf(scratch)).toHaveLength(2 * 246);
  await startMake(scratch, 'check', [], plain).ended;
  await ask(scratch, ['init', 'make', '--remove']);
  expect(treeOf(scratch.project)).toEqual(treeOf(plain));
  expect(Object.keys(treeOf(scratch.project)).length).toBeGreaterThan(Object.keys(before).length + 240);
  await scratch.settle();
});

test('without seqx.mk they do get in each other’s way: the log can tell', { timeout: 120_000 }, async () => {
  await using scratch = new Scratch();
  await writeProject(scratch, scratch.project);
  await Promise.all(['lib0', 'lib1', 'lib2'].map(target => startMake(scratch, target).ended));
  expect(turnsOf(scratch).length).toBeGreaterThan(3);
});

test('SIGKILL of the make that has the gate ends its compilers, and the next one starts within 2 s', async () => {
  await using scratch = new Scratch();
  await writeProject(scratch, scratch.project);
  await ask(scratch, ['init', 'make']);
  const first = startMake(scratch, 'lib0', ['CC=sh -c "sleep 600; :" --']);
  const compilers = () => scratch.processes().filter(({ words }) => words[0] === 'sleep');
  await until('two compilers of the first run', () => compilers().length === 2);
  const next = startMake(scratch, 'lib1');
  await until('the next one waits', () => tickets(scratch.state).length === 2);
  const startMs = performance.now();
  first.kill('SIGKILL');
  const aliveAtStart = await until('the next one compiles', () =>
    linesOf(scratch).includes('start lib1') ? { pids: processesOf(scratch, 'lib0') } : undefined,
  );
  expect(performance.now() - startMs).toBeLessThan(2_000);
  expect(aliveAtStart.pids).toEqual([]);
  expect((await next.ended).code).toBe(0);
  await scratch.settle();
});
