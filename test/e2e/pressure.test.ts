// Memory that gets short for runs that are there already: the youngest stands still until there is room, and
// nobody can tell by its output. Whoever asks it to end is heard all the same.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask, letGo } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import {
  beside,
  commandState,
  eater,
  goesOn,
  grow,
  isSuspended,
  PRESSED,
  pressed,
  recordOf,
  shrink,
  standsStill,
} from '../helpers/pressed.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const pauseMs = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const COUNT = ['perl', fixture('count-up.pl'), '60', '400'];

describe('the youngest run', () => {
  test('stands still while an older one peaks, and then goes on: not a byte is missing', async () => {
    await using scratch = new Scratch();
    const plain = await scratch.start(COUNT[0] ?? '', COUNT.slice(1)).ended;
    const events = join(scratch.root, 'events');
    const { older, younger } = await pressed(scratch, COUNT, ['--events', events]);
    const said = younger.stdout;
    const { running } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
    const shown = running.find(({ pid }: { pid: number }) => pid === younger.pid);
    expect(shown).toMatchObject({ state: 'suspended', suspendedAt: expect.stringMatching(/^2\d{3}-/) });
    expect((await ask(scratch, ['status'])).stdout).toMatch(
      /suspended by memory pressure since \d\d:\d\d:\d\d; /,
    );
    expect(younger.stdout).toBe(said);
    shrink(older);
    const end = await younger.ended;
    expect(end).toMatchObject({ code: 7, stdout: plain.stdout });
    const own = end.stderr.split('\n').filter(line => line.startsWith('seqx:'));
    expect(end.stderr.replaceAll(/^seqx:.*\n/gm, '')).toBe(plain.stderr);
    expect(own).toEqual([
      expect.stringMatching(
        /^seqx: memory: the runs of web use \d+ MiB, over the 200 MiB threshold; suspended "perl \S+ 60 400" \(pid \d+\), the youngest, until there is room$/,
      ),
      expect.stringMatching(/^seqx: memory: resumed "perl \S+ 60 400" after .*: there is room again$/),
    ]);
    const types = readFileSync(events, 'utf8').trim().split('\n');
    const news = types.map(line => JSON.parse(line)).filter(({ type }) => /suspended|resumed/.test(type));
    expect(news).toMatchObject([
      { type: 'suspended', of: 'threshold', processes: 1, thresholdBytes: 200 * 2 ** 20 },
      { type: 'resumed', why: 'room' },
    ]);
    await letGo(older);
    await scratch.settle();
  });

  test('goes on when it is the only one left', async () => {
    await using scratch = new Scratch();
    const { older, younger } = await pressed(scratch);
    await letGo(older);
    await goesOn(scratch, younger);
    await younger.says('nothing runs beside it', 'stderr');
    grow(younger, 250);
    await younger.says('holds 250');
    expect(await letGo(younger)).toMatchObject({ code: 0 });
    await scratch.settle();
  });

  test('is followed by the next youngest if the oldest grows on, and they go on in turn', async () => {
    await using scratch = new Scratch();
    const oldest = await eater(scratch, 100);
    const [middle, youngest] = [await eater(scratch, 30), await eater(scratch, 30)];
    grow(oldest, 45);
    await standsStill(scratch, youngest);
    await pauseMs(600);
    expect(isSuspended(scratch, middle)).toBe(false);
    grow(oldest, 30);
    await standsStill(scratch, middle);
    grow(oldest, 5);
    await oldest.says('holds 5');
    await letGo(oldest);
    await goesOn(scratch, middle);
    await goesOn(scratch, youngest);
    await middle.says(/resumed .* nothing runs beside it/, 'stderr');
    await youngest.says(/resumed .* there is room again/, 'stderr');
    for (const run of [middle, youngest]) expect(await letGo(run)).toMatchObject({ code: 0 });
    await scratch.settle();
  });

  test('keeps its place: nobody who comes later gets the room it waits for', async () => {
    await using scratch = new Scratch();
    const { older, younger } = await pressed(scratch);
    const late = scratch.seqx([...PRESSED, '--memory-expected', '0', 'echo', 'late']);
    await late.says('waiting for memory: needs 0 B, 0 B free (2 of 3 slots taken)', 'stderr');
    shrink(older);
    expect(await late.ended).toMatchObject({ code: 0, stdout: 'late\n' });
    expect(isSuspended(scratch, younger)).toBe(false);
    for (const run of [younger, older]) await letGo(run);
    await scratch.settle();
  });

  test('is not short of time: --timeout counts while it works', async () => {
    await using scratch = new Scratch();
    const { older, younger } = await pressed(scratch, undefined, ['--timeout', '2s']);
    await pauseMs(2_200);
    expect(younger.isOver).toBe(false);
    shrink(older);
    await goesOn(scratch, younger);
    expect(await younger.ended).toMatchObject({ code: 124 });
    await letGo(older);
    await scratch.settle();
  });

  test('is let be if its pages are only shared: they count once', async () => {
    await using scratch = new Scratch();
    const older = await eater(scratch, 50);
    const words = ['sh', '-c', `echo holds; exec perl ${fixture('fork-memory.pl')} 60 5`];
    const sharing = await beside(scratch, words);
    await sharing.says('shared');
    await until(
      'its record says 300 MB',
      () => (recordOf(scratch, sharing)?.memory?.bytes ?? 0) > 300 * 2 ** 20,
    );
    await pauseMs(1_000);
    expect(sharing.stderr).toBe('');
    expect(isSuspended(scratch, sharing)).toBe(false);
    for (const run of [sharing, older]) await letGo(run);
    await scratch.settle();
  });

  test('is ended as the last step, when standing still is no help', async () => {
    await using scratch = new Scratch();
    const { older, younger } = await pressed(scratch);
    grow(older, 120);
    const { code, stderr } = await younger.ended;
    expect(code).toBe(137);
    expect(stderr).toMatch(
      /ending "perl .* 50" \(pid \d+\), which has stood still for .* to no avail: SIGTERM now/,
    );
    expect(older.isOver).toBe(false);
    await letGo(older);
    await scratch.settle();
  });

  test('stands still as a whole although it forks all the time', async () => {
    await using scratch = new Scratch();
    const [over, log] = [join(scratch.root, 'over'), join(scratch.root, 'log')];
    const { older, younger } = await pressed(scratch, ['perl', fixture('fork-storm.pl'), '60', over, log]);
    const forked = () => statSync(log).size;
    await until('nobody forks any more', async () => {
      const before = forked();
      await pauseMs(300);
      return forked() === before;
    });
    const still = forked();
    await pauseMs(500);
    expect(forked()).toBe(still);
    shrink(older);
    await until('they fork again', () => forked() > still);
    writeFileSync(over, '');
    expect(await younger.ended).toMatchObject({ code: 0, stdout: 'holds 60\nover\n' });
    await letGo(older);
    await scratch.settle();
  });
});

