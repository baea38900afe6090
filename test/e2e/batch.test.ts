// `seqx batch`: a list of commands as one run. Order of starts and of results, failures, output kept whole, what
// is refused, one ticket, and how it ends when somebody ends it.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask, entryPaths, hold, letGo, stateOf, ticketCount, tickets } from '../helpers/gate.ts';
import { journalOf } from '../helpers/held-gate.ts';
import { EXECUTABLE, LIBRARY, SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Ended, Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';

/** Notes that it begins, stays until there is a file `go-NAME`, notes that it ends. */
const actor = (name: string): string =>
  `echo begin ${name} $$ >>log; while ! test -e go-${name}; do sleep 0.02; done; echo end ${name} >>log`;

const log = ({ project }: Scratch): string[] => {
  try {
    return readFileSync(join(project, 'log'), 'utf8').trimEnd().split('\n');
  } catch {
    return [];
  }
};
const begun = (scratch: Scratch): string[] =>
  log(scratch).flatMap(line => (line.startsWith('begin') ? (line.split(' ')[1] ?? '') : []));
const pidOf = (scratch: Scratch, name: string): number =>
  Number(
    log(scratch)
      .find(line => line.startsWith(`begin ${name} `))
      ?.split(' ')[2],
  );
const go = ({ project }: Scratch, name: string): void => writeFileSync(join(project, `go-${name}`), '');
const haveBegun = (scratch: Scratch, ...names: string[]) =>
  until(`${names} have begun (${begun(scratch)})`, () => names.every(name => begun(scratch).includes(name)));

interface Row {
  readonly name: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly peakBytes: number | null;
}

const batch = (scratch: Scratch, words: readonly string[], stdin?: string) =>
  ask(scratch, ['batch', ...words], stdin === undefined ? {} : { stdin });

const report = async (scratch: Scratch, words: readonly string[], stdin?: string) => {
  const ended = await batch(scratch, ['--json', ...words], stdin);
  return { ...ended, json: JSON.parse(ended.stdout) };
};

const states = (json: { commands: Row[] }): string[] =>
  json.commands.map(({ name, state }) => `${name} ${state}`);

describe('what is run', () => {
  test('items after ::: are lines of shell', async () => {
    await using scratch = new Scratch();
    const { code, stdout } = await batch(scratch, ['-j2', ':::', 'echo "a  b"', 'cd / && pwd', 'echo $0']);
    expect([code, stdout]).toEqual([0, 'a  b\n/\n/bin/sh\n']);
    await scratch.settle();
  });

  test('words before ::: are a command, and each item its last argument, as it is', async () => {
    await using scratch = new Scratch();
    const words = [
      '--jobs',
      '2',
      'printf',
      '<%s|%s>',
      '--json',
      ':::',
      '$HOME',
      "it's  1e3",
      '--jobs',
      ':::',
    ];
    const { code, stdout } = await batch(scratch, words);
    expect([code, stdout]).toEqual([0, "<--json|$HOME><--json|it's  1e3><--json|--jobs><--json|:::>"]);
  });

  test('a file has a line of shell a line, and flags may follow its name', async () => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'list'), '# two\necho one\n\n  echo two && echo three\n');
    const { code, stdout } = await batch(scratch, ['list', '--jobs', '2']);
    expect([code, stdout]).toEqual([0, 'one\ntwo\nthree\n']);
  });

  test.each([[[]], [['-']]])('the list may come from the standard input: %j', async words => {
    await using scratch = new Scratch();
    const { code, stdout } = await batch(scratch, words, 'echo one\ncat; echo two\n');
    expect([code, stdout]).toEqual([0, 'one\ntwo\n']);
  });

  test('NDJSON says how each is called, where it runs, and with what', async () => {
    await using scratch = new Scratch();
    mkdirSync(join(scratch.project, 'sub'));
    const list = [
      { argv: ['echo', '$HOME', '*'] },
      { name: 'second', argv: ['sh', '-c', 'pwd; echo "$A $B"'], cwd: 'sub', env: { A: '1', B: '2 3' } },
    ];
    const { stdout, stderr } = await batch(scratch, ['-j2'], list.map(one => JSON.stringify(one)).join('\n'));
    expect(stdout).toBe(`$HOME *\n${scratch.project}/sub\n1 2 3\n`);
    expect(stderr).toMatch(/^seqx: 2 of 2: second: ok after /m);
  });

  test('with one job a command has the streams of seqx, the standard input among them', async () => {
    await using scratch = new Scratch();
    const lines = ['read line; echo "1 $line"', 'read line; echo "2 $line" >&2'];
    const { code, stdout, stderr } = await ask(scratch, ['batch', '-j1', ':::', ...lines], {
      stdin: 'a\nb\n',
    });
    expect([code, stdout]).toEqual([0, '1 a\n']);
    expect(stderr).toContain('\n2 b\nseqx: 2 of 2: ');
  });

  test('with more than one the standard input is empty', async () => {
    await using scratch = new Scratch();
    const { stdout } = await ask(scratch, ['batch', '-j2', ':::', 'cat; echo end', 'cat'], { stdin: 'a\n' });
    expect(stdout).toBe('end\n');
  });

  test('SEQX_JOBS and the configuration say how many at once', async () => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'seqx.toml'), 'jobs = 3\n');
    const jobs = async (words: string[], env = {}) =>
      JSON.parse((await ask(scratch, [...words, '--json', ':::', 'true'], { env })).stdout).jobs;
    expect(await jobs(['batch'])).toBe(3);
    expect(await jobs(['batch'], { SEQX_JOBS: '2' })).toBe(2);
    expect(await jobs(['--jobs', '5', 'batch'], { SEQX_JOBS: '2' })).toBe(5);
    expect(await jobs(['--jobs', '5', 'batch', '--jobs', 'auto'])).toBe('auto');
  });
});

