// Order: who arrived first runs first, whatever the others do. The order of arrival is the order of the
// tickets, and the order of running is what the commands themselves wrote down.

import { expect, test } from 'vitest';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';
import { refOf, signal } from './gate-view.ts';
import { finish, WaitingLine } from './line.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `waiter-${index}`);

async function arriveInOrder(line: WaitingLine, all: readonly string[]): Promise<Started[]> {
  const waiters: Started[] = [];
  for (const name of all) waiters.push(await line.arrive(name));
  return waiters;
}

const allEnd = (all: readonly Started[]) => Promise.all(all.map(({ ended }) => ended));

test('fifty waiters that arrived in a known order run in that order', async () => {
  await using scratch = new Scratch();
  const line = new WaitingLine(scratch);
  const holder = await line.hold('holder');
  const waiters = await arriveInOrder(line, names(50));
  expect(line.gate.ticketPids()).toEqual([holder, ...waiters].map(({ pid }) => pid));
  finish(holder);
  await allEnd(waiters);
  expect(line.ran()).toEqual(['holder', ...names(50)]);
  await scratch.settle();
}, 120_000);

test('dead waiters are skipped, and those behind them keep their order', async () => {
  await using scratch = new Scratch();
  const line = new WaitingLine(scratch);
  const holder = await line.hold('holder');
  const waiters = await arriveInOrder(line, names(12));
  const isVictim = (_: unknown, index: number) => [0, 1, 4, 7, 8, 11].includes(index);
  const victims = waiters.filter(isVictim);
  for (const victim of victims) victim.kill('SIGKILL');
  await allEnd(victims);
  finish(holder);
  await allEnd(waiters);
  expect(line.ran()).toEqual(['holder', ...names(12).filter((name, index) => !isVictim(name, index))]);
  // The last one died behind everybody: the next to arrive removes its ticket.
  expect(await scratch.seqx(['true']).ended).toMatchObject({ code: 0 });
  await scratch.settle();
});

test('waiters that come and go never overtake', async () => {
  await using scratch = new Scratch();
  const line = new WaitingLine(scratch);
  const holder = await line.hold('holder');
  const waiters = await arriveInOrder(line, names(20));
  const passers = [line.come('no-wait', ['--no-wait']), line.come('wait', ['--wait', '0.2s'])];
  expect((await allEnd(passers)).map(({ code }) => code)).toEqual([75, 75]);
  finish(holder);
  let isComing = true;
  const coming = ['--no-wait', '--wait=0.1s'].map(async flag => {
    while (isComing) await line.come('passer', [flag]).ended;
  });
  await allEnd(waiters);
  isComing = false;
  await Promise.all(coming);
  expect(line.ran().slice(0, 21)).toEqual(['holder', ...names(20)]);
  await scratch.settle();
});

test('a high priority goes ahead of waiting normals and a low one last, but nobody ahead of the holder', async () => {
  await using scratch = new Scratch();
  const line = new WaitingLine(scratch);
  const holder = await line.hold('holder');
  const arrivals = ['low-1', 'normal-1', 'high-1', 'low-2', 'normal-2', 'high-2'];
  const waiters: Started[] = [];
  for (const name of arrivals) {
    waiters.push(await line.arrive(name, ['--priority', name.split('-')[0] ?? '']));
  }
  const status = JSON.parse((await scratch.seqx(['status', '--json']).ended).stdout) as {
    running: { pid: number }[];
    queue: { pid: number; priority: string }[];
  };
  expect(status.running.map(({ pid }) => pid)).toEqual([holder.pid]);
  expect(status.queue.map(({ priority }) => priority)).toEqual([
    'high',
    'high',
    'normal',
    'normal',
    'low',
    'low',
  ]);
  expect(line.ran()).toEqual(['holder']);
  finish(holder);
  await allEnd(waiters);
  expect(line.ran()).toEqual(['holder', 'high-1', 'high-2', 'normal-1', 'normal-2', 'low-1', 'low-2']);
  await scratch.settle();
});

test('a stopped waiter is overtaken after two seconds and then has its place again', async () => {
  await using scratch = new Scratch();
  const line = new WaitingLine(scratch);
  const holder = await line.hold('holder');
  const sleeper = await line.arrive('sleeper');
  const ref = refOf(sleeper.pid);
  if (!ref) throw new Error('the waiter is gone');
  signal(ref, 'SIGSTOP');
  const stoppedMs = performance.now();
  const next = await line.hold('next');
  const last = await line.arrive('last');
  finish(holder);
  await until('the waiter behind it runs', () => line.ran().includes('next'));
  expect(performance.now() - stoppedMs).toBeGreaterThan(1_990);
  signal(ref, 'SIGCONT');
  finish(next);
  await allEnd([sleeper, last, next]);
  expect(line.ran()).toEqual(['holder', 'next', 'sleeper', 'last']);
  await scratch.settle();
});

test('a stopped holder is not robbed', async () => {
  await using scratch = new Scratch();
  const line = new WaitingLine(scratch);
  const holder = await line.hold('holder');
  await until('the holder runs', () => line.ran().length === 1);
  const ref = refOf(holder.pid);
  if (!ref) throw new Error('the holder is gone');
  signal(ref, 'SIGSTOP');
  const impatient = line.come('impatient', ['--wait', '3s']);
  expect(await impatient.ended).toMatchObject({ code: 75 });
  signal(ref, 'SIGCONT');
  const waiter = await line.arrive('waiter');
  finish(holder);
  await allEnd([holder, waiter]);
  expect(line.ran()).toEqual(['holder', 'waiter']);
  await scratch.settle();
});
