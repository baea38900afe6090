// A tree that stands still on a made-up machine: all of it, only it, and afterwards exactly those go on that did.

import { expect, test } from 'vitest';
import type { Platform, ProcessFacts } from '../../../src/base/ports.ts';
import { Suspension } from '../../../src/run/suspension.ts';
import { type Nature, ProcessWorld } from './process-world.ts';

const TOKEN = 'ab12:0001-7';
const MEMBER: Nature = { isMember: true, chain: [TOKEN] };

function suspensionOf(world: ProcessWorld, root: number): Suspension {
  const platform = world.platform as unknown as Platform;
  const target = { roots: [world.ref(root)], tokens: [TOKEN] };
  return new Suspension(target, { platform, after: world.after, nowNs: world.nowNs });
}

const membersNow = async (world: ProcessWorld): Promise<ProcessFacts[]> =>
  (await world.platform.processes()).filter(({ pid }) => world.members().includes(pid));

const told = (world: ProcessWorld, signal: string) =>
  world.signals.filter(one => one.signal === signal).map(({ pid }) => pid);

test('parents are stopped first and continued last, and nobody else is touched', async () => {
  const world = new ProcessWorld();
  const stranger = world.add(process.pid, {});
  const root = world.add(process.pid, MEMBER);
  const child = world.add(root, MEMBER);
  const grandchild = world.add(child, { isMember: true });
  const suspension = suspensionOf(world, root);
  await suspension.stop([]);
  expect(world.standing()).toEqual([root, child, grandchild]);
  expect(told(world, 'SIGSTOP')).toEqual([root, child, grandchild]);
  await suspension.resume(await membersNow(world));
  expect(world.standing()).toEqual([]);
  expect(told(world, 'SIGCONT')).toEqual([grandchild, child, root]);
  expect(world.signals.some(({ pid }) => pid === stranger)).toBe(false);
});

test('a tree that forks all the time stands still as a whole', async () => {
  const world = new ProcessWorld(200);
  const root = world.add(process.pid, { ...MEMBER, forks: true });
  const suspension = suspensionOf(world, root);
  await suspension.stop([]);
  expect(world.standing()).toEqual(world.members());
  await suspension.resume(await membersNow(world));
  expect(world.standing()).toEqual([]);
  expect(world.harmed()).toEqual([]);
});

test('whoever is woken by somebody else is stopped again, and goes on in the end', async () => {
  const world = new ProcessWorld();
  const root = world.add(process.pid, MEMBER);
  const child = world.add(root, MEMBER);
  const suspension = suspensionOf(world, root);
  await suspension.stop([]);
  const before = world.signals.length;
  await suspension.keep(await membersNow(world));
  expect(world.signals.length).toBe(before);
  world.platform.send(child, 'SIGCONT');
  await suspension.keep(await membersNow(world));
  expect(world.standing()).toEqual([root, child]);
  await suspension.resume(await membersNow(world));
  expect(world.standing()).toEqual([]);
});

test('who stood still before is left so; once the user has continued him, he goes on with the others', async () => {
  const world = new ProcessWorld();
  const root = world.add(process.pid, MEMBER);
  const paused = world.add(root, MEMBER);
  const suspension = suspensionOf(world, root);
  world.platform.send(paused, 'SIGSTOP');
  await suspension.stop([]);
  await suspension.resume(await membersNow(world));
  expect(world.standing()).toEqual([paused]);
  await suspension.stop([]);
  world.platform.send(paused, 'SIGCONT');
  await suspension.keep(await membersNow(world));
  expect(world.standing()).toEqual([root, paused]);
  await suspension.resume(await membersNow(world));
  expect(world.standing()).toEqual([]);
});

test('one that has left the tree and cleared its environment since goes on as well', async () => {
  const world = new ProcessWorld();
  const root = world.add(process.pid, MEMBER);
  const lost = world.add(root, { isMember: true });
  const suspension = suspensionOf(world, root);
  await suspension.stop([]);
  world.platform.send(root, 'SIGKILL');
  await suspension.resume([]);
  expect(world.members()).toEqual([lost]);
  expect(world.standing()).toEqual([]);
});

test('the watchdog of a run inside goes on: its heartbeat keeps another gate', async () => {
  const world = new ProcessWorld();
  const root = world.add(process.pid, MEMBER);
  const nested = world.add(root, MEMBER);
  const watchdog = world.add(nested, { isMember: true, words: ['node', 'seqx.cjs', '__watchdog'] });
  const suspension = suspensionOf(world, root);
  await suspension.stop([]);
  await suspension.keep(await membersNow(world));
  expect(world.standing()).toEqual([root, nested]);
  await suspension.resume(await membersNow(world));
  expect(world.signals.some(({ pid }) => pid === watchdog)).toBe(false);
});

test('a stranger that got the pid of one of them is not continued', async () => {
  const world = new ProcessWorld();
  const root = world.add(process.pid, MEMBER);
  const child = world.add(root, MEMBER);
  const suspension = suspensionOf(world, root);
  await suspension.stop([]);
  world.isRecycling = true;
  world.platform.send(child, 'SIGKILL');
  await membersNow(world);
  const before = world.signals.length;
  await suspension.resume(await membersNow(world));
  expect(world.signals.slice(before).map(({ pid }) => pid)).toEqual([root]);
});
