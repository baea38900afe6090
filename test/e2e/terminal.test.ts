// In a real terminal the command has it to itself: prompts and size work as without seqx, and what seqx says
// while waiting is one line, rewritten in place.

import { describe, expect, test } from 'vitest';
import { hold, release, tickets, untilTickets } from '../helpers/holder.ts';
import { SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { KEYS, lacksTerminal, Terminal } from '../helpers/terminal.ts';

const SIGINT = 2;
const ERASE = '\r\u001b[2K';

const inTerminal = (scratch: Scratch, words: readonly string[], options = {}) => {
  const [file, ...first] = SEQX_WORDS;
  return new Terminal(scratch, file, [...first, ...words], options);
};

describe.skipIf(lacksTerminal)('the terminal belongs to the command', () => {
  test('stdin, stdout and stderr are terminals', async () => {
    await using scratch = new Scratch();
    const script = 'for fd in 0 1 2; do test -t $fd && printf "%s=tty " $fd; done';
    const terminal = inTerminal(scratch, ['sh', '-c', script]);
    expect((await terminal.ended).code).toBe(0);
    expect(terminal.shown).toBe('0=tty 1=tty 2=tty ');
    await scratch.settle();
  });

  test('the window size is seen, and a resize is told', async () => {
    await using scratch = new Scratch();
    const script = 'trap "stty size" WINCH; stty size; echo ready; while :; do sleep 0.05; done';
    const terminal = inTerminal(scratch, ['sh', '-c', script], { columns: 91, rows: 37 });
    await terminal.shows('37 91\r\nready');
    terminal.resize(123, 45);
    await terminal.shows('45 123');
    terminal.type(KEYS.interrupt);
    await terminal.ended;
  });

  test('the command reads /dev/tty while its stdin is something else', async () => {
    await using scratch = new Scratch();
    const script = 'exec </dev/null; printf "name? "; read name </dev/tty; echo "hello $name"';
    const terminal = inTerminal(scratch, ['sh', '-c', script]);
    await terminal.shows('name? ');
    terminal.type('anna\n');
    await terminal.shows('hello anna');
    expect((await terminal.ended).code).toBe(0);
  });

  test('closing the terminal ends the run', async () => {
    await using scratch = new Scratch();
    const terminal = inTerminal(scratch, ['sh', '-c', 'echo ready; sleep 300']);
    await terminal.shows('ready');
    terminal.close();
    await scratch.settle();
  });
});

describe.skipIf(lacksTerminal)('waiting in a terminal', () => {
  test('the waiting line is rewritten in place and erased', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    const terminal = inTerminal(scratch, ['echo', 'mine'], { columns: 200 });
    await terminal.shows(/Ctrl-C leaves the queue.*Ctrl-C leaves the queue/s);
    await release(holder);
    expect((await terminal.ended).code).toBe(0);
    const [waiting = '', rest = ''] = terminal.shown.split('seqx: got web after ');
    const lines = waiting.split(ERASE);
    expect(lines.at(0)).toBe('');
    expect(lines.at(-1)).toBe('');
    expect(lines.slice(1, -1).every(line => line.startsWith('seqx: waiting for web: position 1 of 1'))).toBe(
      true,
    );
    expect(waiting).not.toContain('\n');
    expect(rest).toMatch(/^[\d.]+s\r\nmine\r\n$/);
    await scratch.settle();
  });

  test('the waiting line never grows wider than the terminal', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    const terminal = inTerminal(scratch, ['true'], { columns: 40 });
    await terminal.shows('seqx: waiting for web: position 1');
    await release(holder);
    await terminal.ended;
    const [waiting = ''] = terminal.shown.split('seqx: got web');
    for (const line of waiting.split(ERASE)) expect(line.length).toBeLessThan(40);
  });

  test('Ctrl-C leaves the queue', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    const terminal = inTerminal(scratch, ['touch', 'witness'], { columns: 200 });
    await untilTickets(scratch, 2);
    await terminal.shows('Ctrl-C leaves the queue');
    terminal.type(KEYS.interrupt);
    expect((await terminal.ended).signal).toBe(SIGINT);
    expect(tickets(scratch)).toHaveLength(1);
    expect(terminal.shown.endsWith(ERASE)).toBe(true);
    await release(holder);
    await scratch.settle();
  });
});