describe('the order', () => {
  test('they start in the order of the list, as many at once as --jobs says', async () => {
    await using scratch = new Scratch();
    const items = ['a', 'b', 'c', 'd'].map(actor);
    const run = scratch.seqx(['--events', 'e.ndjson', 'batch', '-j2', ':::', ...items]);
    await haveBegun(scratch, 'a', 'b');
    go(scratch, 'b');
    await haveBegun(scratch, 'c');
    expect(begun(scratch)).not.toContain('d');
    for (const name of ['c', 'a', 'd']) go(scratch, name);
    expect((await run.ended).code).toBe(0);
    const events = readFileSync(join(scratch.project, 'e.ndjson'), 'utf8').trimEnd().split('\n');
    const started = events.map(line => JSON.parse(line)).filter(({ type }) => type === 'command-started');
    expect(started.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    await scratch.settle();
  });

  test('output and results come in the order of the list, whoever ends first', async () => {
    await using scratch = new Scratch();
    const lines = [`${actor('a')}; echo a; echo of-a >&2`, 'echo b; echo of-b >/dev/stderr', 'echo c'];
    const run = scratch.seqx(['batch', '-j3', ':::', ...lines]);
    await haveBegun(scratch, 'a');
    await until('c has been noted', async () => (await journalOf(scratch)).length === 2);
    expect(run.stdout).toBe('');
    go(scratch, 'a');
    const { stdout, stderr } = await run.ended;
    expect(stdout).toBe('a\nb\nc\n');
    const order = ['1 of 3', '\nof-a', '2 of 3', '\nof-b', '3 of 3', '3 of 3 commands ok'];
    const places = order.map(text => stderr.indexOf(text));
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(places).not.toContain(-1);
    await scratch.settle();
  });

  test('what several write at the same time is kept apart and printed whole', async () => {
    await using scratch = new Scratch();
    const line = (name: string) => `for i in $(seq 300); do echo "${name} $i"; done`;
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const { stdout } = await batch(scratch, ['-j6', ':::', ...names.map(line)]);
    const whole = (name: string) =>
      Array.from({ length: 300 }, (_, index) => `${name} ${index + 1}\n`).join('');
    expect(stdout).toBe(names.map(whole).join(''));
  });

  test('an exclusive one runs beside no other', async () => {
    await using scratch = new Scratch();
    const list = ['a', 'b', 'c', 'd'].map(name => ({
      name,
      argv: ['sh', '-c', actor(name)],
      exclusive: name === 'c',
    }));
    const run = scratch.seqx(['batch', '-j4'], { stdin: list.map(one => JSON.stringify(one)).join('\n') });
    await haveBegun(scratch, 'a', 'b');
    go(scratch, 'a');
    await until('a has ended', () => log(scratch).includes('end a'));
    go(scratch, 'b');
    await haveBegun(scratch, 'c');
    go(scratch, 'd');
    go(scratch, 'c');
    expect((await run.ended).code).toBe(0);
    const order = log(scratch).map(entry => entry.replace(/ \d+$/, ''));
    expect(order.slice(2)).toEqual(['end a', 'end b', 'begin c', 'end c', 'begin d', 'end d']);
  });

  test('rules of the configuration count for each command', async () => {
    await using scratch = new Scratch();
    const toml = '[[rules]]\nmatch = "*alone*"\nexclusive = true\ntimeout = "200ms"\n';
    writeFileSync(join(scratch.project, 'seqx.toml'), toml);
    const lines = [actor('a'), ': alone; sleep 1000', actor('b')];
    const run = scratch.seqx(['batch', '-j3', '--json', ':::', ...lines]);
    await haveBegun(scratch, 'a');
    for (const name of ['a', 'b']) go(scratch, name);
    const { stdout } = await run.ended;
    expect(states(JSON.parse(stdout)).map(state => state.split(' ').at(-1))).toEqual(['ok', 'failed', 'ok']);
    expect(JSON.parse(stdout).commands[1]).toMatchObject({ outcome: 'timeout', exitCode: 124 });
    expect(log(scratch)[1]).toBe('end a');
    await scratch.settle();
  });

  test('200 commands', async () => {
    await using scratch = new Scratch();
    const list = Array.from({ length: 200 }, (_, index) => `echo ${index + 1}`);
    const { code, stdout, stderr } = await batch(scratch, ['-j4'], list.join('\n'));
    expect(stdout).toBe(Array.from({ length: 200 }, (_, index) => `${index + 1}\n`).join(''));
    expect(stderr.match(/^seqx: \d+ of 200: /gm)).toHaveLength(200);
    expect(stderr).toMatch(
      /^seqx: batch: 200 of 200 commands ok in [\dms.]+.* \(exit 0\)\n {2}and 200 that went well\n$/m,
    );
    expect(code).toBe(0);
    await scratch.settle();
  });
});

describe('failures', () => {
  const LINES = ['true', 'exit 3', 'kill -9 $$', 'no-such-command', 'true'];

  test('all are run, and the exit code is 1', async () => {
    await using scratch = new Scratch();
    const { code, json, stderr } = await report(scratch, ['-j2', ':::', ...LINES]);
    expect([code, states(json)]).toEqual([
      1,
      ['true ok', 'exit 3 failed', 'kill -9 $$ failed', 'no-such-command failed', 'true ok'],
    ]);
    expect(json.commands.map(({ exitCode, signal }: Row) => [exitCode, signal])).toEqual([
      [0, null],
      [3, null],
      [137, 'SIGKILL'],
      [127, null],
      [0, null],
    ]);
    expect(stderr).toMatch(/^seqx: batch: 2 of 5 commands ok, 3 failed in .* \(exit 1\)$/m);
  });

  test('a program that is not there has failed', async () => {
    await using scratch = new Scratch();
    const { code, json, stderr } = await report(scratch, ['no-such-program', ':::', 'a']);
    expect([code, json.commands[0].outcome, json.commands[0].exitCode]).toEqual([1, 'not-found', 127]);
    expect(stderr).toContain('seqx: 1 of 1: a: command not found after ');
  });

  test('--fail-fast starts nothing more, and lets those finish that run', async () => {
    await using scratch = new Scratch();
    const lines = [actor('a'), 'exit 3', actor('c'), actor('d')];
    const run = scratch.seqx(['batch', '-j2', '--fail-fast', '--json', ':::', ...lines]);
    await haveBegun(scratch, 'a');
    await run.says('2 of 4: exit 3: exit 3', 'stderr');
    go(scratch, 'a');
    const { code, stdout, stderr } = await run.ended;
    expect(JSON.parse(stdout).counts).toMatchObject({ ok: 1, failed: 1, notRun: 2 });
    expect([code, begun(scratch), log(scratch).at(-1)]).toEqual([1, ['a'], 'end a']);
    expect(stderr).toContain('1 of 4 commands ok, 1 failed, 2 not run');
    await scratch.settle();
  });

  test('the table has a row for each', async () => {
    await using scratch = new Scratch();
    const { stderr } = await batch(scratch, ['--fail-fast', '-j1', ':::', 'true', 'kill $$', 'true']);
    const rows = stderr.slice(stderr.indexOf('  COMMAND')).trimEnd().split('\n');
    expect(rows.map(row => row.trim().split(/ {2,}/).slice(0, 2))).toEqual([
      ['COMMAND', 'OUTCOME'],
      ['true', 'ok'],
      ['kill $$', 'SIGTERM'],
      ['true', 'not run'],
    ]);
  });
});

describe('output', () => {
  test('live: line by line, with the name in front, each stream for itself', async () => {
    await using scratch = new Scratch();
    const list = [
      { name: 'a', argv: ['sh', '-c', `printf 'one\\ntw'; ${actor('a')}; printf 'o\\nthree'`] },
      { name: 'b', argv: ['sh', '-c', 'echo b; echo B >&2'] },
    ];
    const run = scratch.seqx(['batch', '-j2', '--output=live'], {
      stdin: list.map(one => JSON.stringify(one)).join('\n'),
    });
    await run.says('[a] one\n');
    await run.says('[b] b\n');
    expect(run.stdout).not.toContain('tw');
    go(scratch, 'a');
    const { stdout, stderr } = await run.ended;
    expect(stdout.split('\n').sort()).toEqual(['', '[a] one', '[a] three', '[a] two', '[b] b']);
    expect(stderr).toMatch(/^\[b\] B$/m);
    await scratch.settle();
  });

  test('quiet: nothing of what they write', async () => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await batch(scratch, ['--output', 'quiet', ':::', 'echo a; echo b >&2']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).not.toMatch(/^b$/m);
  });

  test('--quiet says nothing about what went well, and what failed in the end', async () => {
    await using scratch = new Scratch();
    const quiet = (line: string) => ask(scratch, ['--quiet', 'batch', ':::', line]);
    expect(await quiet('echo a')).toMatchObject({ code: 0, stdout: 'a\n', stderr: '' });
    expect((await quiet('exit 2')).stderr).toMatch(/^seqx: batch: 0 of 1 command ok, 1 failed/);
  });

  test('a megabyte from each of several, read slowly, is whole', async () => {
    await using scratch = new Scratch();
    const line = 'head -c 1000000 /dev/zero | tr "\\0" x; echo';
    const run = scratch.seqx(['batch', '-j3', ':::', line, line, line]);
    run.child.stdout?.pause();
    await until('all have been noted', async () => (await journalOf(scratch)).length >= 3);
    run.child.stdout?.resume();
    const { stdout } = await run.ended;
    expect(stdout.split('\n').map(text => text.length)).toEqual([1_000_000, 1_000_000, 1_000_000, 0]);
    await scratch.settle();
  });

  test('when nobody reads it any more, everything ends', async () => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['batch', '-j2', ':::', 'echo a', `yes & ${actor('b')}`, actor('c')]);
    await haveBegun(scratch, 'b');
    run.child.stdout?.destroy();
    go(scratch, 'b');
    const { code, signal } = await run.exited;
    expect([code, signal]).toEqual([null, 'SIGPIPE']);
    await scratch.settle();
  });

  test('a daemon that keeps the pipe open holds nobody up', async () => {
    await using scratch = new Scratch();
    const { code, stdout } = await batch(scratch, ['-j2', ':::', 'echo a; setsid sleep 1000 &', 'echo b']);
    expect([code, stdout]).toEqual([0, 'a\nb\n']);
    await ask(scratch, ['kill-all', '--yes']);
    await scratch.settle();
  });
});

