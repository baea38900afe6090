// `seqx history`: one line a run, secrets masked, bounded in size, whole under concurrent writers.

import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, hold, letGo } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';

const MIB = 2 ** 20;

/** The journal's folder of the one gate that was used. */
function journal(scratch: Scratch): string {
  const base = join(scratch.root, 'journal', 'seqx');
  return join(base, readdirSync(base)[0] ?? '');
}

async function entries(scratch: Scratch, ...words: string[]) {
  const { stdout } = await ask(scratch, ['history', '--json', ...words]);
  return stdout.split('\n').flatMap(line => (line === '' ? [] : JSON.parse(line)));
}

test('says of a run that it went past the gate', async () => {
  await using scratch = new Scratch();
  await ask(scratch, ['--bypass', 'sh', '-c', 'exit 7']);
  expect((await entries(scratch))[0]).toMatchObject({ outcome: 'exited', exitCode: 7, bypassed: true });
  expect((await ask(scratch, ['history'])).stdout).toMatch(/ exit 7, bypassed +sh -c/);
});

test('keeps how every kind of run ended, oldest first', async () => {
  await using scratch = new Scratch();
  await ask(scratch, ['true']);
  await ask(scratch, ['sh', '-c', 'exit 7']);
  await ask(scratch, ['sh', '-c', 'kill -KILL $$']);
  await ask(scratch, ['--timeout', '300ms', 'sleep', '600']);
  await ask(scratch, ['no-such-command-here']);
  const holder = await hold(scratch);
  await ask(scratch, ['--no-wait', 'true']);
  await letGo(holder);
  const list = await entries(scratch);
  expect(list.map(({ outcome, exitCode, signal }) => [outcome, exitCode, signal])).toEqual([
    ['exited', 0, null],
    ['exited', 7, null],
    ['signalled', 137, 'SIGKILL'],
    ['timeout', 124, null],
    ['not-found', 127, null],
    ['busy', 75, null],
    ['exited', 0, null],
  ]);
  expect(list[1]).toEqual({
    schema: 'seqx.history/1',
    ticket: expect.stringMatching(/^[0-9a-f]{8}$/),
    argv: ['sh', '-c', 'exit 7'],
    cwd: scratch.project,
    endedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    waitedMs: expect.any(Number),
    ranMs: expect.any(Number),
    peakBytes: list[1].peakBytes,
    outcome: 'exited',
    exitCode: 7,
    signal: null,
  });
  expect((await entries(scratch, '-n', '2')).map(({ outcome }) => outcome)).toEqual(['busy', 'exited']);
  const { stdout } = await ask(scratch, ['history', '-n3']);
  expect(stdout).toMatch(
    /^ENDED +WAITED +RAN +PEAK +OUTCOME +COMMAND\n.* not-found .*\n.* busy .*\n.* ok .*\n$/,
  );
});

test('masks secrets in what it keeps', async () => {
  await using scratch = new Scratch();
  await ask(scratch, ['true', '--token=hunter2', '--password', 'hunter2', 'https://me:hunter2@host/']);
  const [entry] = await entries(scratch);
  expect(entry.argv).toEqual(['true', '--token=***', '--password', '***', 'https://me:***@host/']);
  const { stdout } = await ask(scratch, ['history']);
  expect(stdout).not.toContain('hunter2');
});

test('rotates at 1 MiB while six write at once, and loses none of the latest', async () => {
  await using scratch = new Scratch();
  await ask(scratch, ['true', 'first']);
  const path = join(journal(scratch), 'history.jsonl');
  const [first] = await entries(scratch);
  const old = `${JSON.stringify(first)}\n`;
  writeFileSync(path, old.repeat(Math.floor(MIB / old.length)));
  const long = 'x'.repeat(500);
  const runs = Array.from({ length: 6 }, (_, index) => ask(scratch, ['true', String(index), long]));
  for (const { code } of await Promise.all(runs)) expect(code).toBe(0);
  expect(readdirSync(journal(scratch)).sort()).toEqual(['history.1.jsonl', 'history.jsonl'].slice(0, 2));
  const latest = await entries(scratch, '-n', '6');
  expect(latest.map(({ argv }) => argv[1]).sort()).toEqual(['0', '1', '2', '3', '4', '5']);
  for (const name of readdirSync(journal(scratch))) {
    expect(statSync(join(journal(scratch), name)).size).toBeLessThan(1.1 * MIB);
  }
});

test('passes over torn and foreign lines', async () => {
  await using scratch = new Scratch();
  await ask(scratch, ['true', 'one']);
  const path = join(journal(scratch), 'history.jsonl');
  writeFileSync(path, '{"schema":"seqx.history/1","argv":["torn\n\u0000\u001b]0;x\n[]\n"text"\n', {
    flag: 'a',
  });
  await ask(scratch, ['true', 'two']);
  expect((await entries(scratch)).map(({ argv }) => argv[1])).toEqual(['one', 'two']);
});

test('what a command usually takes is shown to those who wait for it', async () => {
  await using scratch = new Scratch();
  for (let times = 0; times < 3; times++) await letGo(await hold(scratch));
  const holder = await hold(scratch);
  const { running } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
  expect(running[0].usualMs).toBeGreaterThan(0);
  expect((await ask(scratch, ['--no-wait', 'true'])).stderr).toMatch(/\(running \S+, usually \S+\)/);
  await letGo(holder);
});

test('says so where nothing has run, and refuses a count that is none', async () => {
  await using scratch = new Scratch();
  expect(await ask(scratch, ['history'])).toMatchObject({ code: 0, stdout: '' });
  expect(await ask(scratch, ['history', '--json'])).toMatchObject({ code: 0, stdout: '' });
  for (const words of [['-n', 'many'], ['-n', '1.5'], ['-n']]) {
    expect(await ask(scratch, ['history', ...words])).toMatchObject({ code: 125 });
  }
});
