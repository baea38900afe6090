// Who dies, and what becomes of the command's tree, which has members in sessions of their own and members
// that ignore SIGTERM: it is gone, to the last process, before the next command starts.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';
import { familyOf, isAlive, signal } from './gate-view.ts';
import { ALONE, HostileRun } from './hostile-run.ts';

const QUICK = ['--kill-grace', '0.2s'];

describe('the whole tree is gone before the next command starts', () => {
  test('when the wrapper is killed', async () => {
    await using scratch = new Scratch();
    const run = new HostileRun(scratch);
    await run.isReady();
    const successor = await run.waitingSuccessor();
    expect(run.isTreeGone(), 'the oracle sees the tree').toBe(false);
    run.wrapper.kill('SIGKILL');
    expect(await successor.ended).toMatchObject(ALONE);
    await scratch.settle();
  });

  test('when wrapper and watchdog are killed together', async () => {
    await using scratch = new Scratch();
    const run = new HostileRun(scratch);
    await run.isReady();
    const successor = await run.waitingSuccessor();
    for (const watchdog of familyOf(run.wrapper.pid).watchdogs) signal(watchdog, 'SIGKILL');
    run.wrapper.kill('SIGKILL');
    const ended = await successor.ended;
    expect(ended).toMatchObject(ALONE);
    expect(ended.stderr).toContain('removed a stale lock');
    await scratch.settle();
  });

  test('when wrapper and watchdog were killed long before anybody came', async () => {
    await using scratch = new Scratch();
    const run = new HostileRun(scratch);
    await run.isReady();
    const { watchdogs } = familyOf(run.wrapper.pid);
    for (const watchdog of watchdogs) signal(watchdog, 'SIGKILL');
    run.wrapper.kill('SIGKILL');
    await run.wrapper.exited;
    await until('the watchdog is dead', () => !watchdogs.some(isAlive));
    expect(run.isTreeGone(), 'an orphaned tree lives on').toBe(false);
    expect(await run.successor().ended).toMatchObject(ALONE);
    await scratch.settle();
  });

  test('when the command itself is killed and leftovers are to be killed', async () => {
    await using scratch = new Scratch();
    const run = new HostileRun(scratch, { flags: [...QUICK, '--leftovers', 'kill'] });
    await run.isReady();
    const successor = await run.waitingSuccessor();
    signal(run.root(), 'SIGKILL');
    expect(await run.wrapper.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(await successor.ended).toMatchObject(ALONE);
    await scratch.settle();
  });

  test('when the time is over', async () => {
    await using scratch = new Scratch();
    const run = new HostileRun(scratch, { flags: [...QUICK, '--timeout', '1.5s'] });
    await run.wrapper.says('ready');
    const successor = run.successor();
    expect(await run.wrapper.ended).toMatchObject({ code: 124 });
    expect(await successor.ended).toMatchObject(ALONE);
    await scratch.settle();
  });

  test('when it uses too much memory', async () => {
    await using scratch = new Scratch();
    const member = ['perl', '-e', 'sleep 1 until -e "go"; $x = "x" x 400_000_000; sleep 600'];
    const run = new HostileRun(scratch, { flags: [...QUICK, '--memory-limit', '200M'], member });
    await run.isReady();
    const successor = await run.waitingSuccessor();
    writeFileSync(join(scratch.project, 'go'), '');
    const ended = await run.wrapper.ended;
    expect(ended).toMatchObject({ code: 137 });
    expect(ended.stderr).toContain('is over the 200');
    expect(await successor.ended).toMatchObject(ALONE);
    await scratch.settle();
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('when the wrapper gets %s twice', async name => {
    await using scratch = new Scratch();
    const run = new HostileRun(scratch, { flags: ['--verbose', '--kill-grace', '1s'] });
    await run.isReady();
    const successor = await run.waitingSuccessor();
    run.wrapper.kill(name);
    await run.wrapper.says(`forwarded ${name}`, 'stderr');
    expect(run.isTreeGone(), 'it was asked once and refused').toBe(false);
    // Two within 50 ms are one: timeout(1) signals a process and then its group.
    await pause(100);
    run.wrapper.kill(name);
    await run.wrapper.ended;
    expect(await successor.ended).toMatchObject(ALONE);
    await scratch.settle();
  });

  // Between taking the slot and the first look of the watchdog every millisecond is another state.
  test.each(['the wrapper', 'all of seqx'] as const)(
    'when %s is killed while the run is set up',
    async who => {
      await using scratch = new Scratch();
      for (let delayMs = 0; delayMs < 40; delayMs += 4) {
        const run = new HostileRun(scratch);
        await until('it holds the gate', () => run.gate.holderPid() === run.wrapper.pid);
        const successor = run.successor();
        await pause(delayMs);
        const watchdogs = who === 'all of seqx' ? familyOf(run.wrapper.pid).watchdogs : [];
        run.wrapper.kill('SIGKILL');
        for (const watchdog of watchdogs) signal(watchdog, 'SIGKILL');
        expect(await successor.ended, `${delayMs} ms after the slot was taken`).toMatchObject(ALONE);
      }
      await scratch.settle();
    },
  );
});

describe('a dead watchdog', () => {
  test('is replaced, and the new one knows its duty', async () => {
    await using scratch = new Scratch();
    const run = new HostileRun(scratch);
    await run.isReady();
    const first = await run.nextWatchdog();
    signal(first, 'SIGKILL');
    const second = await run.nextWatchdog(first);
    expect(run.wrapper.isOver).toBe(false);
    run.wrapper.kill('SIGKILL');
    await until('the tree is gone, though nobody waits', () => run.isTreeGone(), 10_000);
    await until('the watchdog has ended', () => !isAlive(second));
    await scratch.settle();
  }, 120_000);

  test('more than three times in ten seconds ends the run with 125, and its tree', async () => {
    await using scratch = new Scratch();
    const run = new HostileRun(scratch, { flags: QUICK });
    await run.isReady();
    const successor = await run.waitingSuccessor();
    let watchdog = await run.nextWatchdog();
    for (let death = 1; death <= 3; death++) {
      signal(watchdog, 'SIGKILL');
      watchdog = await run.nextWatchdog(watchdog);
    }
    expect(run.isTreeGone(), 'three deaths are survived').toBe(false);
    signal(watchdog, 'SIGKILL');
    const ended = await run.wrapper.ended;
    expect(ended).toMatchObject({ code: 125 });
    expect(ended.stderr).toContain('the watchdog cannot be kept running');
    expect(await successor.ended).toMatchObject(ALONE);
    await scratch.settle();
  });
});

describe('the tree is gone', () => {
  test('soon after the wrapper was killed, though nobody waits', async () => {
    await using scratch = new Scratch();
    const run = new HostileRun(scratch);
    await run.isReady();
    run.wrapper.kill('SIGKILL');
    await until('the tree is gone', () => run.isTreeGone(), 10_000);
    await scratch.settle();
  });

  test('when kill-all has come back, and so are the waiters', async () => {
    await using scratch = new Scratch();
    const run = new HostileRun(scratch);
    await run.isReady();
    const waiter = await run.waitingSuccessor();
    const ended = await scratch.seqx(['kill-all', '--yes'], { env: { SEQX_KILL_GRACE: '0.2s' } }).ended;
    expect(run.isTreeGone(), ended.stderr).toBe(true);
    expect(ended.code).toBe(0);
    expect(await waiter.ended).toMatchObject({ code: 75, stdout: '' });
    expect(await run.successor().ended).toMatchObject(ALONE);
    await scratch.settle();
  });
});
