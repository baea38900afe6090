// What one watchdog does about memory pressure, on a made-up gate: by the records of the others, with a clock that
// goes when it is told to.

import { expect, test } from 'vitest';
import type { Platform, RunRecord, SlotStore, Yielding } from '../../../src/base/ports.ts';
import { PressureDesk } from '../../../src/run/pressure-desk.ts';
import type { Sample } from '../../../src/run/verdict.ts';
import type { FromWatchdog, WatchOrder } from '../../../src/run/watch-messages.ts';
import { ProcessWorld } from './process-world.ts';

const MIB = 2 ** 20;
const OWN = 'b-own';
const TOKEN = `ab12:${OWN}`;
const GRACE_MS = 1_000;

const recordOf = (mib: number, rest: Partial<RunRecord> = {}): RunRecord => ({
  schema: 'seqx.run/1',
  root: '',
  heldAt: '2026-01-01T00:00:00Z',
  memory: { bytes: mib * MIB, peakBytes: 0, limitBytes: 0, processes: 1 },
  yields: { how: 'suspend' },
  ...rest,
});

/** A run that is younger than all others, and has a command. */
class Gate {
  readonly machine = new ProcessWorld();
  readonly command = this.machine.add(process.pid, { isMember: true, chain: [TOKEN] });
  readonly records = new Map<string, RunRecord | undefined>([[OWN, undefined]]);
  readonly said: FromWatchdog[] = [];
  readonly noted: (Yielding | undefined)[] = [];
  readonly desk: PressureDesk;
  beatMs = 0;
  nowMs = 1_000;

  constructor(how: 'suspend' | 'end' = 'suspend', canFreeze = true) {
    const order = {
      slotId: OWN,
      gate: { hash: 'ab12' },
      heldAt: '2026-01-01T00:00:09Z',
      command: this.machine.ref(this.command),
      graceMs: GRACE_MS,
      pressure: { how, thresholdBytes: 100 * MIB },
    } as unknown as WatchOrder & { slotId: string; pressure: NonNullable<WatchOrder['pressure']> };
    const platform = {
      ...this.machine.platform,
      abilities: { freeze: canFreeze },
      self: () => ({ boot: '00000000' }),
      machineMemory: () => ({ totalBytes: 1_000 * MIB, availableBytes: 900 * MIB }),
      proportionalBytes: () => undefined,
    } as unknown as Platform;
    const slots = {
      occupants: () => [...this.records.keys()],
      readRecord: (name: string) => this.records.get(name),
      heartbeatMs: () => this.beatMs,
    } as unknown as SlotStore;
    const clock = { nowNs: () => BigInt(this.nowMs * 1e6), wallMs: () => 0, after: () => () => {} };
    const { nowNs, after } = this.machine;
    this.desk = new PressureDesk(
      {
        order,
        target: { roots: [order.command ?? { pid: 0, start: '0' }], tokens: [TOKEN] },
        say: message => this.said.push(message),
        note: yields => this.noted.push(yields),
        tools: { platform, nowNs, after },
      },
      { platform, slots, clock },
    );
  }

  /** One look of the watchdog, so many milliseconds later, with its own run using so much. */
  async look(ownMib: number, laterMs = 250, isBeating = true) {
    this.nowMs += laterMs;
    if (isBeating) this.beatMs = this.nowMs;
    const sample = {
      atMs: 0,
      treeBytes: ownMib * MIB,
      processes: 1,
      costMs: 0,
      largest: { pid: 1, bytes: 0 },
    };
    const table = await this.machine.platform.processes();
    const members = table.filter(({ pid }) => pid === this.command);
    return this.desk.look(sample as Sample, members);
  }

  get events(): string[] {
    return this.said.map(message => (message.type === 'event' ? message.event.type : message.type));
  }

  get isStanding(): boolean {
    return this.machine.standing().length > 0;
  }
}

test('it stands still while there is too little, and goes on when there is room; the record says so meanwhile', async () => {
  const gate = new Gate();
  gate.records.set('a', recordOf(70));
  await gate.look(20);
  expect(gate.said).toEqual([]);
  await gate.look(40);
  expect([gate.isStanding, gate.events]).toEqual([true, ['suspended']]);
  const suspended = { since: '1970-01-01T00:00:00.000Z', usedBytes: 110 * MIB, availableBytes: 900 * MIB };
  expect(gate.noted).toEqual([{ how: 'suspend', suspended }]);
  await gate.look(40, 2_000);
  expect(gate.isStanding).toBe(true);
  gate.records.set('a', recordOf(50));
  await gate.look(40);
  expect([gate.isStanding, gate.events]).toEqual([false, ['suspended', 'resumed']]);
  expect(gate.noted.at(-1)).toEqual({ how: 'suspend' });
});

