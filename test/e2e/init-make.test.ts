// `seqx init make` with the real seqx: plain make waits for its turn, looking never does, whoever stops waiting
// leaves nothing behind, and what runs inside goes through.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectIntegrations } from '../../src/operations/init.ts';
import { ask, hold, letGo, ticketCount, tickets } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch, type StartOptions } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { KEYS, lacksTerminal, Terminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

const MAKEFILE = `all: ; @echo made
deep: ; @$(MAKE) -s -C sub && seqx echo seqx
four: a b c d
a b c d: ; @${fixture('rendezvous.sh')} meeting 4 && echo met
stay: ; @echo staying; exec sleep 600
kill-all: ; @seqx kill-all --yes
`;

async function gated(scratch: Scratch): Promise<void> {
  for (const folder of ['sub', 'meeting']) mkdirSync(join(scratch.project, folder));
  writeFileSync(join(scratch.project, 'Makefile'), MAKEFILE);
  writeFileSync(
    join(scratch.project, 'sub', 'Makefile'),
    '-include ../seqx.mk\nall: ; @echo sub; make -s leaf\nleaf: ; @echo leaf\n',
  );
  expect((await ask(scratch, ['init', 'make'])).code).toBe(0);
}

const make = (scratch: Scratch, words: readonly string[] = [], options: StartOptions = {}) =>
  scratch.start('make', words, { ...options, env: { ...seqxOnPath(scratch), ...options.env } });

describe('with the gate held elsewhere', () => {
  test('make waits, says for whom, and runs when its turn has come', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const holder = await hold(scratch);
    const waiting = make(scratch, ['-j8', 'MSG=a b']);
    await ticketCount(scratch, 2);
    await waiting.says(/waiting for web: position 1 of 1, behind pid/, 'stderr');
    expect(waiting.stdout).toBe('');
    await letGo(holder);
    expect(await waiting.ended).toMatchObject({ code: 0, stdout: 'made\n' });
    await scratch.settle();
  });

  test.each([['-npq'], ['-n'], ['-q'], ['-t', 'kill-all'], ['-pn']])(
    'make %s returns at once',
    async (...words) => {
      await using scratch = new Scratch();
      await gated(scratch);
      const holder = await hold(scratch);
      await make(scratch, words).ended;
      expect([holder.isOver, tickets(scratch.state).length]).toEqual([false, 1]);
      await letGo(holder);
      await scratch.settle();
    },
  );

  test('make kill-all ends the holder without waiting behind it', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const holder = make(scratch, ['stay']);
    await holder.says('staying');
    expect((await make(scratch, ['kill-all']).ended).code).toBe(0);
    expect((await holder.ended).code).not.toBe(0);
    await scratch.settle();
  });

  test('make gives up with SEQX_WAIT, and makes nothing', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const holder = await hold(scratch);
    const { code, stdout, stderr } = await make(scratch, [], { env: { SEQX_WAIT: '0' } }).ended;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('seqx did not get the gate, so nothing is made');
    await letGo(holder);
    await scratch.settle();
  });

  test.each([
    ['SIGINT to its group', (pid: number) => process.kill(-pid, 'SIGINT')],
    ['SIGTERM to it alone', (pid: number) => process.kill(pid, 'SIGTERM')],
    ['SIGKILL of it alone', (pid: number) => process.kill(pid, 'SIGKILL')],
  ])('a waiting make leaves no ticket after %s', async (_what, stop) => {
    await using scratch = new Scratch();
    await gated(scratch);
    const holder = await hold(scratch);
    const waiting = make(scratch, [], { group: 'own' });
    await ticketCount(scratch, 2);
    stop(waiting.pid);
    await waiting.exited;
    await ticketCount(scratch, 1);
    await until(
      'nobody waits on its behalf',
      () => !scratch.processes().some(({ words }) => words.includes('hold')),
    );
    expect(holder.isOver).toBe(false);
    await letGo(holder);
    await scratch.settle();
  });
});

