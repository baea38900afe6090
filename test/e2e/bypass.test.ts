// SEQX_BYPASS=1 in front of one command is one bypass in the history, however many calls of seqx it makes inside:
// sub-makes, shims, git hooks, npm scripts, seqx by name. What leaves it counts for itself.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, hold, letGo } from '../helpers/gate.ts';
import { journalOf } from '../helpers/held-gate.ts';
import { repository } from '../helpers/repository.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { until } from '../helpers/until.ts';

const MAKEFILE = `all: ; @$(MAKE) -s below && seqx echo seqx && npm run --silent leaf && git commit -q --allow-empty -m x
below: ; @make -s deeper
deeper: ; @seqx make -s deepest
deepest: ; @echo deepest
`;
const SCRIPTS = { outer: 'npm run --silent leaf && make -s', leaf: 'echo leaf' };
const ALL = 'deepest\nseqx\nleaf\n';

/** Every integration in one repository; the shims before everything in PATH. */
async function world(scratch: Scratch, hasShims: boolean): Promise<Record<string, string>> {
  await repository(scratch);
  writeFileSync(join(scratch.project, 'Makefile'), MAKEFILE);
  writeFileSync(join(scratch.project, 'package.json'), JSON.stringify({ scripts: SCRIPTS }));
  const shims = join(scratch.root, 'shims');
  for (const words of [
    ['make'],
    ['npm'],
    ['git-hooks', '--', 'sh', '-c', 'echo hook; make -s deepest >&2'],
    ['shims', '--dir', shims, 'make', 'npm', 'git'],
  ]) {
    expect(await ask(scratch, ['init', ...words])).toMatchObject({ code: 0 });
  }
  const { PATH } = seqxOnPath(scratch);
  return {
    PATH: hasShims ? `${shims}:${PATH}` : PATH,
    npm_config_update_notifier: 'false',
    SEQX_BYPASS: '1',
  };
}

const bypasses = async (scratch: Scratch): Promise<number> =>
  (await journalOf(scratch)).filter(({ bypassed, outcome }) => bypassed || outcome === 'bypassed').length;

test.each([
  ['make', ['make', '-s'], false, ALL],
  ['make by its shim', ['make', '-s'], true, ALL],
  ['npm by its shim', ['npm', 'run', '--silent', 'outer'], true, `leaf\n${ALL}`],
  ['git by its shim', ['git', 'commit', '-q', '--allow-empty', '-m', 'x'], true, ''],
])('%s past the gate is counted once', async (_what, words, hasShims, said) => {
  await using scratch = new Scratch();
  const env = await world(scratch, hasShims);
  const holder = await hold(scratch);
  const [file = '', ...rest] = words;
  const { code, stdout, stderr } = await scratch.start(file, rest, { env }).ended;
  expect([code, stdout]).toEqual([0, said]);
  expect(stderr).toMatch(/^hook\ndeepest\n/m);
  expect([stderr.match(/bypassing the gate/g)?.length, await bypasses(scratch)]).toEqual([1, 1]);
  await letGo(holder);
  await scratch.settle();
});

test('what was left behind by a bypass counts for itself', async () => {
  await using scratch = new Scratch();
  const env = { ...seqxOnPath(scratch), SEQX_BYPASS: '1', SEQX_LEFTOVERS: 'leave' };
  const log = join(scratch.root, 'log');
  const left = `(while [ ! -e go ]; do sleep 0.05; done; seqx true; echo done >'${log}') >/dev/null 2>&1 &`;
  expect(await scratch.seqx(['sh', '-c', left], { env }).ended).toMatchObject({ code: 0 });
  writeFileSync(join(scratch.project, 'go'), '');
  await until('it is through', () => existsSync(log));
  expect(await bypasses(scratch)).toBe(2);
  await scratch.settle();
});

test('a hold that was given back hides no bypass, though its token is still there', async () => {
  await using scratch = new Scratch();
  const inside = 'SEQX_RUN=$(seqx hold --pid $$); export SEQX_RUN; seqx --bypass true';
  const lines = `${inside}; seqx release; seqx --bypass sh -c 'seqx --bypass echo past'`;
  const { stdout, stderr } = await scratch.start('sh', ['-c', lines], { env: seqxOnPath(scratch) }).ended;
  expect(stdout).toBe('past\n');
  expect([stderr.match(/bypassing the gate/g)?.length, await bypasses(scratch)]).toEqual([1, 1]);
  await scratch.settle();
});
