// A gate that was taken by `seqx hold` is known to be held by all that its owner runs, also where nobody handed
// on SEQX_RUN: nobody waits for a process that waits for it, and none is refused for somebody who has gone.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, hold, letGo, stateOf, ticketCount } from '../helpers/gate.ts';
import { gateFolder } from '../helpers/held-gate.ts';
import { fixture, LIBRARY } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';

/** Shell lines with seqx on the PATH; they go on at each `read -r _` when told. */
const shell = (scratch: Scratch, lines: string): Started =>
  scratch.start('sh', ['-c', lines], { env: seqxOnPath(scratch), stdin: 'open' });

const tell = (started: Started) => started.child.stdin?.write('\n');

const namesIn = async (scratch: Scratch, lock: string, ...path: string[]): Promise<string[]> =>
  readdirSync(join(await gateFolder(scratch, { lock }), ...path));

/** The chain in the ticket of the one who waits at this gate. */
async function waiterChain(scratch: Scratch, lock: string): Promise<string[]> {
  const holders = await namesIn(scratch, lock, 'slots', '0');
  const tickets = await namesIn(scratch, lock, 'q');
  const waiting = tickets.filter(name => !name.startsWith('.') && !holders.includes(name.slice(2)));
  if (waiting.length !== 1) return [];
  const folder = await gateFolder(scratch, { lock });
  return JSON.parse(readFileSync(join(folder, 'q', waiting[0] ?? ''), 'utf8')).chain;
}

/** Of two who would wait for each other, one is refused and the other completes. */
async function expectOneRefused(ended: Promise<{ stdout: string; stderr: string }>[]): Promise<void> {
  const both = await Promise.all(ended);
  expect(both.map(({ stdout }) => /inner \d+/.exec(stdout)?.[0]).sort()).toEqual(['inner 0', 'inner 125']);
  const loser = both.find(({ stdout }) => stdout.includes('inner 125'));
  expect(loser?.stderr).toMatch(/deadlock: pid \d+ ".*" waits for pid \d+ ".*" waits for pid \d+/);
  expect(loser?.stderr).toContain('nothing was run');
}

test.each([
  { what: 'runs a command', inner: 'echo crossed' },
  { what: 'holds as well', inner: 'hold >/dev/null' },
])(
  'two shells that hold a gate each, and each $what at the other’s: one gives up at once',
  async ({ inner }) => {
    await using scratch = new Scratch();
    const cross = (own: string, other: string) =>
      shell(
        scratch,
        `seqx --lock ${own} hold --pid $$ >/dev/null; echo up; read -r _; seqx --lock ${other} ${inner}; echo "inner $?"`,
      );
    const both = [cross('one', 'two'), cross('two', 'one')];
    for (const started of both) await started.says('up');
    for (const started of both) tell(started);
    await expectOneRefused(both.map(({ ended }) => ended));
    const pids = both.map(({ pid }) => pid).join('|');
    const said = both.map(({ stderr }) => stderr).join('');
    expect(said).toMatch(
      new RegExp(`waits for pid .*, for pid (${pids}) "sh .*" holds the gate between them; nothing was run`),
    );
    expect(said).toMatch(new RegExp(`^ {2}try: seqx release {3}in pid (${pids}), before`, 'm'));
    await scratch.settle();
  },
);

test('a shell that gets its gate only while its child waits: the circle is found all the same', async () => {
  await using scratch = new Scratch();
  const first = await hold(scratch, ['--lock', 'one']);
  const second = shell(
    scratch,
    'seqx --lock two hold >/dev/null; echo up; read -r _; seqx --lock one echo crossed; echo "inner $?"',
  );
  await second.says('up');
  const late = shell(
    scratch,
    '{ seqx --lock two echo crossed; echo "inner $?"; } & read -r _; seqx --lock one hold >/dev/null; wait $!',
  );
  await until('its child waits', async () => (await namesIn(scratch, 'two', 'q')).length === 2);
  tell(late);
  await until('it waits to hold', async () => (await namesIn(scratch, 'one', 'q')).length === 2);
  tell(second);
  await until('both wait for one', async () => (await namesIn(scratch, 'one', 'q')).length === 3);
  await letGo(first);
  await expectOneRefused([second.ended, late.ended]);
  await scratch.settle();
});

test('the ticket of a waiter says what its ancestors hold by now', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch, ['--lock', 'two']);
  const parent = shell(
    scratch,
    'seqx --lock two true & read -r _; seqx --lock one hold; read -r _; seqx --lock one release; wait $!',
  );
  await ticketCount(scratch, 2);
  tell(parent);
  await parent.says(/:.*\n/);
  const token = parent.stdout.trim();
  await until('its ticket has the hold', async () => (await waiterChain(scratch, 'two')).includes(token));
  tell(parent);
  await until('its ticket has it no more', async () => (await waiterChain(scratch, 'two')).length === 0);
  await letGo(holder);
  expect((await parent.ended).code).toBe(0);
  await scratch.settle();
});

test('a hold for a stranger, asked for inside the run that it would wait for, is refused', async () => {
  await using scratch = new Scratch();
  const stranger = scratch.start('cat', [], { stdin: 'open' });
  const script = `seqx hold --pid ${stranger.pid}; echo "inner $?"`;
  const { stdout, stderr } = await ask(scratch, ['sh', '-c', script], { env: seqxOnPath(scratch) });
  expect(stdout).toBe('inner 125\n');
  expect(stderr).toContain('deadlock: pid');
  await letGo(stranger);
  await scratch.settle();
});

test('a program that holds the gate by `seqx hold` passes through in its own run()', async () => {
  await using scratch = new Scratch();
  const script = `const { execFileSync } = await import('node:child_process');
     execFileSync('seqx', ['hold'], { stdio: ['ignore', 'ignore', 'inherit'] });
     const { outcome } = await seqx.run(['echo', 'inside'], { settings: { wait: 0 } });
     say(outcome);`;
  const words = [fixture('library.js'), LIBRARY, script];
  const { stdout } = await scratch.start(process.execPath, words, { env: seqxOnPath(scratch) }).ended;
  expect(stdout).toBe('inside\n{"kind":"exited","code":0}\n');
  await scratch.settle();
});

test('one that was killed while it waited closes no circle', async () => {
  await using scratch = new Scratch();
  const second = shell(
    scratch,
    'seqx --lock two hold >/dev/null; echo up; read -r _; seqx --lock one --wait 100ms true; echo "inner $?"',
  );
  await second.says('up');
  const first = shell(
    scratch,
    'seqx --lock one hold >/dev/null; seqx --lock two true & echo "up $!"; wait $!; read -r _',
  );
  await first.says('up');
  await until('the child waits inside', async () => (await waiterChain(scratch, 'two')).length === 1);
  const child = Number(/up (\d+)/.exec(first.stdout)?.[1]);
  process.kill(child, 'SIGKILL');
  await until('it is gone', () => stateOf(child) === undefined);
  tell(second);
  expect((await second.ended).stdout).toBe('up\ninner 75\n');
  tell(first);
  await first.ended;
  expect(await ask(scratch, ['--lock', 'two', 'true'])).toMatchObject({ code: 0 });
  await scratch.settle();
});