describe('what is refused, before anything runs', () => {
  const touch = 'touch ran';

  test.each<[string, string[], string | undefined, RegExp]>([
    [
      'nothing after :::',
      [':::'],
      undefined,
      /^seqx: there is nothing after :::; nothing was run\n {2}try: seqx batch /,
    ],
    ['an empty list', [], '', /^seqx: there is no command to run: the list is empty; nothing was run\n/],
    ['a list of remarks', [], '# a\n\n', /the list is empty/],
    ['an empty item', [':::', touch, ' '], undefined, /^seqx: command 2 is empty; nothing was run\n/],
    ['a file that is not there', ['gone'], undefined, /^seqx: cannot read gone: ENOENT/],
    ['a folder', ['.'], undefined, /^seqx: cannot read \.: EISDIR/],
    ['two files', ['a', 'b'], undefined, /^seqx: batch takes one file, or items after :::; "b" is neither\n/],
    [
      'an open quote',
      [':::', touch, 'echo "a'],
      undefined,
      /^seqx: command 2 cannot be read by \/bin\/sh: echo "a \(.*\); nothing was run\n/,
    ],
    [
      'torn NDJSON',
      [],
      `{"argv":["${touch}"]}\n{"argv":["b"`,
      /^seqx: line 2 of the standard input is no JSON/,
    ],
    [
      'an unknown key',
      [],
      '{"argv":["a"],"momery":1}',
      /has the unknown key "momery"; did you mean memory\?\n {2}try: seqx help batch\n/,
    ],
    [
      'a folder to run in that is not there',
      [],
      '{"argv":["a"],"cwd":"gone"}',
      /^seqx: cwd of command 1: gone is not a directory; nothing was run\n/,
    ],
    [
      'no number of jobs',
      ['-j', '0', ':::', touch],
      undefined,
      /^seqx: --jobs is "0"; it takes a whole number from 1 to 9999, or auto\n/,
    ],
    ['jobs twice', ['-j1', '-j2', ':::', touch], undefined, /--jobs was given more than once/],
    ['both policies', ['-k', '--fail-fast', ':::', touch], undefined, /mutually exclusive/],
    ['an unknown way to print', ['--output=all', ':::', touch], undefined, /Invalid values/],
    [
      'JSON and output together',
      ['--json', '--output=live', ':::', touch],
      undefined,
      /--json has the standard output to itself/,
    ],
    [
      'a flag of every run after the name',
      ['--timeout', '1h', ':::', touch],
      undefined,
      /: --timeout goes before batch\n {2}try: seqx --timeout … batch …\n/,
    ],
    ['an unknown flag', ['--jbs', '2', ':::', touch], undefined, /unknown flag --jbs; did you mean --jobs\?/],
  ])('%s', async (_what, words, stdin, message) => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await batch(scratch, words, stdin);
    expect([code, stdout]).toEqual([125, '']);
    expect(stderr).toMatch(message);
    expect(await ask(scratch, ['status', '--plain'])).toMatchObject({ stdout: '\n' });
    expect(() => readFileSync(join(scratch.project, 'ran'))).toThrow('ENOENT');
  });

  test('a list that is not UTF-8', async () => {
    await using scratch = new Scratch();
    const { code, stderr } = await ask(scratch, ['batch'], { stdin: Buffer.from('echo \xff\n', 'latin1') });
    expect([code, stderr]).toEqual([125, expect.stringContaining('the standard input is not valid UTF-8')]);
  });

  test('a quote inside a remark or a substitution is none', async () => {
    await using scratch = new Scratch();
    const { code, stdout } = await batch(scratch, [':::', "echo a # don't", 'echo "$(echo "b\'c")"']);
    expect([code, stdout]).toEqual([0, "a\nb'c\n"]);
  });
});

