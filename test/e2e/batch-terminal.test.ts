// `seqx batch` in a terminal: one line of progress, rewritten in place, out of the way of whatever is printed.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { KEYS, lacksTerminal, Terminal, type TerminalOptions } from '../helpers/terminal.ts';
import { until } from '../helpers/until.ts';

const ERASE = '\r\u001b[2K';
const SIGINT = 2;

const inTerminal = (scratch: Scratch, words: readonly string[], options: TerminalOptions = {}) => {
  const [file, ...first] = SEQX_WORDS;
  return new Terminal(scratch, file, [...first, 'batch', ...words], { columns: 200, ...options });
};
const waits = (name: string): string => `while ! test -e go-${name}; do sleep 0.02; done`;
const go = ({ project }: Scratch, name: string): void => writeFileSync(join(project, `go-${name}`), '');

/** What is left on the screen when every erased line is gone. */
const left = (shown: string): string => shown.replaceAll(/[^\n]*\r\u001b\[2K/g, '').replaceAll('\r', '');

describe.skipIf(lacksTerminal)('in a terminal', () => {
  test('one line says how far it is, and is gone at the end', async () => {
    await using scratch = new Scratch();
    const list = ['a', 'b', 'c'].map(name => ({ name, argv: ['sh', '-c', waits(name)] }));
    writeFileSync(join(scratch.project, 'list'), list.map(one => JSON.stringify(one)).join('\n'));
    const terminal = inTerminal(scratch, ['-j2', 'list']);
    await terminal.shows(/seqx: 0 of 3 done, [\d.]+ \w+ of 2\.0 GiB, 2 running: a, b/);
    go(scratch, 'a');
    await terminal.shows(/seqx: 1 of 3 done, [\d.]+ \w+ of 2\.0 GiB, about \S+ left, 2 running: b, c/);
    for (const name of ['b', 'c']) go(scratch, name);
    expect((await terminal.ended).code).toBe(0);
    const lines = left(terminal.shown).split('\n');
    expect(lines[0]).toMatch(/^seqx: batch: 3 of 3 commands ok in /);
    expect(lines[1]?.trim().split(/ +/)).toEqual(['COMMAND', 'OUTCOME', 'TIME', 'PEAK']);
    await scratch.settle();
  });

  test('output is never glued to it, and what failed is said above it', async () => {
    await using scratch = new Scratch();
    const lines = ['printf no-end', 'exit 3', `${waits('c')}; echo last`];
    const terminal = inTerminal(scratch, ['-j3', ':::', ...lines]);
    await terminal.shows(/2 of 3 done, 1 failed/);
    go(scratch, 'c');
    expect((await terminal.ended).code).toBe(1);
    const shown = left(terminal.shown).split('\n');
    expect(shown.slice(0, 4)).toEqual([
      expect.stringMatching(/^seqx: 1 of 3: printf no-end: ok after /),
      'no-end',
      expect.stringMatching(/^seqx: 2 of 3: exit 3: exit 3 after /),
      expect.stringMatching(/^seqx: 3 of 3: while .*: ok after /),
    ]);
    expect(shown[4]).toBe('last');
  });

  test('it never grows wider than the terminal', async () => {
    await using scratch = new Scratch();
    const terminal = inTerminal(scratch, ['-j2', ':::', waits('a'), waits('b')], { columns: 40 });
    await terminal.shows('seqx: 0 of 2 done');
    for (const name of ['a', 'b']) go(scratch, name);
    await terminal.ended;
    const [progress = ''] = terminal.shown.split('seqx: batch: ');
    for (const line of progress.split(ERASE)) expect(line.length).toBeLessThan(40);
  });

  test('with one job a command has the terminal to itself', async () => {
    await using scratch = new Scratch();
    const script = 'test -t 0 && test -t 1 && test -t 2 && printf "name? "; read name; echo "hello $name"';
    const terminal = inTerminal(scratch, ['-j1', ':::', script, 'echo next']);
    await terminal.shows('name? ');
    terminal.type('anna\n');
    await terminal.shows('hello anna');
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.shown).not.toContain(ERASE);
    expect(terminal.shown).toContain('next');
  });

  test('Ctrl-C before the first one runs is heard all the same', async () => {
    await using scratch = new Scratch();
    const terminal = inTerminal(scratch, ['-j2', ':::', 'sleep 1000', 'sleep 1001', 'touch ran']);
    await terminal.shows('2 running');
    terminal.type(KEYS.interrupt);
    expect((await terminal.ended).signal).toBe(SIGINT);
    expect(left(terminal.shown)).toMatch(/0 of 3 commands ok, .*[123] not run/);
    await scratch.settle();
  });

  test('Ctrl-C ends all that runs, and says what was not run', async () => {
    await using scratch = new Scratch();
    const sleepers = ['touch a; sleep 1000', 'touch b; sleep 1001'];
    const terminal = inTerminal(scratch, ['-j2', ':::', ...sleepers, 'touch ran']);
    for (const name of ['a', 'b']) {
      await until(`${name} runs`, () => existsSync(join(scratch.project, name)));
    }
    terminal.type(KEYS.interrupt);
    expect((await terminal.ended).signal).toBe(SIGINT);
    expect(left(terminal.shown)).toMatch(/0 of 3 commands ok, 2 failed, 1 not run/);
    await scratch.settle();
  });
});
