// Makefiles that name seqx themselves (docs/make.md): one recipe line, a whole sub-make, and `make kill-all`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hold, letGo, ticketCount } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';

const MAKEFILE = `SEQX := seqx
light: ; @echo light
heavy: ; @$(SEQX) sh -c 'echo heavy; exit $(CODE)'
world: ; @+$(SEQX) $(MAKE) -s a b c d
a b c d: ; @${fixture('rendezvous.sh')} meeting 4 && echo met
kill-all: ; @$(SEQX) kill-all --yes
`;

function write({ project }: Scratch): void {
  mkdirSync(join(project, 'meeting'));
  writeFileSync(join(project, 'Makefile'), MAKEFILE);
}

const make = (scratch: Scratch, ...words: string[]) =>
  scratch.start('make', words, { env: seqxOnPath(scratch) });

test('only the line with the prefix waits, and its exit code is its own', async () => {
  await using scratch = new Scratch();
  write(scratch);
  const holder = await hold(scratch);
  expect((await make(scratch, 'light').ended).stdout).toBe('light\n');
  const heavy = make(scratch, 'heavy', 'CODE=7');
  await ticketCount(scratch, 2);
  await letGo(holder);
  const { code, stdout, stderr } = await heavy.ended;
  expect([code, stdout]).toEqual([2, 'heavy\n']);
  expect(stderr).toMatch(/make: \*\*\* \[Makefile:3: heavy\] Error 7/);
  await scratch.settle();
});

test('a sub-make behind + keeps its place in the jobserver', async () => {
  await using scratch = new Scratch();
  write(scratch);
  const { code, stdout, stderr } = await make(scratch, '-j4', 'world').ended;
  expect([code, stdout, stderr]).toEqual([0, 'met\n'.repeat(4), '']);
  await scratch.settle();
});

test('without seqx the prefix is taken off: make SEQX=', async () => {
  await using scratch = new Scratch();
  write(scratch);
  const { code, stdout } = await scratch.start('make', ['SEQX=', '-j4', 'heavy', 'world', 'CODE=0']).ended;
  expect([code, stdout.split('\n').sort().join(' ')]).toEqual([0, ' heavy met met met met']);
});

test('make kill-all ends who runs and who waits', async () => {
  await using scratch = new Scratch();
  write(scratch);
  const holder = await hold(scratch);
  const heavy = make(scratch, 'heavy');
  await ticketCount(scratch, 2);
  expect((await make(scratch, 'kill-all').ended).code).toBe(0);
  expect([(await holder.ended).signal, (await heavy.ended).code]).toEqual(['SIGTERM', 2]);
  await scratch.settle();
});