describe('one run for everybody else', () => {
  test('it has one ticket, and nobody comes in between', async () => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['batch', '-j2', ':::', actor('a'), actor('b'), actor('c')]);
    await haveBegun(scratch, 'a', 'b');
    const other = scratch.seqx(['sh', '-c', 'echo other >>log']);
    await ticketCount(scratch, 2);
    const status = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
    expect([status.running.length, status.queue.length]).toEqual([1, 1]);
    expect(status.running[0]).toMatchObject({ pid: run.pid, state: 'running' });
    expect(status.running[0].command.slice(0, 3)).toEqual(['seqx', 'batch', ':::']);
    for (const name of ['a', 'b', 'c']) go(scratch, name);
    expect((await run.ended).code).toBe(0);
    await other.ended;
    expect(log(scratch).at(-1)).toBe('other');
    await scratch.settle();
  });

  test('it waits for its turn like any other', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    expect(await ask(scratch, ['--no-wait', 'batch', '--json', ':::', 'touch ran'])).toMatchObject({
      code: 75,
    });
    const run = scratch.seqx(['batch', '--json', ':::', 'echo a']);
    await ticketCount(scratch, 2);
    await letGo(holder);
    const { code, stdout } = await run.ended;
    expect([code, JSON.parse(stdout).counts.ok]).toEqual([0, 1]);
    await scratch.settle();
  });

  test('seqx inside one of its commands passes through', async () => {
    await using scratch = new Scratch();
    const seqx = SEQX_WORDS.map(word => `"${word}"`).join(' ');
    const { code, stdout } = await batch(scratch, [
      '-j2',
      ':::',
      `${seqx} echo inner`,
      `${seqx} batch ::: 'echo deep'`,
    ]);
    expect([code, stdout]).toEqual([0, 'inner\ndeep\n']);
    await scratch.settle();
  });

  test('the history has the batch and each of its commands', async () => {
    await using scratch = new Scratch();
    await batch(scratch, ['-j2', 'sh', '-c', ':::', 'exit 0', 'exit 4']);
    const entries = (await journalOf(scratch)).map(({ argv, exitCode }) => [argv.join(' '), exitCode]);
    expect(entries.sort()).toEqual([
      ['seqx batch sh -c ::: exit 0 exit 4', 1],
      ['sh -c exit 0', 0],
      ['sh -c exit 4', 4],
    ]);
  });

  test('events tell of every command', async () => {
    await using scratch = new Scratch();
    await ask(scratch, ['--events', 'e.ndjson', 'batch', '-j1', ':::', 'true', 'sleep 1000 & exit 3']);
    const lines = readFileSync(join(scratch.project, 'e.ndjson'), 'utf8').trimEnd().split('\n');
    const events = lines.map(line => JSON.parse(line));
    expect(
      events.map(({ type, number, event }) => [type, number, event?.type].filter(Boolean).join(' ')),
    ).toEqual([
      'gate-opened',
      'queued',
      'acquired',
      'batch-started',
      'command-started 1',
      'command-ended 1',
      'command-started 2',
      'command-event 2 leftovers-ended',
      'command-ended 2',
      'ended',
    ]);
    expect(events[5]).toMatchObject({ name: 'true', outcome: { kind: 'exited', code: 0 }, exitCode: 0 });
    expect(new Set(events.slice(1).map(({ ticket }) => ticket)).size).toBe(1);
    await scratch.settle();
  });

  test('--json has everything', async () => {
    await using scratch = new Scratch();
    const { json, stdout } = await report(scratch, ['-j2', 'sh', '-c', ':::', 'echo --token=abc', 'exit 3']);
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(json).toMatchObject({
      schema: 'seqx.batch/1',
      ticket: expect.stringMatching(/^[0-9a-f]{8}$/),
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      jobs: 2,
      counts: { total: 2, ok: 1, failed: 1, notRun: 0 },
      outcome: { kind: 'exited', code: 1 },
      exitCode: 1,
      signal: null,
    });
    expect(json.commands).toEqual([
      {
        number: 1,
        name: 'echo --token=***',
        argv: ['sh', '-c', 'echo --token=***'],
        cwd: scratch.project,
        state: 'ok',
        outcome: 'exited',
        exitCode: 0,
        signal: null,
        startedAt: expect.any(String),
        ranMs: expect.any(Number),
        peakBytes: null,
        expectedBytes: expect.any(Number),
      },
      expect.objectContaining({ number: 2, state: 'failed', outcome: 'exited', exitCode: 3 }),
    ]);
  });
});

