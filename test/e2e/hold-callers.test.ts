// Who calls `seqx hold`, and how: shells that fork a subshell for it and shells that do not, make, callers that read
// its stderr to the end, callers that have files open.

import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacks } from '../helpers/capability.ts';
import { ask, entryPaths, hold, letGo, tickets, watchdogPid } from '../helpers/gate.ts';
import { Scratch, type StartOptions } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { KEYS, lacksTerminal, Terminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

const start = (scratch: Scratch, words: readonly [string, ...string[]], options: StartOptions = {}) =>
  scratch.start(words[0], words.slice(1), { ...options, env: seqxOnPath(scratch) });

const refusal = expect.stringMatching(
  /, is a fork of its parent, as a subshell is, and with it the gate would be gone.*\n {2}try: seqx hold --pid \$\$\n/,
);

describe.each(['dash', 'bash', 'zsh'])('%s', shell => {
  describe.skipIf(lacks(shell))('as the caller', () => {
    test.each(['$(seqx hold)', '`seqx hold`', '$(A=b seqx hold)'])('%s is for the shell', async words => {
      await using scratch = new Scratch();
      const caller = start(scratch, [shell, '-c', `X=${words} || exit; echo "up $X"; read -r _`], {
        stdin: 'open',
      });
      await caller.says(/^up \S+:\S+$/m);
      expect(caller.stdout).toContain(`-${caller.pid}-`);
      await letGo(caller);
      await scratch.settle();
    });

    test('a subshell is refused, for it would end at once, unless --pid says who is meant', async () => {
      await using scratch = new Scratch();
      const refused = await start(scratch, [shell, '-c', 'X=$(seqx hold || exit); echo "$? $X"']).ended;
      expect([refused.stdout, refused.stderr]).toEqual(['125 \n', refusal]);
      const line = 'X=$(seqx hold --pid $$ 2>/dev/null || exit); echo "up $X"; read -r _';
      const caller = start(scratch, [shell, '-c', line], { stdin: 'open' });
      await caller.says(/^up \S+:\S+$/m);
      expect(caller.stdout).toContain(`-${caller.pid}-`);
      expect((await ask(scratch, ['--no-wait', 'true'])).code).toBe(75);
      await letGo(caller);
      await scratch.settle();
    });
  });
});

test.skipIf(lacks('bash'))('bash forks for a redirection alone: refused as well', async () => {
  await using scratch = new Scratch();
  const line = 'X=$(seqx hold 2>said); echo "$? $X"; cat said';
  const { stdout } = await start(scratch, ['bash', '-c', line]).ended;
  expect(stdout).toMatch(/^125 \n/);
  expect(stdout).toEqual(refusal);
  await scratch.settle();
});

test.skipIf(lacks('perl'))('a worker that a program has forked may hold', async () => {
  await using scratch = new Scratch();
  const script = '$| = 1; if (fork) { wait; exit $? >> 8 } print "up $$ ", scalar `seqx hold`; <STDIN>';
  const caller = start(scratch, ['perl', '-e', script], { stdin: 'open' });
  await caller.says(/^up \d+ \S+:\S+$/m);
  const [, worker = ''] = /^up (\d+)/.exec(caller.stdout) ?? [];
  expect(caller.stdout).toContain(`-${worker}-`);
  await letGo(caller);
  await scratch.settle();
});

describe.skipIf(lacks('make'))('make', () => {
  test.each([
    ['$(shell seqx hold)', 'X := $(shell seqx hold)\nall: ; @seqx --no-wait echo $(if $(X),in)'],
    [
      '$(shell) with a redirection',
      'X := $(shell seqx hold 2>&1)\nall: ; @seqx --no-wait echo $(if $(X),in)',
    ],
    ['a recipe of one command', 'all: ; @seqx hold >token && seqx --no-wait echo in'],
    ['a recipe of several', 'all: ; @X=$$(seqx hold); test -n "$$X" && seqx --no-wait echo in'],
    [
      'a make in a make of the same words',
      'ifeq ($(MAKELEVEL),0)\nall: ; @$(MAKE)\nelse\nX := $(shell seqx hold)\nall: ; @echo $(if $(X),in)\nendif',
    ],
  ])('%s has the gate', async (_name, makefile) => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'Makefile'), `${makefile}\n`);
    const { code, stdout, stderr } = await start(scratch, ['make']).ended;
    expect([code, stdout.split('\n'), stderr]).toEqual([0, expect.arrayContaining(['in']), '']);
    await scratch.settle();
  });

  test.skipIf(lacksTerminal || lacks('bash'))(
    'Ctrl-C while it waits: the prompt of the shell stays, whoever is faster',
    async () => {
      await using scratch = new Scratch();
      const holder = await hold(scratch);
      writeFileSync(join(scratch.project, 'Makefile'), 'X := $(shell seqx hold)\nall: ; @echo never\n');
      const env = { ...seqxOnPath(scratch), PS1: '<prompt>' };
      const terminal = new Terminal(scratch, 'bash', ['--norc', '--noprofile', '-i'], { env });
      await terminal.shows('<prompt>');
      terminal.type('make\r');
      await terminal.shows(/^seqx: waiting for web: position 1 of 1, behind pid/m);
      terminal.type(KEYS.interrupt);
      await until(
        'the hold has left the queue and ended',
        () =>
          scratch.processes().every(({ words }) => !words.includes('hold')) &&
          tickets(scratch.state).length === 1,
      );
      await terminal.shows(/<prompt>[^\n]*make[\s\S]*<prompt>/);
      expect(terminal.shown).not.toContain('\u001b[2K');
      expect(terminal.shown.slice(terminal.shown.lastIndexOf('<prompt>'))).not.toContain('seqx');
      terminal.type('exit\r');
      await terminal.ended;
      await letGo(holder);
      await scratch.settle();
    },
  );
});

