// `--jobs auto` on a machine whose processors somebody else keeps busy: commands that only wait are started all the
// same, those that compute are not.

import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { firstJobs } from '../../src/batch/auto-jobs.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';

const CPUS = availableParallelism();
const FIRST = firstJobs(CPUS);

/** As many as there are processors, until the test ends. */
function burnAll(scratch: Scratch): void {
  for (let i = 0; i < CPUS; i++) scratch.start('perl', ['-e', '1 while 1']);
}

test('sleepers are started beside each other until they are as many as there are', async () => {
  await using scratch = new Scratch();
  burnAll(scratch);
  const meet = join(scratch.root, 'meet');
  mkdirSync(meet);
  const together = FIRST + 2;
  const items = Array.from(
    { length: together },
    () => `sh '${fixture('rendezvous.sh')}' '${meet}' ${together}`,
  );
  const { code, stdout } = await scratch.seqx(['batch', '--jobs', 'auto', '--json', ':::', ...items]).ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout).counts).toMatchObject({ ok: together, mostAtOnce: together });
});

test('those that compute stay as few as they began', async () => {
  await using scratch = new Scratch();
  burnAll(scratch);
  const work = "perl -MTime::HiRes=time -e '$end = time + 2; 1 while time < $end'";
  const items = Array.from({ length: FIRST + 2 }, () => work);
  const { code, stdout } = await scratch.seqx(['batch', '--jobs', 'auto', '--json', ':::', ...items]).ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout).counts).toMatchObject({ ok: FIRST + 2, mostAtOnce: FIRST });
});