describe.skipIf(EXECUTABLE !== undefined)('from a program', () => {
  const program = (scratch: Scratch, body: string): Promise<Ended> => {
    const text = `import { batch } from ${JSON.stringify(LIBRARY)};\n${body}`;
    return scratch.start(process.execPath, ['--input-type=module', '-e', text]).ended;
  };

  test('lines and exact words, a report, and how far it is', async () => {
    await using scratch = new Scratch();
    const { stdout } = await program(
      scratch,
      `const seen = [];
       const { counts, commands, exitCode } = await batch(
         ['echo a', { name: 'b', argv: ['sh', '-c', 'exit 3'] }],
         { settings: { jobs: 2 }, onProgress: ({ done }) => seen.push(done) },
       );
       console.log(JSON.stringify([counts.ok, commands.map(one => one.state), exitCode, seen[0], seen.at(-1)]));`,
    );
    expect(stdout).toBe('a\n[1,["ok","failed"],1,0,2]\n');
    await scratch.settle();
  });

  test('an abort ends what runs', async () => {
    await using scratch = new Scratch();
    const { stdout } = await program(
      scratch,
      `const stop = new AbortController();
       const onEvent = ({ type }) => type === 'command-started' && stop.abort();
       const { outcome, counts } = await batch(['sleep 1000', 'echo b'], {
         settings: { jobs: 1 }, signal: stop.signal, onEvent,
       });
       console.log(JSON.stringify([outcome, counts.failed, counts.notRun]));`,
    );
    expect(JSON.parse(stdout)).toEqual([{ kind: 'ended', by: 'aborted' }, 1, 1]);
    await scratch.settle();
  });

  test('a sink gets the output, in order', async () => {
    await using scratch = new Scratch();
    const { stdout } = await program(
      scratch,
      `const got = [];
       const sink = {
         begin: (number, name) => got.push(number + name),
         write: async (stream, chunk) => void got.push(stream + ' ' + chunk),
       };
       await batch(['sleep 0.1; echo a', 'echo b >&2'], { settings: { jobs: 2 }, sink });
       console.log(JSON.stringify(got));`,
    );
    expect(JSON.parse(stdout)).toEqual(['1sleep 0.1; echo a', 'stdout a\n', '2echo b >&2', 'stderr b\n']);
  });
});

