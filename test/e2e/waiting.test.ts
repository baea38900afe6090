// Waiting and giving up: how long, with which exit code, and what is said meanwhile.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ask, commandPid, hold, isWell, killSeqx, letGo, ticketCount, tickets } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const RUN = ['sh', '-c', 'echo ran'];

test('--wait gives up after its time with exit 75, and says at which place', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const { code, stdout, stderr } = await ask(scratch, ['--wait', '1200ms', ...RUN]);
  expect([code, stdout]).toEqual([75, '']);
  expect(stderr).toMatch(
    /^seqx: gave up after 1\.\ds at position 1 of 1; nothing was run \(exit 75\)\n {2}try: seqx status {3}or a longer --wait$/m,
  );
  await ticketCount(scratch, 1);
  await letGo(holder);
  await scratch.settle();
});

test.each([
  { flags: ['--no-wait'], code: 75 },
  { flags: ['--wait', '0'], code: 75 },
  { flags: ['--wait=0', '-E', '3'], code: 3 },
  { flags: ['--no-wait', '-E0'], code: 0 },
  { flags: ['--no-wait', '--conflict-exit-code=255'], code: 255 },
])('$flags leaves at once with exit $code when the gate is taken', async ({ flags, code }) => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const ended = await ask(scratch, [...flags, ...RUN]);
  expect([ended.code, ended.stdout]).toEqual([code, '']);
  expect(ended.stderr).toMatch(
    new RegExp(
      `^seqx: web is taken by pid ${holder.pid} "sh .*hold.sh" \\(running .*\\); nothing was run \\(exit ${code}\\)\n {2}try: seqx status   or wait with --wait 5m\n$`,
    ),
  );
  await letGo(holder);
  await scratch.settle();
});

test('--no-wait and --wait run at once when the gate is free', async () => {
  await using scratch = new Scratch();
  for (const flags of [['--no-wait'], ['--wait', '5s']]) {
    const { code, stdout, stderr } = await ask(scratch, [...flags, ...RUN]);
    expect([code, stdout, stderr]).toEqual([0, 'ran\n', '']);
  }
});

test('-E concerns a taken gate only, not the command', async () => {
  await using scratch = new Scratch();
  expect((await ask(scratch, ['-E', '3', 'sh', '-c', 'exit 75'])).code).toBe(75);
});

test('time in the queue does not count against --timeout', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const waiter = scratch.seqx(['--timeout', '1s', ...RUN]);
  await waiter.says(/waiting for web/, 'stderr');
  await until('it has waited longer than its timeout', async () => {
    const { queue } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
    return queue[0]?.waitedMs > 1_500;
  });
  await letGo(holder);
  const { code, stdout } = await waiter.ended;
  expect([code, stdout]).toEqual([0, 'ran\n']);
  await scratch.settle();
});

test('says position, holder and age while it waits, and when it got the gate', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const first = scratch.seqx(RUN);
  await ticketCount(scratch, 2);
  const second = scratch.seqx(RUN);
  const line = (position: string) =>
    new RegExp(
      `^seqx: waiting for web: position ${position}, behind pid ${holder.pid} "sh \\S*hold\\.sh" \\(running \\d[\\d.]*m?s\\)$`,
      'm',
    );
  await first.says(line('1 of [12]'), 'stderr');
  await second.says(line('2 of 2'), 'stderr');
  await letGo(holder);
  for (const waiter of [first, second]) {
    const { code, stderr } = await waiter.ended;
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^seqx: got web after \d[\d.]*s$/m)]);
  }
  await scratch.settle();
});

test('a waiter that leaves by SIGINT takes its ticket along and runs nothing', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const waiter = scratch.seqx(RUN);
  await ticketCount(scratch, 2);
  waiter.kill('SIGINT');
  const { signal, stdout } = await waiter.ended;
  expect([signal, stdout]).toEqual(['SIGINT', '']);
  expect(tickets(scratch.state)).toHaveLength(1);
  await letGo(holder);
  await scratch.settle();
});

test('takes over from a wrapper and watchdog that were both killed, and names the dead run', async () => {
  await using scratch = new Scratch();
  const holder = scratch.seqx(['sh', '-c', 'echo up $$; exec sleep 600']);
  await holder.says('up');
  await killSeqx(scratch, holder);
  const { code, stdout, stderr } = await ask(scratch, RUN);
  expect([code, stdout]).toEqual([0, 'ran\n']);
  expect(stderr).toMatch(
    new RegExp(
      `^seqx: removed a stale lock: pid ${holder.pid} "sh -c .*" is gone \\(started \\d\\d:\\d\\d:\\d\\d\\)$`,
      'm',
    ),
  );
  expect(stderr).toContain(`seqx: ended 1 process left by the dead run of pid ${holder.pid}`);
  expect(isWell(commandPid(holder))).toBe(false);
  await scratch.settle();
});

test.each([
  ['high', 'goes ahead of', '2\n1\n'],
  ['normal', 'stays behind', '1\n2\n'],
  ['low', 'stays behind', '1\n2\n'],
])('a waiter of %s priority %s a normal one that came before', async (priority, _does, order) => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const first = scratch.seqx(['sh', '-c', 'echo 1 >> order']);
  await ticketCount(scratch, 2);
  const second = scratch.seqx(['--priority', priority, 'sh', '-c', 'echo 2 >> order']);
  await ticketCount(scratch, 3);
  await letGo(holder);
  await Promise.all([first.ended, second.ended]);
  expect(readFileSync(`${scratch.project}/order`, 'utf8')).toBe(order);
  await scratch.settle();
});
