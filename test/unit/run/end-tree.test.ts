// Ending a tree on a made-up machine: nobody of the run survives, and nobody outside it is touched.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Platform, RunTarget } from '../../../src/base/ports.ts';
import { continueTree, type Ending, endTree, freezeTree } from '../../../src/run/end-tree.ts';
import { type Nature, ProcessWorld } from './process-world.ts';

const TOKEN = 'ab12:0001-7';
const MEMBER: Nature = { isMember: true, chain: [TOKEN] };

const tools = (world: ProcessWorld) => ({
  platform: world.platform as unknown as Platform,
  after: world.after,
  nowNs: world.nowNs,
});
const targetOf = (world: ProcessWorld, ...roots: number[]): RunTarget => ({
  roots: roots.map(pid => world.ref(pid)),
  tokens: [TOKEN],
});
const end = (world: ProcessWorld, target: RunTarget, rest: Partial<Ending> = {}) =>
  endTree({ target, graceMs: 100, ...rest }, tools(world));

const namesOf = (world: ProcessWorld, pid: number) =>
  world.signals.filter(one => one.pid === pid).map(({ signal }) => signal);

describe('a tree that obeys', () => {
  test('is frozen, told from the leaves up, continued, and never killed', async () => {
    const world = new ProcessWorld();
    const root = world.add(process.pid, MEMBER);
    const child = world.add(root, MEMBER);
    const grandchild = world.add(child, { isMember: true });
    const report = await end(world, targetOf(world, root));
    expect(report).toEqual({ ended: 3, killed: [], survivors: [] });
    expect(world.members()).toEqual([]);
    expect(namesOf(world, root)).toEqual(['SIGSTOP', 'SIGTERM', 'SIGCONT']);
    const told = world.signals.filter(({ signal }) => signal === 'SIGTERM').map(({ pid }) => pid);
    expect(told).toEqual([grandchild, child, root]);
    expect(world.harmed()).toEqual([]);
  });

  test('hears of its end although somebody stops it again', async () => {
    const world = new ProcessWorld();
    const root = world.add(process.pid, { ...MEMBER, dozes: true });
    expect(await end(world, targetOf(world, root))).toEqual({ ended: 1, killed: [], survivors: [] });
  });

  test('does not use up its grace', async () => {
    const world = new ProcessWorld();
    const root = world.add(process.pid, MEMBER);
    await end(world, targetOf(world, root), { graceMs: 60_000 });
    expect(world.nowMs).toBeLessThan(1_000);
  });

  test('that is already gone is nothing to do', async () => {
    const world = new ProcessWorld();
    const report = await end(world, { roots: [{ pid: 77, start: '5' }], tokens: [TOKEN] });
    expect(report).toEqual({ ended: 0, killed: [], survivors: [] });
    expect(world.signals).toEqual([]);
  });
});

describe('a tree that does not', () => {
  test('is killed after its grace, and only who did not obey is said to be', async () => {
    const world = new ProcessWorld();
    const root = world.add(process.pid, MEMBER);
    const deaf = world.add(root, { ...MEMBER, ignoresTerm: true });
    const beganMs = world.nowMs;
    expect(await end(world, targetOf(world, root))).toEqual({ ended: 2, killed: [deaf], survivors: [] });
    expect(world.nowMs - beganMs).toBeGreaterThanOrEqual(100);
    expect(world.harmed()).toEqual([]);
  });

  test('is killed at once without a grace: no SIGTERM', async () => {
    const world = new ProcessWorld();
    const root = world.add(process.pid, MEMBER);
    expect(await end(world, targetOf(world, root), { graceMs: 0 })).toMatchObject({ killed: [root] });
    expect(namesOf(world, root)).not.toContain('SIGTERM');
  });

  test('is killed early when memory still grows', async () => {
    const world = new ProcessWorld();
    const root = world.add(process.pid, { ...MEMBER, ignoresTerm: true });
    let looks = 0;
    await end(world, targetOf(world, root), { graceMs: 60_000, isGraceOver: () => ++looks > 3 });
    expect(world.members()).toEqual([]);
    expect(world.nowMs).toBeLessThan(1_000);
  });

  test('that hangs in the kernel is reported, after everybody else is gone', async () => {
    const world = new ProcessWorld();
    const root = world.add(process.pid, MEMBER);
    const stuck = world.add(root, { ...MEMBER, isStuck: true });
    expect(await end(world, targetOf(world, root))).toEqual({
      ended: 1,
      killed: [stuck],
      survivors: [stuck],
    });
    expect(world.members()).toEqual([stuck]);
  });
});

