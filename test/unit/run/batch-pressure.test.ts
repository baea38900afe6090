// Memory pressure within a batch, on a made-up machine: who stands still, who waits for whom, and who is let go.

import { expect, test } from 'vitest';
import type { SeqxEvent } from '../../../src/base/events.ts';
import type { Platform, ProcessFacts } from '../../../src/base/ports.ts';
import type { BatchMemory } from '../../../src/operations/batch-memory.ts';
import { BatchPressure } from '../../../src/operations/batch-pressure.ts';
import { ProcessWorld } from './process-world.ts';

const MIB = 2 ** 20;

/** A batch of so many commands, with 100 MB for all of them and a limit of 1,000 MB. */
class Batch {
  readonly machine = new ProcessWorld();
  readonly said: string[] = [];
  readonly ended: number[] = [];
  readonly standing = new Map<number, boolean>();
  readonly pressure: BatchPressure;
  onSaid: () => void = () => {};
  #members: readonly ProcessFacts[] = [];
  #usedMib = 0;
  readonly #pids: number[] = [];

  constructor(commands: number, onPressure: 'suspend' | 'end' = 'suspend') {
    const { machine } = this;
    const platform = {
      ...machine.platform,
      abilities: { freeze: true },
      machineMemory: () => ({ totalBytes: 9_000 * MIB, availableBytes: 8_000 * MIB }),
      proportionalBytes: () => undefined,
    } as unknown as Platform;
    const members = (number: number) => this.#members.filter(({ pid }) => pid === this.#pids[number - 1]);
    const usedBytes = () => this.#usedMib * MIB;
    const memory = { members, usedBytes } as unknown as BatchMemory;
    Object.defineProperty(memory, 'totalBytes', { get: usedBytes });
    const clock = { nowNs: machine.nowNs, after: machine.after, wallMs: () => 0 };
    const settings = { onPressure, memoryLimit: 1_000 * MIB, killGrace: 1_000, budgetBytes: () => 100 * MIB };
    this.pressure = new BatchPressure(settings, memory, { platform, clock } as never);
    for (let number = 1; number <= commands; number += 1) this.#add(number);
  }

  #add(number: number): void {
    const token = `ab12:${number}`;
    const pid = this.machine.add(process.pid, { isMember: true, chain: [token] });
    this.#pids.push(pid);
    const root = this.machine.ref(pid);
    this.pressure.add({
      ...{ number, root, target: { roots: [root], tokens: [token] } },
      emit: (event: SeqxEvent) => {
        this.said.push(`${number} ${event.type}`);
        this.onSaid();
      },
      end: () => this.ended.push(number),
      onStanding: isStanding => this.standing.set(number, isStanding),
    });
  }

  async look(usedMib: number): Promise<void> {
    this.#usedMib = usedMib;
    const table = await this.machine.platform.processes();
    const rssBytes = (usedMib * MIB) / this.#pids.length;
    this.#members = table.flatMap(one => (this.#pids.includes(one.pid) ? [{ ...one, rssBytes }] : []));
    await this.pressure.look();
  }
}

test('the time limit of one that stands still does so as well', async () => {
  const batch = new Batch(2);
  await batch.look(110);
  expect([batch.said, [...batch.standing]]).toEqual([['2 suspended'], [[2, true]]]);
  await batch.pressure.release();
  expect([...batch.standing]).toEqual([[2, false]]);
});

test('one that is being ended takes nobody else with it, and nothing is started meanwhile', async () => {
  const batch = new Batch(3, 'end');
  for (const mib of [110, 110, 112]) await batch.look(mib);
  expect([batch.ended, batch.pressure.isPressed]).toEqual([[3], true]);
  batch.pressure.remove(3);
  await batch.look(90);
  expect([batch.ended, batch.pressure.isPressed]).toEqual([[3], false]);
});

test('just below the limit the next one is ended only if more is used than when the last one was', async () => {
  const batch = new Batch(3, 'end');
  for (const mib of [965, 965, 970]) await batch.look(mib);
  expect(batch.ended).toEqual([3]);
  await batch.look(980);
  expect(batch.ended).toEqual([3, 2]);
  await batch.look(999);
  expect(batch.ended).toEqual([3, 2]);
});

test('whoever is just being stopped when the batch is asked to end goes on', async () => {
  const batch = new Batch(2);
  let released: Promise<void> | undefined;
  batch.onSaid = () => {
    released ??= batch.pressure.release();
  };
  await batch.look(110);
  await released;
  expect(batch.machine.standing()).toEqual([]);
});

test('while all of them are suspended by the watchdog nothing is decided or started', async () => {
  const batch = new Batch(2);
  batch.pressure.standAll(true);
  await batch.look(900);
  expect([batch.said, batch.pressure.isPressed]).toEqual([[], true]);
  expect([...batch.standing]).toEqual([
    [1, true],
    [2, true],
  ]);
  batch.pressure.standAll(false);
  expect([...batch.standing.values(), batch.pressure.isPressed]).toEqual([false, false, false]);
});