describe('a make that has its turn', () => {
  test('has sub-makes, make by name and seqx inside it', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const { code, stdout, stderr } = await make(scratch, ['deep']).ended;
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'sub\nleaf\nseqx\n', stderr: '' });
    await scratch.settle();
  });

  test('runs four targets at once with -j4', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const { code, stdout, stderr } = await make(scratch, ['-j4', 'four']).ended;
    expect([code, stdout, stderr]).toEqual([0, 'met\n'.repeat(4), '']);
    await scratch.settle();
  });

  test('keeps everybody else out, and lets them in when it ends', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const first = make(scratch, ['stay'], { group: 'own' });
    await first.says('staying');
    const next = scratch.seqx(['echo', 'next']);
    await ticketCount(scratch, 2);
    expect(next.isOver).toBe(false);
    process.kill(-first.pid, 'SIGTERM');
    expect((await next.ended).stdout).toBe('next\n');
    await scratch.settle();
  });

  test.skipIf(lacksTerminal)('obeys Ctrl-C as make does', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const terminal = new Terminal(scratch, 'make', ['stay'], { env: seqxOnPath(scratch) });
    await terminal.shows('staying');
    terminal.type(KEYS.interrupt);
    await terminal.ended;
    // Or it finds that its handler has reaped the child already: plain make says so in 3 to 8 of 100 interrupts.
    expect(terminal.shown).toMatch(
      /make: \*\*\* (\[Makefile:\d+: stay\] Interrupt|wait: No child processes)/,
    );
    await scratch.settle();
  });

  test('is shown by seqx status as what was typed', async () => {
    await using scratch = new Scratch();
    await gated(scratch);
    const first = make(scratch, ['stay', 'MSG=a b'], { group: 'own' });
    await first.says('staying');
    const { running } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
    expect(running).toMatchObject([{ pid: first.pid, command: ['make', 'stay', 'MSG=a b'] }]);
    process.kill(-first.pid, 'SIGTERM');
    await first.ended;
    await scratch.settle();
  });
});

test('SEQX_BYPASS=1 make goes past the gate once, and history counts it', async () => {
  await using scratch = new Scratch();
  await gated(scratch);
  const holder = await hold(scratch);
  const { code, stdout } = await make(scratch, [], { env: { SEQX_BYPASS: '1' } }).ended;
  expect([code, stdout]).toEqual([0, 'made\n']);
  await letGo(holder);
  expect((await ask(scratch, ['history'])).stdout).toContain('bypassed');
  await scratch.settle();
});

test('the sub-makes of a bypass are not counted again', async () => {
  await using scratch = new Scratch();
  await gated(scratch);
  writeFileSync(
    join(scratch.project, 'Makefile'),
    '-include seqx.mk\nall:\n\t@$(MAKE) below\nbelow:\n\t@echo made\n',
  );
  const { stdout } = await make(scratch, ['--no-print-directory'], { env: { SEQX_BYPASS: '1' } }).ended;
  expect(stdout).toBe('made\n');
  expect((await ask(scratch, ['history'])).stdout.match(/bypassed/g)).toHaveLength(1);
  await scratch.settle();
});

test('init make --user gates every make of the shell that takes its line, and touches no Makefile', async () => {
  await using scratch = new Scratch();
  writeFileSync(join(scratch.project, 'Makefile'), MAKEFILE);
  const { stdout: line } = await ask(scratch, ['init', 'make', '--user']);
  expect(line).toBe(
    `export MAKEFILES="\${MAKEFILES:+$MAKEFILES }"${scratch.env.HOME}/.local/share/seqx/seqx.mk\n`,
  );
  const holder = await hold(scratch);
  const waiting = scratch.start('sh', ['-c', `${line}exec make`], { env: seqxOnPath(scratch) });
  await ticketCount(scratch, 2);
  await letGo(holder);
  expect(await waiting.ended).toMatchObject({ code: 0, stdout: 'made\n' });
  expect((await ask(scratch, ['init', 'make', '--user'])).stdout).toBe(line);
  await ask(scratch, ['init', 'make', '--user', '--remove']);
  expect((await scratch.start('sh', ['-c', `${line}exec make`]).ended).stdout).toBe('made\n');
  expect((await scratch.start('find', [join(scratch.root, 'home'), '-name', 'seqx*']).ended).stdout).toBe('');
  await scratch.settle();
});

test('doctor knows whether plain make is gated', async () => {
  await using scratch = new Scratch();
  const look = async (env: Record<string, string> = {}) => {
    const states = await inspectIntegrations({ cwd: scratch.project, env: { ...scratch.env, ...env } });
    return states.find(({ name }) => name === 'make');
  };
  expect(await look()).toMatchObject({ state: 'absent' });
  writeFileSync(join(scratch.project, 'Makefile'), MAKEFILE);
  expect(await look()).toMatchObject({ state: 'open', hint: `seqx --cwd ${scratch.project} init make` });
  await ask(scratch, ['init', 'make']);
  expect(await look()).toMatchObject({ state: 'active' });
  const mk = join(scratch.project, 'seqx.mk');
  await scratch.start('mv', [mk, `${mk}.away`]).ended;
  expect(await look()).toMatchObject({
    state: 'open',
    detail: expect.stringContaining('which is not there'),
  });
  expect(await look({ MAKEFILES: `/none ${mk}.away` })).toMatchObject({ state: 'active' });
});