test('one that hops from pid to pid between any look and its signal is caught all the same', async () => {
  const world = new ProcessWorld(Infinity);
  const hopper = world.add(process.pid, { ...MEMBER, hops: 2 });
  expect((await end(world, targetOf(world, hopper))).survivors).toEqual([]);
  expect(world.members()).toEqual([]);
  expect(world.harmed()).toEqual([]);
});

describe('nobody is touched', () => {
  test('who only looks alike: another token, another user, our own family', async () => {
    const world = new ProcessWorld();
    world.add(1, { chain: [`${TOKEN}1`] });
    world.add(1, { chain: [TOKEN], uid: 0 });
    world.add(1, { chain: [TOKEN] }, process.ppid);
    const root = world.add(process.pid, MEMBER);
    world.add(process.pid, {});
    const target = {
      ...targetOf(world, root),
      roots: [world.ref(root), world.ref(process.pid), world.ref(1)],
    };
    // Our parent carries the token, as it does when one run ends another from within.
    const nested = new ProcessWorld();
    expect(await end(nested, { roots: [nested.ref(process.pid)], tokens: [TOKEN] })).toMatchObject({
      ended: 0,
    });
    await end(world, target);
    expect(world.signals.filter(({ pid }) => pid !== root && pid !== process.ppid)).toEqual([]);
  });

  test('whose pid belonged to the root before', async () => {
    const world = new ProcessWorld();
    const stranger = world.add(1, {});
    expect(await end(world, { roots: [{ pid: stranger, start: '0' }], tokens: [] })).toMatchObject({
      ended: 0,
    });
    expect(world.signals).toEqual([]);
  });

  test('who took a pid between look and signal: stopped, recognised, continued', async () => {
    const world = new ProcessWorld(1);
    world.isRecycling = true;
    const hopper = world.add(process.pid, { ...MEMBER, hops: 1 });
    await end(world, targetOf(world, hopper));
    expect(namesOf(world, hopper)).toEqual(['SIGSTOP', 'SIGCONT']);
    expect(world.members()).toEqual([]);
    expect(world.harmed()).toEqual([]);
  });
});

test('of any run nobody survives, whatever it does meanwhile, and no stranger is harmed', async () => {
  const nature = fc.record({
    ignoresTerm: fc.boolean(),
    forks: fc.boolean(),
    hops: fc.constantFrom(undefined, undefined, 2, 3, 8),
    hasToken: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(nature, fc.nat(9)), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 150 }),
      fc.boolean(),
      fc.constantFrom(0, 50),
      async (natures, room, isRecycling, graceMs) => {
        const world = new ProcessWorld(room);
        world.isRecycling = isRecycling;
        const root = world.add(process.pid, MEMBER);
        const pids = [root];
        for (const [{ hasToken, hops, ...rest }, parent] of natures) {
          // Without token and parent nobody could find it: hops need the token.
          const chain = hasToken || hops !== undefined ? [TOKEN] : [];
          const nature = { ...rest, ...(hops === undefined ? {} : { hops }), chain, isMember: true };
          pids.push(world.add(pids[parent % pids.length] ?? root, nature));
          world.add(1, {});
        }
        const report = await end(world, targetOf(world, root), { graceMs });
        expect(report.survivors).toEqual([]);
        expect(world.members().filter(pid => world.platform.runChain(pid).length > 0)).toEqual([]);
        expect(world.harmed()).toEqual([]);
      },
    ),
    { numRuns: 200 },
  );
});

test('a frozen tree stands still whole, and goes on when it is continued', async () => {
  const world = new ProcessWorld(40);
  const root = world.add(process.pid, { ...MEMBER, forks: true });
  const ending = { target: targetOf(world, root), graceMs: 0 };
  const frozen = await freezeTree(ending, tools(world));
  expect(frozen.map(({ pid }) => pid).sort()).toEqual(world.members().sort());
  const size = world.members().length;
  await world.platform.processes();
  expect(world.members()).toHaveLength(size);
  await continueTree(ending, tools(world));
  expect((await world.platform.processes()).every(({ state }) => state === 'S')).toBe(true);
});