describe('--on-pressure', () => {
  test('end: the youngest is ended as by a memory limit, and its owner is told why', async () => {
    await using scratch = new Scratch();
    const older = await eater(scratch, 100);
    const younger = await eater(scratch, 50, ['--on-pressure', 'end']);
    grow(older, 90);
    const { code, stderr } = await younger.ended;
    expect(code).toBe(137);
    expect(stderr).toMatch(/; ending "perl .*" \(pid \d+\), the youngest: SIGTERM now, SIGKILL in 5s\n/);
    expect(stderr).toMatch(
      /seqx: memory: ended "perl .*" after .* to make room \(exit 137\)\n {2}try: it again later/,
    );
    await until('the history says so', async () => {
      const rows = JSON.parse((await ask(scratch, ['history', '--json'])).stdout);
      return JSON.stringify(rows).includes('"outcome":"pressure"');
    });
    expect(isSuspended(scratch, older)).toBe(false);
    await letGo(older);
    await scratch.settle();
  });

  test('end: one that takes its time to end takes nobody else with it', async () => {
    await using scratch = new Scratch();
    const older = await eater(scratch, 100, ['--on-pressure', 'end']);
    const deaf = ['sh', '-c', `trap '' TERM; exec perl "$0" 50`, fixture('eat-memory.pl')];
    const younger = await beside(scratch, deaf, ['--on-pressure', 'end', '--kill-grace', '2s']);
    grow(older, 90);
    expect(await younger.ended).toMatchObject({ code: 137 });
    expect(older.stderr).toBe('');
    expect(await letGo(older)).toMatchObject({ code: 0 });
    await scratch.settle();
  });

  test('ignore: it goes on, and nothing is said; the next youngest makes room in its place', async () => {
    await using scratch = new Scratch();
    const older = await eater(scratch, 100, ['--on-pressure', 'ignore']);
    const younger = await eater(scratch, 50, ['--on-pressure=ignore']);
    grow(older, 90);
    await older.says('holds 90');
    const middle = await (async () => {
      shrink(older);
      await older.says('free');
      const run = await eater(scratch, 20);
      grow(older, 150);
      await standsStill(scratch, run);
      return run;
    })();
    expect([older.stderr, younger.stderr]).toEqual(['', '']);
    expect(commandState(scratch, younger)).toBe('S');
    await letGo(older);
    await goesOn(scratch, middle);
    for (const run of [younger, middle]) await letGo(run);
    await scratch.settle();
  });
});

