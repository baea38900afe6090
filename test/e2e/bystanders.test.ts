// Two hundred processes that have nothing to do with seqx, many with variables that look like its token:
// neither a memory kill nor kill-all signals one of them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, commandPid, entryPaths, isWell, letGo } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';

const CROWD = 200;

test('a memory kill spares two hundred bystanders with look-alike tokens', async () => {
  await using scratch = new Scratch();
  const diary = join(scratch.root, 'diary');
  const words = ['--memory-limit', '256M', 'sh', fixture('when-told.sh'), 'perl', fixture('eat-forever.pl')];
  const run = scratch.seqx([...words, diary], { stdin: 'open' });
  await run.says('up');
  const token = tokenOf(run);
  const { crowd, members } = await standBy(scratch, [...lookAlikes(token), `SEQX_RUN=${siblingOf(token)}`]);
  run.child.stdin?.write('go\n');
  expect((await run.ended).code).toBe(137);
  expect(members.filter(pid => !isWell(pid))).toEqual([]);
  await letGo(crowd);
  await scratch.settle();
});

test('kill-all spares two hundred bystanders with look-alike tokens', async () => {
  await using scratch = new Scratch();
  const run = scratch.seqx(['sh', fixture('hold.sh')], { stdin: 'open' });
  await run.says('up');
  const { crowd, members } = await standBy(scratch, lookAlikes(tokenOf(run)));
  const { code, stderr } = await ask(scratch, ['kill-all', '--yes']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('seqx: ended 1 process\n')]);
  expect((await run.ended).signal).toBe('SIGTERM');
  expect(members.filter(pid => !isWell(pid))).toEqual([]);
  await letGo(crowd);
  await scratch.settle();
});

/** The token that a run's command carries. */
function tokenOf(run: Started): string {
  const variables = readFileSync(`/proc/${commandPid(run)}/environ`, 'utf8').split('\0');
  const token = variables.find(variable => variable.startsWith('SEQX_RUN='))?.slice('SEQX_RUN='.length);
  expect(token).toMatch(/^[0-9a-f]{16}:\d{20}-/);
  return token ?? '';
}

/** Another run of the same gate: right gate, well-formed, other id. */
const siblingOf = (token: string): string => `${token.slice(0, -8)}${'0'.repeat(8)}`;

/** Variables that resemble the token's but are none. */
const lookAlikes = (token: string): string[] => [
  `SEQX_RUN=${token.slice(0, -1)}`,
  `SEQX_RUN=${token.slice(1)}`,
  `SEQX_RUN=${token}0`,
  `SEQX_RUN=x${token}`,
  `SEQX_RUN=${token.slice(17)}`,
  `SEQX_RUN=${'0'.repeat(16)}${token.slice(16)}`,
  `SEQX_RUN=SEQX_RUN=${token}`,
  `SEQX_RUN_OLD=${token}`,
  `MY_SEQX_RUN=${token}`,
  `TOKEN=${token}`,
  `NOTE=SEQX_RUN=${token}`,
  'SEQX_RUN=',
];

async function standBy(scratch: Scratch, variables: readonly string[]) {
  const words = [fixture('bystanders.pl'), String(CROWD), ...variables];
  const crowd = scratch.start('perl', words, { stdin: 'open' });
  await crowd.says('standing by');
  const members = await until(`${CROWD} bystanders have started`, () => {
    const pids = scratch.processes().flatMap(({ pid, words: [file] }) => (file === '/bin/cat' ? [pid] : []));
    return pids.length === CROWD && pids;
  });
  expect(entryPaths(scratch.state)).toHaveLength(1);
  return { crowd, members };
}
