// Ctrl-C, Ctrl-\ and Ctrl-Z at a real terminal do to the command what they do without seqx.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fixture, SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { KEYS, lacksTerminal, Terminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

const SIGINT = 2;
const SIGQUIT = 3;

const inTerminal = (scratch: Scratch, words: readonly string[]) => {
  const [file, ...first] = SEQX_WORDS;
  return new Terminal(scratch, file, [...first, ...words]);
};

/** An interactive shell with job control. */
async function shell(scratch: Scratch): Promise<Terminal> {
  const env = { ...seqxOnPath(scratch), PS1: '<prompt>' };
  const terminal = new Terminal(scratch, 'bash', ['--norc', '--noprofile', '-i'], { env });
  await terminal.shows('<prompt>');
  return terminal;
}

/** State letters of the wrapper and of the command that runs this script, from /proc. */
function states(scratch: Scratch, script: string): string[] {
  const pids = scratch.processes().filter(({ words }) => words.some(word => word === script));
  return pids.map(({ pid }) => / ([A-Z]) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '?');
}

describe.skipIf(lacksTerminal)('keys', () => {
  test('Ctrl-C is exactly one SIGINT to the command', async () => {
    await using scratch = new Scratch();
    const terminal = inTerminal(scratch, ['--kill-grace', '60s', fixture('tell-signals.pl')]);
    await terminal.shows('ready');
    terminal.type(KEYS.interrupt);
    await terminal.shows('got INT');
    // A forwarded copy would have come before this one, which the wrapper forwards.
    process.kill(terminal.pid, 'SIGUSR1');
    await terminal.shows('got USR1');
    expect(terminal.shown.match(/got INT/g)).toHaveLength(1);
    terminal.type('\u0004');
    expect((await terminal.ended).code).toBe(0);
    await scratch.settle();
  });

  test.each([
    ['Ctrl-C', KEYS.interrupt, SIGINT],
    ['Ctrl-\\', KEYS.quit, SIGQUIT],
  ])('a command that dies of %s is seen to die of it', async (_name, key, signal) => {
    await using scratch = new Scratch();
    const terminal = inTerminal(scratch, ['sh', '-c', 'ulimit -c 0; echo ready; exec sleep 300']);
    await terminal.shows('ready');
    terminal.type(key);
    expect((await terminal.ended).signal).toBe(signal);
    await scratch.settle();
  });

  test('a command that handles Ctrl-C and exits with 5 gives 5', async () => {
    await using scratch = new Scratch();
    // Ready is said by the child: a Ctrl-C before it is there would wait for its end, as in any shell.
    const script = 'trap "exit 5" INT; sh -c "echo ready; exec sleep 300"; :';
    const terminal = inTerminal(scratch, ['sh', '-c', script]);
    await terminal.shows('ready');
    terminal.type(KEYS.interrupt);
    expect((await terminal.ended).code).toBe(5);
    await scratch.settle();
  });

  test('Ctrl-C twice ends the whole tree, also what ignores signals and what left the session', async () => {
    await using scratch = new Scratch();
    const grandchild = fixture('stubborn.sh');
    const script = `setsid ${grandchild} & ${grandchild} & exec ${fixture('count-interrupts.pl')}`;
    const terminal = inTerminal(scratch, ['--kill-grace', '1500ms', 'sh', '-c', script]);
    const sleepers = () => scratch.processes().filter(({ words }) => words[0] === 'sleep').length;
    const ready = () => terminal.shown.match(/ready/g)?.length;
    await until('the whole tree runs', () => sleepers() === 4 && ready() === 3);
    terminal.type(KEYS.interrupt);
    await terminal.shows('interrupt 1');
    expect(sleepers()).toBe(4);
    // Under load two presses may be one to the wrapper, or further apart than the grace: press until it says so.
    const isUnderstood = () => terminal.shown.includes('interrupted again; ending');
    await until('the second Ctrl-C is understood', async () => {
      if (!isUnderstood()) terminal.type(KEYS.interrupt);
      return until('it says so', isUnderstood, 500).catch(() => false);
    });
    await terminal.ended;
    await scratch.settle();
  });

  test('Ctrl-Z stops wrapper and command, fg resumes both', async () => {
    await using scratch = new Scratch();
    const terminal = await shell(scratch);
    const script = 'echo ready:$PPID; read line; echo got:$line';
    terminal.type(`seqx sh -c '${script}'; echo rc:$?\n`);
    await terminal.shows(/ready:\d/);
    terminal.type(KEYS.suspend);
    await until('both are stopped', () => states(scratch, script).join('') === 'TT');
    await terminal.shows('Stopped');
    terminal.type('fg\n');
    await until(
      'both go on',
      () => states(scratch, script).length === 2 && !states(scratch, script).includes('T'),
    );
    terminal.type('hello\n');
    await terminal.shows('got:hello');
    terminal.type('exit\n');
    await terminal.ended;
    await scratch.settle();
  });

  test('a background seqx that reads the terminal is stopped, and fg resumes it', async () => {
    await using scratch = new Scratch();
    const terminal = await shell(scratch);
    const script = 'read line; echo got:$line';
    terminal.type(`seqx sh -c '${script}' &\n`);
    await until('both are stopped', () => states(scratch, script).join('') === 'TT');
    terminal.type('fg\n');
    await until(
      'both go on',
      () => states(scratch, script).length === 2 && !states(scratch, script).includes('T'),
    );
    terminal.type('hello\n');
    await terminal.shows('got:hello');
    terminal.type('exit\n');
    await terminal.ended;
    await scratch.settle();
  });

  test('Ctrl-C in an interactive shell gives 130 and the prompt back', async () => {
    await using scratch = new Scratch();
    const terminal = await shell(scratch);
    terminal.type(`seqx sh -c 'echo ready:$$; exec sleep 300'\n`);
    await terminal.shows(/ready:\d/);
    terminal.type(KEYS.interrupt);
    await terminal.shows(/\^C\r\n\S*<prompt>/);
    terminal.type('echo rc:$?\n');
    await terminal.shows('rc:130');
    terminal.type('exit\n');
    await terminal.ended;
    await scratch.settle();
  });
});
