// `seqx batch` and memory: what is expected decides who starts, what is used decides who goes on, and the limit
// of the run is that of all its commands together.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask, entryPaths, hold, letGo, stateOf } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import { beside, eater, grow, isSuspended, shrink } from '../helpers/pressed.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';

const MIB = 2 ** 20;

/** Takes so many MB, does what is told by a pipe named like it, and ends when that is closed. */
interface Eater {
  readonly name: string;
  readonly megabytes: number;
  /** In the list; nothing is said of it by default. */
  readonly memory?: number;
}

/** Each reads `NAME.in`; `say` writes to it, `go` closes it. */
class Eaters {
  readonly run: Started;
  readonly #scratch: Scratch;

  constructor(scratch: Scratch, flags: readonly string[], eaters: readonly Eater[]) {
    this.#scratch = scratch;
    const script = `mkfifo $1.in; echo $$ >$1.pid; exec perl "$0" $2 <$1.in`;
    const list = eaters.map(({ name, megabytes, memory }) => ({
      name,
      argv: ['sh', '-c', script, fixture('eat-memory.pl'), name, `${megabytes}`],
      ...(memory === undefined ? {} : { memory }),
    }));
    writeFileSync(join(scratch.project, 'list'), list.map(one => JSON.stringify(one)).join('\n'));
    this.run = scratch.seqx([
      ...flags.slice(0, flags.indexOf('--')),
      'batch',
      '--output=live',
      ...flags.slice(flags.indexOf('--') + 1),
      'list',
    ]);
  }