test('the word goes out before the tree stands still: were we killed, somebody has to continue it', async () => {
  const gate = new Gate();
  gate.records.set('a', recordOf(90));
  const heard: boolean[] = [];
  gate.said.push = (...messages) => {
    heard.push(gate.isStanding);
    return messages.length;
  };
  await gate.look(40);
  expect(heard).toEqual([false]);
  expect(gate.isStanding).toBe(true);
});

test('a system that cannot suspend says so once, and goes on', async () => {
  const gate = new Gate('suspend', false);
  gate.records.set('a', recordOf(90));
  await gate.look(40);
  await gate.look(80);
  expect([gate.events, gate.isStanding]).toEqual([['suspend-unavailable'], false]);
  expect(gate.noted).toEqual([undefined]);
});

test('one that is to be ended is named once, with what is short', async () => {
  const gate = new Gate('end');
  gate.records.set('a', recordOf(90));
  expect(await gate.look(40)).toMatchObject({
    type: 'pressure-over',
    pid: gate.command,
    bytes: 40 * MIB,
    of: 'threshold',
    usedBytes: 130 * MIB,
    suspendedMs: undefined,
    graceMs: GRACE_MS,
  });
  expect(await gate.look(40)).toBeUndefined();
});

test('its record says that it is being ended, to its end: the others wait for what it frees', async () => {
  const gate = new Gate('end');
  gate.records.set('a', recordOf(90));
  await gate.look(40);
  const leaving = { usedBytes: 130 * MIB, availableBytes: 900 * MIB };
  expect(gate.noted).toEqual([{ how: 'end', leaving }]);
  await gate.desk.letGo(true);
  expect(gate.noted.at(-1)).toEqual({ how: 'end', leaving });
});

test('whoever asks it to end is heard: it goes on, and stands still again only after the grace and more', async () => {
  const gate = new Gate();
  gate.records.set('a', recordOf(90));
  await gate.look(40);
  await gate.desk.letGo(false);
  expect([gate.isStanding, gate.events.at(-1)]).toEqual([false, 'resumed']);
  await gate.look(40, 5_900);
  expect(gate.isStanding).toBe(false);
  await gate.look(40, 200);
  expect(gate.isStanding).toBe(true);
});

test('once let go for good it never stands still again', async () => {
  const gate = new Gate();
  gate.records.set('a', recordOf(90));
  await gate.look(40);
  await gate.desk.letGo(true);
  await gate.look(400, 60_000);
  expect([gate.isStanding, gate.events]).toEqual([false, ['suspended', 'resumed']]);
  expect(gate.noted.at(-1)).toBeUndefined();
});

test('once somebody else has the tree, it neither stops nor continues anybody', async () => {
  const gate = new Gate();
  gate.records.set('a', recordOf(90));
  await gate.look(40);
  gate.desk.retire();
  const before = gate.machine.signals.length;
  gate.records.delete('a');
  await gate.look(40, 60_000);
  expect(gate.machine.signals.length).toBe(before);
});

test('a record that is being written says what it said before', async () => {
  const gate = new Gate();
  gate.records.set('a', recordOf(90));
  await gate.look(5);
  gate.records.set('a', undefined);
  await gate.look(40);
  expect(gate.isStanding).toBe(true);
});

test('an entry that is only being tried is nobody: alone, it goes on whatever it uses', async () => {
  const gate = new Gate();
  gate.records.set('a', { ...recordOf(90), memory: undefined });
  await gate.look(900);
  expect(gate.said).toEqual([]);
});

test('one whose heartbeat stands still for long no longer counts; after a gap of our own the count starts again', async () => {
  const gate = new Gate();
  gate.records.set('a', recordOf(90));
  await gate.look(5);
  for (let look = 0; look < 19; look++) await gate.look(5, 250, false);
  await gate.look(40, 200, false);
  expect(gate.isStanding).toBe(true);
  await gate.look(40, 300, false);
  expect([gate.isStanding, gate.events]).toEqual([false, ['suspended', 'resumed']]);
  await gate.look(40, 60_000, false);
  expect(gate.isStanding).toBe(true);
});