describe('a caller that reads stderr to its end', () => {
  test('is not kept waiting by the watchdog', async () => {
    await using scratch = new Scratch();
    const line = 'X=$(seqx hold --pid $$ 2>&1); echo "up $X"; read -r _';
    const caller = start(scratch, ['sh', '-c', line], { stdin: 'open' });
    await caller.says(/^up \S+:\S+$/m);
    await letGo(caller);
    const other = scratch.start('cat', [], { stdin: 'open' });
    expect((await scratch.seqx(['hold', '--pid', String(other.pid)]).ended).code).toBe(0);
    await letGo(other);
    await scratch.settle();
  });

  test('a file, and what is the holder’s own, still get the lines of the watchdog', async () => {
    await using scratch = new Scratch();
    const line = 'X=$(seqx --timeout 100ms hold --pid $$ 2>said); read -r _';
    await start(scratch, ['sh', '-c', line], { stdin: 'open' }).ended;
    await until('the line is there', () =>
      /ran for 100ms; ending it/.test(readFileSync(join(scratch.project, 'said'), 'utf8')),
    );
    await scratch.settle();
    const own = await start(scratch, ['sh', '-c', 'X=$(seqx --timeout 100ms hold --pid $$); read -r _'], {
      stdin: 'open',
    }).ended;
    expect(own.stderr).toMatch(/ran for 100ms; ending it/);
    await scratch.settle();
  });
});

describe.skipIf(lacks('bash'))('what the caller has open', () => {
  test('is not kept open by the watchdog, whatever its number', async () => {
    await using scratch = new Scratch();
    const opened = 'exec 9>low 200>high 201> >(cat); X=$(seqx hold --pid $$)';
    const caller = start(scratch, ['bash', '-c', `${opened}; echo up; read -r _`], { stdin: 'open' });
    await caller.says('up');
    const folder = `/proc/${await watchdogPid(scratch)}/fd`;
    const files = (of: string) =>
      readdirSync(of).flatMap(fd => (Number(fd) > 2 ? readlinkSync(join(of, fd)) : []));
    const theirs = files(`/proc/${caller.pid}/fd`);
    expect(theirs).toContain(join(scratch.project, 'high'));
    expect(files(folder).filter(link => theirs.includes(link))).toEqual([]);
    await letGo(caller);
    await scratch.settle();
  });

  test.skipIf(lacks('perl'))('nor is a pipe of which it has both ends', async () => {
    await using scratch = new Scratch();
    const pipe = 'use POSIX; pipe(R, W); dup2(fileno R, 200); dup2(fileno W, 202); exec @ARGV';
    const lines = 'X=$(seqx hold --pid $$); echo up; read -r _';
    const caller = start(scratch, ['perl', '-e', pipe, 'sh', '-c', lines], { stdin: 'open' });
    await caller.says('up');
    const both = readlinkSync(`/proc/${caller.pid}/fd/200`);
    expect(both).toBe(readlinkSync(`/proc/${caller.pid}/fd/202`));
    const folder = `/proc/${await watchdogPid(scratch)}/fd`;
    expect(readdirSync(folder).map(fd => readlinkSync(join(folder, fd)))).not.toContain(both);
    await letGo(caller);
    await scratch.settle();
  });

  test.skipIf(lacks('flock'))(
    'a flock is free when the caller closes it, though the hold goes on',
    async () => {
      await using scratch = new Scratch();
      const line =
        'exec 9>low 200>high; flock 9; flock 200; X=$(seqx hold --pid $$); exec 9>&- 200>&-; flock -n low flock -n high echo free; read -r _';
      const caller = start(scratch, ['bash', '-c', line], { stdin: 'open' });
      await caller.says('free');
      expect(entryPaths(scratch.state)).toHaveLength(1);
      await letGo(caller);
      await scratch.settle();
    },
  );

  test.skipIf(lacks('make'))('make -j: its jobserver is not kept open', async () => {
    await using scratch = new Scratch();
    writeFileSync(
      join(scratch.project, 'Makefile'),
      'all: ; +@seqx hold --pid $(PARENT) >token; echo up; read -r _\n',
    );
    const line = 'make -j2 PARENT=$$; echo over; read -r _';
    const caller = start(scratch, ['bash', '-c', line], { stdin: 'open' });
    await caller.says('up');
    const maker = scratch.processes().find(({ words }) => words[0] === 'make')?.pid;
    const files = (pid: unknown) =>
      readdirSync(`/proc/${pid}/fd`).map(fd => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const jobserver = files(maker).filter(
      link => /^pipe:|fifo/.test(link) && !files(caller.pid).includes(link),
    );
    expect(jobserver.length).toBeGreaterThan(0);
    expect(files(await watchdogPid(scratch)).filter(link => jobserver.includes(link))).toEqual([]);
    await letGo(caller);
    await scratch.settle();
  });
});