  pid(name: string): number {
    try {
      return Number(readFileSync(join(this.#scratch.project, `${name}.pid`), 'utf8'));
    } catch {
      return 0;
    }
  }

  /** A writer of its pipe, which keeps it open until told. */
  async start(name: string): Promise<Started> {
    await until(`${name} is started`, () => this.pid(name) > 0);
    return this.#scratch.start('sh', ['-c', `exec cat >${name}.in`], { stdin: 'open' });
  }

  async holds(name: string, megabytes: number): Promise<Started> {
    const pipe = await this.start(name);
    await this.run.says(`[${name}] holds ${megabytes}\n`);
    return pipe;
  }
}

const go = (pipe: Started): void => void pipe.child.stdin?.end();

describe('who starts', () => {
  test('the next one waits until what it needs is free, which is said once', async () => {
    await using scratch = new Scratch();
    const flags = ['--memory-threshold', '300M', '--', '-j4'];
    const eaters = new Eaters(scratch, flags, [
      { name: 'a', megabytes: 10, memory: 200 },
      { name: 'b', megabytes: 10, memory: 100 },
      { name: 'c', megabytes: 10, memory: 100 },
      { name: 'd', megabytes: 10, memory: 100 },
    ]);
    const a = await eaters.holds('a', 10);
    const b = await eaters.holds('b', 10);
    await eaters.run.says(
      'memory: "c" needs 100 MiB, 0 B free; it waits until there is room (2 running)',
      'stderr',
    );
    expect([eaters.pid('c'), eaters.pid('d')]).toEqual([0, 0]);
    go(a);
    const rest = [await eaters.holds('c', 10), await eaters.holds('d', 10)];
    for (const pipe of [b, ...rest]) go(pipe);
    const { code, stderr } = await eaters.run.ended;
    expect([code, stderr.match(/it waits until there is room/g)?.length]).toEqual([0, 1]);
    await scratch.settle();
  });

  test('what is used counts where it is more than was expected', async () => {
    await using scratch = new Scratch();
    const flags = ['--memory-threshold', '300M', '--check-interval', '50ms', '--', '-j4'];
    const eaters = new Eaters(scratch, flags, [
      { name: 'a', megabytes: 250, memory: 10 },
      { name: 'b', megabytes: 10, memory: 100 },
    ]);
    // It is started before a has grown, or waits: either way the order is kept.
    const a = await eaters.holds('a', 250);
    go(a);
    go(await eaters.start('b'));
    expect((await eaters.run.ended).code).toBe(0);
    await scratch.settle();
  });

  test('one that needs more than there is runs alone', async () => {
    await using scratch = new Scratch();
    const flags = ['--memory-threshold', '100M', '--', '-j2'];
    const eaters = new Eaters(scratch, flags, [
      { name: 'a', megabytes: 5, memory: 900 },
      { name: 'b', megabytes: 5, memory: 1 },
    ]);
    const a = await eaters.holds('a', 5);
    await eaters.run.says('memory: "b" needs 1.0 MiB, 0 B free', 'stderr');
    go(a);
    go(await eaters.holds('b', 5));
    expect((await eaters.run.ended).code).toBe(0);
  });

  test('the memory limit of the run bounds all of them together, and an even share is expected of each', async () => {
    await using scratch = new Scratch();
    const flags = ['--memory-limit', '300M', '--', '-j3', '--json', '--output=quiet'];
    const words = [
      ...flags.slice(0, 2),
      'batch',
      ...flags.slice(3),
      ':::',
      'sleep 0.1',
      'sleep 0.1',
      'sleep 0.1',
    ];
    const { stdout } = await scratch.seqx(words).ended;
    const { commands, counts } = JSON.parse(stdout);
    expect(commands[0].expectedBytes).toBe(100 * MIB);
    expect(counts.mostAtOnce).toBe(3);
  });

  test('all together have peaked at no less than one of them, however short they are', async () => {
    await using scratch = new Scratch();
    const words = ['batch', '--json', '-j4', ':::', ...Array.from({ length: 12 }, () => 'sleep 0.05')];
    // When the watchdog looks is chance.
    for (let round = 1; round <= 5; round += 1) {
      const { peakBytes, commands } = JSON.parse((await ask(scratch, words)).stdout);
      const peaks = commands.map((command: { peakBytes: number | null }) => command.peakBytes ?? 1);
      expect(peakBytes).toBeGreaterThanOrEqual(Math.max(...peaks));
    }
  });

  test('what a command peaked at before is expected of it', async () => {
    await using scratch = new Scratch();
    const words = [
      '--check-interval',
      '20ms',
      'batch',
      '-j2',
      '--json',
      'perl',
      fixture('eat-memory.pl'),
      ':::',
      '60',
    ];
    const once = async () => {
      const run = scratch.seqx([
        ...words.slice(0, 5),
        'sh',
        '-c',
        'perl "$0" "$1" </dev/null; sleep 0.5',
        fixture('eat-memory.pl'),
        ':::',
        '60',
      ]);
      return JSON.parse((await run.ended).stdout).commands[0];
    };
    const first = await once();
    expect(first.peakBytes).toBeGreaterThan(0);
    expect((await once()).expectedBytes).toBe(first.peakBytes);
  });

  test('a rule says what a command needs', async () => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'seqx.toml'), '[[rules]]\nmatch = "true *"\nmemory = "77M"\n');
    const { stdout } = await scratch.seqx(['batch', '--json', ':::', 'true a', 'true']).ended;
    const [a, b] = JSON.parse(stdout).commands;
    expect([a.expectedBytes, b.expectedBytes === 77 * MIB]).toEqual([77 * MIB, false]);
  });

  test('where the gate is shared, what was promised to others is theirs', async () => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'seqx.toml'), 'slots = 2\nmemory-threshold = "300M"\n');
    const other = await hold(scratch, ['--memory-expected', '150M']);
    const eaters = new Eaters(
      scratch,
      ['--memory-expected', '150M', '--', '-j2'],
      [
        { name: 'a', megabytes: 5, memory: 100 },
        { name: 'b', megabytes: 5, memory: 100 },
      ],
    );
    const a = await eaters.holds('a', 5);
    await eaters.run.says('memory: "b" needs 100 MiB, 50.0 MiB free', 'stderr');
    await letGo(other);
    const b = await eaters.holds('b', 5);
    for (const pipe of [a, b]) go(pipe);
    expect((await eaters.run.ended).code).toBe(0);
    await scratch.settle();
  });
});

