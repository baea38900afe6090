// Agents of one delegation side by side, and what ends a delegation before its last agent.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentsLog, holdAgent, letAgentGo, writeAgents } from '../helpers/agents.ts';
import { ask } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const READER = { follows: ['a'], toml: 'reads_only = true' };

/** A primary agent and three that only read, at a gate with two slots. */
function writeReaders(scratch: Scratch): void {
  writeAgents(scratch, { a: {}, b: READER, c: READER, d: READER });
  const path = join(scratch.project, 'seqx.toml');
  writeFileSync(path, `slots = 2\nmemory-expected = "1M"\n${readFileSync(path, 'utf8')}`);
}

const begun = (scratch: Scratch): string[] =>
  agentsLog(scratch).flatMap(line => /^begin (.*)/.exec(line)?.[1] ?? []);
const rows = (stderr: string): string[] =>
  [...stderr.matchAll(/^ {2}([a-d]) +(.*?) {2,}/gm)].map(([, name, outcome]) => `${name} ${outcome}`);

test.each([['--no-wait'], ['--wait=50ms']])('%s is patience with others, not with each other', async flag => {
  await using scratch = new Scratch();
  writeReaders(scratch);
  const { code, stderr } = await ask(scratch, [flag, 'delegate', 'work']);
  expect([code, rows(stderr)]).toEqual([0, ['a ok', 'b ok', 'c ok', 'd ok']]);
  await scratch.settle();
});

test('no more of them come to the gate than it could let in, and their lines say whose they are', async () => {
  await using scratch = new Scratch();
  writeReaders(scratch);
  for (const name of ['b', 'c', 'd']) holdAgent(scratch, name);
  const run = scratch.seqx(['--verbose', 'delegate', 'work']);
  await until('two are at work', () => begun(scratch).length === 3);
  const { running, queue } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
  expect([running.length, queue.length]).toEqual([2, 0]);
  for (const name of ['b', 'c', 'd']) letAgentGo(scratch, name);
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  for (const name of ['b', 'c', 'd'])
    expect(stderr).toMatch(new RegExp(`^seqx: got web \\(${name}\\) `, 'm'));
  expect(stderr).toMatch(/^seqx: got web after /m);
});

test('with --exclusive they come one after the other', async () => {
  await using scratch = new Scratch();
  writeReaders(scratch);
  expect((await ask(scratch, ['--exclusive', 'delegate', 'work'])).code).toBe(0);
  const order = ['a', 'b', 'c', 'd'].flatMap(name => [`begin ${name}`, `end ${name}`]);
  expect(agentsLog(scratch)).toEqual(order);
});

test('after kill-all nobody begins any more, and --resume goes on', async () => {
  await using scratch = new Scratch();
  writeReaders(scratch);
  for (const name of ['b', 'c']) holdAgent(scratch, name);
  const run = scratch.seqx(['delegate', 'work']);
  await until('two are at work', () => begun(scratch).length === 3);
  expect((await ask(scratch, ['kill-all', '--yes'])).code).toBe(0);
  const { code, stderr } = await run.ended;
  expect([code, rows(stderr)]).toEqual([1, ['a ok', 'b cancelled', 'c cancelled', 'd not run']]);
  for (const name of ['b', 'c']) letAgentGo(scratch, name);
  expect((await ask(scratch, ['delegate', '--resume'])).code).toBe(0);
  expect(begun(scratch).filter(name => name === 'a')).toHaveLength(1);
  await scratch.settle();
});

test('when a run cannot even be asked for, the verdict comes before the error', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { a: {}, b: { follows: ['a'] } });
  holdAgent(scratch, 'a');
  const run = scratch.seqx(['delegate', 'work']);
  await until('the first is at work', () => begun(scratch).length === 1);
  const path = join(scratch.project, 'seqx.toml');
  const config = readFileSync(path, 'utf8');
  writeFileSync(path, 'slots = "many"');
  letAgentGo(scratch, 'a');
  const { code, stderr } = await run.ended;
  expect([code, rows(stderr)]).toEqual([125, ['a ok', 'b not run']]);
  expect(stderr).toMatch(/ {2}try: seqx delegate --resume \w+\nseqx: slots in \S+ is "many"; .*\n {2}try: /);
  rmSync(path);
  writeFileSync(path, config);
  expect((await ask(scratch, ['delegate', '--resume'])).code).toBe(0);
  expect(begun(scratch)).toEqual(['a', 'b']);
});