describe('when somebody ends it', () => {
  const start = async (scratch: Scratch, flags: readonly string[] = []): Promise<Started> => {
    const lines = [actor('a'), actor('b'), actor('c')];
    const run = scratch.seqx([...flags, 'batch', '-j2', '--json', ':::', ...lines]);
    await haveBegun(scratch, 'a', 'b');
    return run;
  };
  const COUNTS = { ok: 0, failed: 2, notRun: 1 };

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends all, and the rest is not run',
    async signal => {
      await using scratch = new Scratch();
      const run = await start(scratch);
      run.kill(signal);
      const ended = await run.ended;
      expect([ended.code, ended.signal]).toEqual([null, signal]);
      const json = JSON.parse(ended.stdout);
      expect(json).toMatchObject({ counts: COUNTS, signal, outcome: { kind: 'signalled', signal } });
      expect(json.commands[0]).toMatchObject({ outcome: 'signalled', signal });
      expect(ended.stderr).toMatch(/0 of 3 commands ok, 2 failed, 1 not run/);
      await scratch.settle();
    },
  );

  test('one that does not mind the signal is ended after the grace', async () => {
    await using scratch = new Scratch();
    const stubborn = `trap '' TERM; ${actor('a')}`;
    const run = scratch.seqx(['--kill-grace', '100ms', 'batch', '-j2', ':::', stubborn, actor('b')]);
    await haveBegun(scratch, 'a', 'b');
    run.kill('SIGTERM');
    expect((await run.ended).signal).toBe('SIGTERM');
    await scratch.settle();
  });

  test('seqx cancel', async () => {
    await using scratch = new Scratch();
    const run = await start(scratch);
    const [ticket = ''] = tickets(scratch.state).map(name => name.split('-').at(-1) ?? '');
    expect((await ask(scratch, ['cancel', ticket])).code).toBe(0);
    const { code, stdout } = await run.ended;
    expect(JSON.parse(stdout)).toMatchObject({ counts: COUNTS, outcome: { kind: 'ended', by: 'cancelled' } });
    expect([code ?? 143, begun(scratch).sort()]).toEqual([143, ['a', 'b']]);
    await scratch.settle();
  });

  test('--timeout is for the whole', async () => {
    await using scratch = new Scratch();
    const run = await start(scratch, ['--timeout', '1s']);
    const { code, stdout } = await run.ended;
    const json = JSON.parse(stdout);
    expect([code, json.outcome, json.counts.notRun]).toEqual([124, { kind: 'ended', by: 'timeout' }, 1]);
    expect(json.commands[1]).toMatchObject({ state: 'failed', outcome: 'timeout' });
    await scratch.settle();
  });

  test('a state folder that is deleted', async () => {
    await using scratch = new Scratch();
    const run = await start(scratch);
    const [entry = ''] = entryPaths(scratch.state);
    await until('the watchdog is there', () => readFileSync(entry, 'utf8').includes('"watchdog"'));
    writeFileSync(join(scratch.root, 'gone'), '');
    await ask(scratch, ['--lock', 'x', 'rm', entry]);
    const { code, stdout } = await run.ended;
    expect([code, JSON.parse(stdout).outcome.by]).toEqual([75, 'slot-lost']);
  });

  test.each([
    ['', 'sleep 1000'],
    [', not even one that has cleared its environment', 'exec env -i sleep 1000'],
    [', nor what it has started in a session of its own', 'setsid sleep 1000; true'],
  ])('SIGKILL leaves nobody%s', async (_what, line) => {
    await using scratch = new Scratch();
    const run = scratch.seqx(['batch', '-j2', ':::', `echo begin a $$ >>log; ${line}`, actor('b')]);
    await haveBegun(scratch, 'a', 'b');
    const [entry = ''] = entryPaths(scratch.state);
    await until('the watchdog has looked', () => /"processes":[2-9]/.test(readFileSync(entry, 'utf8')));
    const pids = [pidOf(scratch, 'a'), pidOf(scratch, 'b')];
    run.kill('SIGKILL');
    await run.exited;
    await until('both are gone', () => pids.every(pid => !'RSDT'.includes(stateOf(pid) ?? 'gone')));
    await scratch.settle();
    expect((await ask(scratch, ['echo', 'next'])).stdout).toBe('next\n');
  });

  test('a command that is killed has failed, and the others go on', async () => {
    await using scratch = new Scratch();
    const run = await start(scratch);
    process.kill(pidOf(scratch, 'a'), 'SIGKILL');
    await haveBegun(scratch, 'c');
    for (const name of ['b', 'c']) go(scratch, name);
    const { code, stdout } = await run.ended;
    expect([code, JSON.parse(stdout).counts]).toMatchObject([1, { ok: 2, failed: 1, notRun: 0 }]);
    await scratch.settle();
  });
});
