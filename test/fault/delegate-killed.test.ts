// A delegation whose seqx was killed: nothing of it runs on, and it is taken up where it was, by one process only.

import { renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { agentsLog, delegationFiles, holdAgent, letAgentGo, writeAgents } from '../helpers/agents.ts';
import { ask, isWell, watchdogPid } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const THREE = { a: {}, b: { follows: ['a'], megabytes: 50 }, c: { follows: ['b'] } };
const done = (...names: string[]) => names.flatMap(name => [`begin ${name}`, `end ${name}`]);

/** A delegation whose second agent runs, and the pid of that. */
async function begun(scratch: Scratch) {
  writeAgents(scratch, THREE);
  holdAgent(scratch, 'b');
  const run = scratch.seqx(['delegate', 'work']);
  await run.says('b ');
  return { run, agent: Number(/^b (\d+)/m.exec(run.stdout)?.[1]) };
}

test('after SIGKILL the agent is ended, and --resume runs it and those after it, not those before', async () => {
  await using scratch = new Scratch();
  const { run, agent } = await begun(scratch);
  run.kill('SIGKILL');
  await run.exited;
  await until('the agent was ended', () => !isWell(agent));
  await scratch.settle();
  expect(delegationFiles(scratch)).toHaveLength(2);
  letAgentGo(scratch, 'b');
  const { code, stderr } = await ask(scratch, ['delegate', '--resume']);
  expect([code, agentsLog(scratch)]).toEqual([0, [...done('a'), 'begin b', ...done('b', 'c')]]);
  expect(stderr).toMatch(
    /^seqx: delegation [0-9a-f]{8}: taking up a, then b, then c\nseqx: agent 2 of 3: b: perl/,
  );
  expect(delegationFiles(scratch)).toHaveLength(1);
  await scratch.settle();
});

test('after SIGKILL of seqx and its watchdog --resume ends the orphan before it goes on', async () => {
  await using scratch = new Scratch();
  const { run, agent } = await begun(scratch);
  const watchdog = await watchdogPid(scratch);
  process.kill(watchdog, 'SIGSTOP');
  run.kill('SIGKILL');
  await run.exited;
  process.kill(watchdog, 'SIGKILL');
  expect(isWell(agent)).toBe(true);
  const resumed = scratch.seqx(['delegate', '--resume']);
  await resumed.says('b ');
  expect(isWell(agent)).toBe(false);
  letAgentGo(scratch, 'b');
  expect((await resumed.ended).code).toBe(0);
  expect(agentsLog(scratch)).toEqual([...done('a'), 'begin b', ...done('b', 'c')]);
  await scratch.settle();
});

test('a delegation that is being carried out cannot be taken up by another', async () => {
  await using scratch = new Scratch();
  const { run } = await begun(scratch);
  expect(await ask(scratch, ['delegate', '--resume'])).toMatchObject({
    code: 75,
    stderr: expect.stringMatching(
      new RegExp(`delegation [0-9a-f]{8} is being carried out by pid ${run.pid}; nothing was run`),
    ),
  });
  // Suspended is alive.
  run.kill('SIGSTOP');
  expect((await ask(scratch, ['delegate', '--resume'])).code).toBe(75);
  run.kill('SIGCONT');
  letAgentGo(scratch, 'b');
  expect((await run.ended).code).toBe(0);
  await scratch.settle();
});

test('of many that take one up at once at most one does', async () => {
  await using scratch = new Scratch();
  const { run } = await begun(scratch);
  run.kill('SIGKILL');
  await run.exited;
  await scratch.settle();
  letAgentGo(scratch, 'b');
  const codes = await Promise.all(
    [1, 2, 3, 4].map(async () => (await ask(scratch, ['delegate', '--resume'])).code),
  );
  // Who comes when all is done finds nothing left.
  expect(codes.filter(code => code === 0).length).toBeLessThanOrEqual(1);
  expect(codes.every(code => [0, 75, 125].includes(code ?? -1))).toBe(true);
  if (!codes.includes(0)) expect((await ask(scratch, ['delegate', '--resume'])).code).toBe(0);
  expect(agentsLog(scratch)).toEqual([...done('a'), 'begin b', ...done('b', 'c')]);
  await scratch.settle();
});

test('a claim that nobody can judge keeps it closed until it is removed', async () => {
  await using scratch = new Scratch();
  const { run } = await begun(scratch);
  run.kill('SIGKILL');
  await run.exited;
  letAgentGo(scratch, 'b');
  const claim = delegationFiles(scratch).find(path => path.includes('.by-')) ?? '';
  // As from another container: another pid namespace.
  const foreign = claim.replace(/-\d+(-[0-9a-f]{8})$/, '-4026531836999$1');
  renameSync(claim, foreign);
  const refused = await ask(scratch, ['delegate', '--resume']);
  expect([refused.code, refused.stderr]).toEqual([75, expect.stringContaining(`rm ${foreign})`)]);
  await scratch.settle();
});
