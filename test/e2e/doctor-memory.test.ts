// `seqx doctor --memory` and `--crash-log`: who uses the memory, and why Node ran out of it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask } from '../helpers/gate.ts';
import { fixture, SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';

const MB = 2 ** 20;
const WAIT = 'console.log("up"); process.stdin.resume().on("end", () => process.exit())';

test('groups programs, counts agent sessions, knows heap limits and leftovers, and advises', async () => {
  await using scratch = new Scratch();
  const file = join(scratch.root, 'enough');
  await ask(scratch, ['perl', fixture('heavy-daemon.pl'), '60', file]);
  const env = { CODEX_THREAD_ID: 'x', NODE_OPTIONS: '--max-old-space-size=9999999' };
  const agent = scratch.start(process.execPath, ['-e', WAIT], { stdin: 'open', env });
  await agent.says('up');
  const { code, stdout } = await ask(scratch, ['doctor', '--memory', '--json']);
  const report = JSON.parse(stdout);
  expect([code, report.schema]).toEqual([0, 'seqx.doctor-memory/1']);
  const [heaviest] = report.programs;
  expect(heaviest).toMatchObject({
    program: expect.any(String),
    trees: expect.any(Number),
    isOwn: expect.any(Boolean),
  });
  expect(heaviest.share).toBeGreaterThan(0);
  expect(heaviest.share).toBeLessThan(1);
  expect(report.agents.filter((one: { agent: string }) => one.agent === 'Codex').length).toBeGreaterThan(0);
  expect(report.node.processes.find(({ pid }: { pid: number }) => pid === agent.pid)).toMatchObject({
    limitBytes: 9_999_999 * MB,
    from: 'NODE_OPTIONS',
  });
  expect(report.leftovers).toHaveLength(1);
  const commands = report.advice.map(({ command }: { command: string }) => command);
  expect(commands).toContain('seqx memory --cleanup');
  expect(commands.join('\n')).toMatch(/^NODE_OPTIONS=--max-old-space-size=\d+ COMMAND$/m);
  agent.child.stdin?.end();
  writeFileSync(file, '');
  await scratch.settle();
});

test('says it to people in a table', async () => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await ask(scratch, ['doctor', '--memory']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^ {2}PROGRAM +TREES +PROCESSES +RSS +PSS +VSZ +SHARE +HEAVIEST$/m);
  // A single-file binary has a Node of its own.
  const { node } = JSON.parse((await ask(scratch, ['doctor', '--json'])).stdout);
  expect(stdout).toContain(`default of Node ${node.slice(1)} here: `);
  for (const title of ['Machine', 'Agent sessions', 'This project', 'Left by dead runs', 'What to do']) {
    expect(stdout).toMatch(new RegExp(`^${title}$`, 'm'));
  }
});

test('explains how this very Node runs out of memory', async () => {
  await using scratch = new Scratch();
  const leak = 'const kept = []; for (;;) kept.push({ text: String(Math.random()) });';
  const { stderr: log } = await scratch.start(process.execPath, ['--max-old-space-size=20', '-e', leak])
    .ended;
  const { code, stdout } = await ask(scratch, ['doctor', '--crash-log', '-', '--json'], { stdin: log });
  const { schema, facts, figures, causes, advice } = JSON.parse(stdout);
  expect([code, schema]).toEqual([0, 'seqx.crash/1']);
  expect(facts.death.kind).toMatch(/^(heap|thrash|single)$/);
  expect(facts.collections).toBeGreaterThan(0);
  expect(figures.heapMb).toBeGreaterThan(5);
  expect(figures.livedMs).toBeGreaterThan(0);
  expect(causes.map(({ cause }: { cause: string }) => cause)).toContain('limit-low');
  expect(advice[0].command).toMatch(
    /--max-old-space-size=\d+ seqx --memory-limit \d+M COMMAND|near-heap-limit/,
  );
});

test('explains a log to people, and says what is missing from it', async () => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await ask(scratch, [
    'doctor',
    '--crash-log',
    fixture('crash-logs/node16-heap.txt'),
  ]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /^ {2}death +FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory$/m,
  );
  expect(stdout).toMatch(/^ {2}Node +not in the log$/m);
  expect(stdout).toMatch(/^ {2}lived +49s, to its last collection$/m);
  expect(stdout).toMatch(/^ {2}limit +not in the log; the heap ended at 262 MiB$/m);
  expect(stdout).toMatch(
    /^ {2}growth +\+922 KiB over the last 2 full collections in 868ms: \+1\.0 MiB a second$/m,
  );
  expect(stdout).toMatch(/^ {2}mu +0\.260 \(average 0\.292\): the program got 26\.0% of the time/m);
});

test('reads what PowerShell wrote in UTF-16', async () => {
  await using scratch = new Scratch();
  const file = join(scratch.root, 'log.txt');
  const text = '\ufeffFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\r\n';
  writeFileSync(file, text, 'utf16le');
  expect((await ask(scratch, ['doctor', '--crash-log', file])).stdout).toContain('Reached heap limit');
});

test('waits for a log that comes through a pipe that does not block', async () => {
  await using scratch = new Scratch();
  const unblocked = 'use Fcntl; fcntl(STDIN, F_SETFL, O_NONBLOCK) or die; exec @ARGV or die';
  const late = `(sleep 1; cat "$0") | perl -e '${unblocked}' -- "$@" doctor --crash-log -`;
  const words = ['-c', late, fixture('crash-logs/node16-heap.txt'), ...SEQX_WORDS];
  const { code, stdout, stderr } = await scratch.start('/bin/sh', words).ended;
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('Reached heap limit');
});

test.each([
  [['--crash-log', '/nowhere/log'], 125, 'cannot read /nowhere/log: ENOENT'],
  [['--crash-log', '/'], 125, 'cannot read /: EISDIR'],
  [['--crash-log'], 125, 'Not enough arguments following: crash-log'],
  [['--crash-log', 'x', '--memory'], 125, 'memory and crash-log are mutually exclusive'],
])('doctor %j: exit %i, and why', async (words, exit, message) => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await ask(scratch, ['doctor', ...words]);
  expect([code, stdout]).toEqual([exit, '']);
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^ {2}try: \S/m);
});

test('exits 1 where there is no death in the log', async () => {
  await using scratch = new Scratch();
  const { code, stdout } = await ask(scratch, ['doctor', '--crash-log', '-'], { stdin: 'all well\n' });
  expect([code, stdout]).toEqual([1, expect.stringContaining('no death by memory in the log')]);
});