describe('when they grow all the same', () => {
  test('the youngest stands still until there is room, and nothing of it is lost', async () => {
    await using scratch = new Scratch();
    const flags = ['--memory-threshold', '200M', '--check-interval', '50ms', '--', '-j2'];
    const eaters = new Eaters(scratch, flags, [
      { name: 'a', megabytes: 10, memory: 10 },
      { name: 'b', megabytes: 10, memory: 10 },
    ]);
    const [a, b] = [await eaters.holds('a', 10), await eaters.holds('b', 10)];
    a.child.stdin?.write('eat 250\n');
    await eaters.run.says(/suspended "b" \(pid \d+\), the youngest, until there is room/, 'stderr');
    await until('b stands still', () => stateOf(eaters.pid('b')) === 'T');
    expect(stateOf(eaters.pid('a'))).not.toBe('T');
    a.child.stdin?.write('free\n');
    await eaters.run.says(/resumed "b" after /, 'stderr');
    b.child.stdin?.write('eat 20\n');
    await eaters.run.says('[b] holds 20\n');
    for (const pipe of [a, b]) go(pipe);
    const { code, stderr } = await eaters.run.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/2 of 2 commands ok/);
    await scratch.settle();
  });

  test('--on-pressure=ignore lets them', async () => {
    await using scratch = new Scratch();
    const flags = [
      '--memory-threshold',
      '100M',
      '--on-pressure',
      'ignore',
      '--check-interval',
      '50ms',
      '--',
      '-j2',
    ];
    const eaters = new Eaters(scratch, flags, [
      { name: 'a', megabytes: 60, memory: 10 },
      { name: 'b', megabytes: 60, memory: 10 },
    ]);
    for (const name of ['a', 'b']) go(await eaters.holds(name, 60));
    const { code, stderr } = await eaters.run.ended;
    expect([code, /suspended|ending/.test(stderr)]).toEqual([0, false]);
  });

  test('--on-pressure=end ends the youngest, and the others go on', async () => {
    await using scratch = new Scratch();
    const flags = [
      '--memory-threshold',
      '200M',
      '--on-pressure',
      'end',
      '--check-interval',
      '50ms',
      '--',
      '-j2',
    ];
    const eaters = new Eaters(scratch, flags, [
      { name: 'a', megabytes: 10, memory: 10 },
      { name: 'b', megabytes: 10, memory: 10 },
    ]);
    const [a, b] = [await eaters.holds('a', 10), await eaters.holds('b', 10)];
    a.child.stdin?.write('eat 250\n');
    await eaters.run.says(/ending "b" \(pid \d+\), the youngest: SIGTERM now/, 'stderr');
    for (const pipe of [a, b]) go(pipe);
    const { code, stderr } = await eaters.run.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ {2}b +pressure /m);
    expect(stderr).toMatch(/^ {2}a +ok /m);
    expect(stderr).not.toContain('aborted');
    await scratch.settle();
  });

  test('just below the limit of the run one is ended, so that not all of them are', async () => {
    await using scratch = new Scratch();
    const flags = ['--memory-limit', '600M', '--check-interval', '20ms', '--', '-j2'];
    const eaters = new Eaters(scratch, flags, [
      { name: 'a', megabytes: 340, memory: 10 },
      { name: 'b', megabytes: 120, memory: 10 },
    ]);
    const [a, b] = [await eaters.holds('a', 340), await eaters.holds('b', 120)];
    let steps = 0;
    const growUntil = async (text: RegExp) => {
      for (let looks = 60; !text.test(eaters.run.stderr); looks = 60) {
        a.child.stdin?.write('eat 6\n');
        steps += 1;
        await until('it has eaten', () => eaters.run.stdout.split('[a] holds 6\n').length > steps);
        await until('it was looked at', () => text.test(eaters.run.stderr) || --looks < 0);
      }
    };
    await growUntil(/suspended "b" \(pid \d+\), the youngest/);
    await growUntil(/ending "b" \(pid \d+\), which has stood still for /);
    for (const pipe of [a, b]) go(pipe);
    const { code, stderr } = await eaters.run.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ {2}a +ok /m);
    expect(stderr).toMatch(/^ {2}b +pressure /m);
    await scratch.settle();
  });

  test('over the limit all are ended, and the rest is not run', async () => {
    await using scratch = new Scratch();
    const flags = [
      '--memory-limit',
      '100M',
      '--on-pressure',
      'ignore',
      '--check-interval',
      '20ms',
      '--',
      '-j2',
    ];
    const eaters = new Eaters(scratch, flags, [
      { name: 'a', megabytes: 10, memory: 10 },
      { name: 'b', megabytes: 10, memory: 10 },
      { name: 'c', megabytes: 10, memory: 200 },
    ]);
    const pipes = [await eaters.holds('a', 10), await eaters.holds('b', 10)];
    pipes[0]?.child.stdin?.write('eat 150\n');
    const { code, stderr } = await eaters.run.ended;
    expect(code).toBe(137);
    expect(stderr).toMatch(/is over the 100 MiB limit; ending "seqx batch list" \(pid \d+ and 1 more\)/);
    expect(stderr).toMatch(/0 of 3 commands ok, 2 failed, 1 not run/);
    expect(stderr).toMatch(/^ {2}a +memory /m);
    for (const pipe of pipes) go(pipe);
    await scratch.settle();
  });

  test('who stands still is ended with the batch, also when seqx is killed', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await using scratch = new Scratch();
      // Longer than the test: only one that goes on hears its SIGTERM.
      const flags = [
        ...['--memory-threshold', '100M', '--kill-grace', '1h', '--check-interval', '50ms'],
        '--',
        '-j2',
      ];
      const eaters = new Eaters(scratch, flags, [
        { name: 'a', megabytes: 10, memory: 10 },
        { name: 'b', megabytes: 10, memory: 10 },
      ]);
      const pipes = [await eaters.holds('a', 10), await eaters.holds('b', 10)];
      pipes[0]?.child.stdin?.write('eat 150\n');
      await until('b stands still', () => stateOf(eaters.pid('b')) === 'T');
      const [entry = ''] = entryPaths(scratch.state);
      await until('the watchdog is there', () => readFileSync(entry, 'utf8').includes('"processes":2'));
      eaters.run.kill(signal);
      expect((await eaters.run.exited).signal).toBe(signal);
      for (const pipe of pipes) go(pipe);
      await scratch.settle();
    }
  });
});

describe('a batch that is suspended as a whole', () => {
  test.each([
    ['--timeout', ['--timeout', '2s'], '', 124],
    ['the time limit of a command', [], '[[rules]]\nmatch = "* 50"\ntimeout = "2s"\n', 1],
  ] as const)('%s counts while it works', async (_what, flags, rules, code) => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'seqx.toml'), rules);
    const older = await eater(scratch, 100);
    const words = ['batch', '--jobs', '1', 'perl', fixture('eat-memory.pl'), ':::', '50'];
    const younger = await beside(scratch, words, flags);
    grow(older, 90);
    await until('it stands still', () => isSuspended(scratch, younger));
    await new Promise(resolve => setTimeout(resolve, 2_200));
    expect(younger.isOver).toBe(false);
    shrink(older);
    await until('it goes on', () => !isSuspended(scratch, younger));
    const end = await younger.ended;
    expect([end.code, / timeout /.test(end.stderr)]).toEqual([code, true]);
    await letGo(older);
    await scratch.settle();
  });
});
