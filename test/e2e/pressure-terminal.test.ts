// A run that stands still for memory pressure, at a real terminal: its keys do what they always do.

import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { entryPaths, letGo, stateOf } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import {
  commandState,
  eater,
  goesOn,
  grow,
  isSuspended,
  PRESSED,
  shrink,
  standsStill,
} from '../helpers/pressed.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import type { Started } from '../helpers/started.ts';
import { KEYS, lacksTerminal, Terminal } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

interface Pressed {
  readonly terminal: Terminal;
  readonly older: Started;
  readonly younger: { readonly pid: number };
}

/** An interactive shell in which the younger of two runs stands still. */
async function pressedIn(scratch: Scratch, words: readonly string[]): Promise<Pressed> {
  const older = await eater(scratch, 100);
  const env = { ...seqxOnPath(scratch), PS1: '<prompt>' };
  const terminal = new Terminal(scratch, 'bash', ['--norc', '--noprofile', '-i'], { env, columns: 400 });
  await terminal.shows('<prompt>');
  terminal.type(`seqx ${[...PRESSED, ...words].join(' ')}; echo rc:$?\n`);
  await terminal.shows(/^holds 60/m);
  const pids = entryPaths(scratch.state).map(path => Number(basename(path).split('-')[1]));
  const younger = { pid: pids.find(pid => pid !== older.pid) ?? 0 };
  grow(older, 90);
  await standsStill(scratch, younger);
  return { terminal, older, younger };
}

async function leave(scratch: Scratch, { terminal, older }: Pressed): Promise<void> {
  terminal.type('exit\n');
  await terminal.ended;
  await letGo(older);
  await scratch.settle();
}

const COUNT = ['perl', fixture('count-up.pl'), '60', '400'];

describe.skipIf(lacksTerminal)('at a terminal', () => {
  test('the shell sees nothing of it: the run stays in the foreground, and is whole in the end', async () => {
    await using scratch = new Scratch();
    const pressed = await pressedIn(scratch, COUNT);
    const { terminal, older } = pressed;
    expect(terminal.shown).not.toContain('Stopped');
    shrink(older);
    await terminal.shows('rc:7');
    const numbers = [...terminal.shown.matchAll(/^(\d+)\r$/gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    await leave(scratch, pressed);
  });

  test('Ctrl-C ends it', async () => {
    await using scratch = new Scratch();
    const pressed = await pressedIn(scratch, [...COUNT.slice(0, -1), '100000']);
    pressed.terminal.type(KEYS.interrupt);
    await pressed.terminal.shows(/\^C\r\n\S*<prompt>/);
    await leave(scratch, pressed);
  });

  test('after Ctrl-Z it does not go on before fg, although there is room', async () => {
    await using scratch = new Scratch();
    const pressed = await pressedIn(scratch, COUNT);
    const { terminal, older, younger } = pressed;
    terminal.type(KEYS.suspend);
    await terminal.shows('Stopped');
    shrink(older);
    await older.says('free');
    await new Promise(resolve => setTimeout(resolve, 2_000));
    expect([stateOf(younger.pid), commandState(scratch, younger)]).toEqual(['T', 'T']);
    terminal.type('fg\n');
    await goesOn(scratch, younger);
    await terminal.shows(/^400\r$/m);
    await until('it has ended', () => entryPaths(scratch.state).length === 1);
    await leave(scratch, pressed);
  });

  test('after Ctrl-Z and fg without room it stands still again, and goes on when there is', async () => {
    await using scratch = new Scratch();
    const pressed = await pressedIn(scratch, COUNT);
    const { terminal, older, younger } = pressed;
    terminal.type(KEYS.suspend);
    await terminal.shows('Stopped');
    terminal.type('fg\n');
    await until('its seqx goes on', () => stateOf(younger.pid) === 'S');
    await standsStill(scratch, younger);
    await new Promise(resolve => setTimeout(resolve, 600));
    expect([isSuspended(scratch, younger), commandState(scratch, younger)]).toEqual([true, 'T']);
    shrink(older);
    await terminal.shows(/^400\r$/m);
    await leave(scratch, pressed);
  });
});