describe('somebody asks a suspended run to end:', () => {
  test('SIGTERM reaches the command, which ends as it likes', async () => {
    await using scratch = new Scratch();
    const script =
      '$h = "x" x ($ARGV[0] << 20); $SIG{TERM} = sub { print "farewell\\n"; exit 3 }; $| = 1; print "holds\\n"; sleep 1 while 1';
    const { older, younger } = await pressed(scratch, ['perl', '-e', script, '60'], ['--kill-grace', '60s']);
    younger.kill('SIGTERM');
    expect(await younger.ended).toMatchObject({ code: 3, stdout: 'holds\nfarewell\n' });
    await letGo(older);
    await scratch.settle();
  });

  test('a signal that it handles and goes on from is no end of the pressure', async () => {
    await using scratch = new Scratch();
    const script =
      '$h = "x" x ($ARGV[0] << 20); $SIG{HUP} = sub { print "again\\n" }; $| = 1; print "holds\\n"; sleep 1 while 1';
    const { older, younger } = await pressed(scratch, ['perl', '-e', script, '60'], ['--kill-grace', '0']);
    younger.kill('SIGHUP');
    await younger.says('again');
    await standsStill(scratch, younger);
    younger.kill('SIGTERM');
    await younger.ended;
    await letGo(older);
    await scratch.settle();
  });

  test.each([
    ['cancel', (pid: number) => ['cancel', String(pid)]],
    ['kill-all', () => ['kill-all', '--yes']],
  ])('%s gives it its grace', async (_name, words) => {
    await using scratch = new Scratch();
    const script =
      '$h = "x" x ($ARGV[0] << 20); $SIG{TERM} = sub { print "farewell\\n"; exit }; $| = 1; print "holds\\n"; sleep 1 while 1';
    const { older, younger } = await pressed(scratch, ['perl', '-e', script, '60']);
    expect(await ask(scratch, words(younger.pid))).toMatchObject({ code: 0 });
    expect(await younger.ended).toMatchObject({ stdout: 'holds\nfarewell\n', code: 143 });
    await letGo(older);
    await scratch.settle();
  });

  test.each(['leave', 'wait'])(
    'what it leaves behind goes on when the command has been killed: %s',
    async leftovers => {
      await using scratch = new Scratch();
      const done = join(scratch.root, 'done');
      const daemon = `setsid sh -c 'until [ -e "$0" ]; do sleep 0.05; done; echo >"$0.seen"' "$1" </dev/null >/dev/null 2>&1 &`;
      const script = `${daemon} exec perl -e '$h = "x" x ($ARGV[0] << 20); $| = 1; print "holds\\n"; sleep 1 while 1' 60`;
      const { older, younger } = await pressed(
        scratch,
        ['sh', '-c', script, 'sh', done],
        ['--leftovers', leftovers],
      );
      process.kill(recordOf(scratch, younger)?.command?.pid ?? 0, 'SIGKILL');
      writeFileSync(done, '');
      await until('the daemon has seen it', () => existsSync(`${done}.seen`));
      expect(await younger.exited).toMatchObject({ signal: 'SIGKILL' });
      await letGo(older);
      await scratch.settle();
    },
  );
});

test('a gate held by `seqx hold` is never suspended; its memory counts', async () => {
  await using scratch = new Scratch();
  const older = await eater(scratch, 100);
  const owner = scratch.start('perl', [fixture('eat-memory.pl'), '90'], { stdin: 'open' });
  await owner.says('holds 90');
  const hold = scratch.seqx([...PRESSED, 'hold', '--pid', String(owner.pid)]);
  expect(await hold.exited).toMatchObject({ code: 0 });
  grow(older, 60);
  // The youngest that may be asked is the older one: beside it somebody runs who makes no room.
  await standsStill(scratch, older);
  expect(commandState(scratch, owner)).toBe('S');
  await letGo(owner);
  await goesOn(scratch, older);
  await letGo(older);
  await scratch.settle();
});
