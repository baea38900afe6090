// How much is said on stderr, and in which form: --quiet, --verbose, --progress.

import { expect, test } from 'vitest';
import { ask, hold, letGo } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';

interface JsonEvent {
  readonly schema: string;
  readonly at: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

const events = (stderr: string): JsonEvent[] =>
  stderr.split('\n').flatMap(line => (line === '' ? [] : JSON.parse(line)));

test('says nothing when nothing is in the way', async () => {
  await using scratch = new Scratch();
  expect(await ask(scratch, ['echo', 'ran'])).toMatchObject({ code: 0, stdout: 'ran\n', stderr: '' });
});

test.each([['--quiet'], ['-q'], ['--progress', 'none']])('%s %s says nothing of a wait', async (...flags) => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const words = flags.filter(word => word !== undefined);
  const { code, stderr } = await ask(scratch, [...words, '--wait', '1500ms', 'true']);
  expect([code, stderr]).toEqual([75, '']);
  await letGo(holder);
  await scratch.settle();
});

test('--quiet still says what cannot be left unsaid', async () => {
  await using scratch = new Scratch();
  const { code, stderr } = await ask(scratch, ['--quiet', '--timeout', '200ms', 'sleep', '600']);
  expect([code, stderr]).toEqual([124, expect.stringMatching(/^seqx: "sleep 600" was ended by --timeout/)]);
  expect((await ask(scratch, ['-q', 'no-such-command'])).stderr).toContain('command not found (exit 127)');
  await scratch.settle();
});

test('--verbose says every step', async () => {
  await using scratch = new Scratch();
  const { stderr } = await ask(scratch, ['--verbose', 'sh', '-c', 'exit 3']);
  expect(stderr).toMatch(/^seqx: got web after \d+ms$/m);
  expect(stderr).toMatch(/^seqx: started "sh -c 'exit 3'" \(pid \d+\)$/m);
  expect(stderr).toMatch(/^seqx: "sh -c 'exit 3'" ended after \d+ms \(exit 3\)$/m);
});

test('--progress json says every step as an object a line', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const waiter = scratch.seqx(['--progress', 'json', 'sh', '-c', 'exit 3']);
  await waiter.says('"type":"position"', 'stderr');
  await letGo(holder);
  const { code, stderr } = await waiter.ended;
  expect(code).toBe(3);
  const list = events(stderr);
  for (const { schema, at } of list) {
    expect([schema, new Date(at).toISOString()]).toEqual(['seqx.event/1', at]);
  }
  const types = list.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);
  expect(types).toEqual(['gate-opened', 'queued', 'position', 'acquired', 'started', 'ended']);
  const find = (type: string) => list.find(event => event.type === type);
  expect(find('gate-opened')).toMatchObject({ gate: 'web', argv: ['sh', '-c', 'exit 3'] });
  expect(find('position')).toMatchObject({ position: 1, of: 1, holder: { pid: holder.pid } });
  expect(find('ended')).toMatchObject({
    outcome: { kind: 'exited', code: 3 },
    stats: { waitedMs: expect.any(Number), ranMs: expect.any(Number) },
  });
});

test('--progress json keeps to JSON where a limit ends the run', async () => {
  await using scratch = new Scratch();
  const { code, stderr } = await ask(scratch, ['--progress', 'json', '--timeout', '200ms', 'sleep', '600']);
  expect(code).toBe(124);
  expect(events(stderr).map(({ type }) => type)).toEqual(
    expect.arrayContaining(['timed-out', 'tree-ended', 'ended']),
  );
  await scratch.settle();
});

test('control characters of a command never reach the terminal', async () => {
  await using scratch = new Scratch();
  const holder = scratch.seqx(['sh', '-c', 'echo up; cat', '\u001b]0;owned\u0007\u202e'], { stdin: 'open' });
  await holder.says('up');
  const { stderr } = await ask(scratch, ['--no-wait', 'true']);
  expect(stderr).toContain('owned');
  expect(stderr).not.toMatch(/[\u001b\u0007\u202e]/);
  await letGo(holder);
});
