// Every point at which a contender can die or be stopped: the next one gets in within a second, whoever is
// stopped while he holds the slot keeps it, and nobody else's ticket or entry is touched.

import { readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Park } from '../../fixtures/puppet.ts';
import { gateFolder, holdHere, journalOf } from '../helpers/held-gate.ts';
import { Puppet } from '../helpers/puppet.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

interface CrashPoint {
  readonly name: string;
  readonly point: Park;
  /** Whether one who stands still here holds the slot. */
  readonly holds: boolean;
  /** A dead owner lies in the slot, and the puppet is the one who clears it. */
  readonly isClearer?: true;
}

const at = (when: Park['when'], call: Park['call'], path: string): Park => ({ when, call, path });

const POINTS: readonly CrashPoint[] = [
  { name: 'publish: socket listening', point: at('before', 'create', '^q/'), holds: false },
  { name: 'publish: draft written', point: at('after', 'create', '^q/'), holds: false },
  { name: 'publish: draft renamed', point: at('after', 'rename', '^q/'), holds: false },
  { name: 'claim: before mkdir', point: at('before', 'mkdir', '^slots/0$'), holds: false },
  { name: 'claim: folder made', point: at('after', 'mkdir', '^slots/0$'), holds: false },
  { name: 'claim: entry created', point: at('after', 'create', '^slots/0/'), holds: true },
  { name: 'claim: folder listed', point: at('after', 'list', '^slots/0$'), holds: true },
  { name: 'hold: record written', point: at('after', 'overwrite', '^slots/0/'), holds: true },
  { name: 'clear: judged dead', point: at('before', 'unlink', '^slots/0/'), holds: false, isClearer: true },
  { name: 'clear: entry unlinked', point: at('after', 'unlink', '^slots/0/'), holds: false, isClearer: true },
  { name: 'clear: before rmdir', point: at('before', 'rmdir', '^slots/0$'), holds: false, isClearer: true },
  { name: 'clear: folder removed', point: at('after', 'rmdir', '^slots/0$'), holds: false, isClearer: true },
  { name: 'clear: ticket removed', point: at('after', 'unlink', '^q/1-'), holds: false, isClearer: true },
  { name: 'release: before unlink', point: at('before', 'unlink', '^slots/0/'), holds: true },
  { name: 'release: entry unlinked', point: at('after', 'unlink', '^slots/0/'), holds: false },
  { name: 'release: folder removed', point: at('after', 'rmdir', '^slots/0$'), holds: false },
  { name: 'release: ticket removed', point: at('after', 'unlink', '^q/1-'), holds: false },
  { name: 'release: socket removed', point: at('after', 'unlink', '^s/'), holds: false },
];

async function standAt(scratch: Scratch, { point, isClearer }: CrashPoint): Promise<Puppet> {
  if (isClearer) await (await Puppet.inside(scratch)).murder();
  return Puppet.parkedAt(scratch, point, { tellsLooks: true });
}

/** Names and inodes of the files that belong to one process. */
function filesOf(folder: string, pid: number): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths
    .filter(path => path.includes(`-${pid}-`))
    .map(path => `${statSync(join(folder, path)).ino} ${path}`);
}

/** Sockets younger than five seconds are never swept: they may be about to listen. */
function ageSockets(folder: string): void {
  for (const name of readdirSync(join(folder, 's'))) utimesSync(join(folder, 's', name), 0, 0);
}

// Tried again when late: on a busy machine a second of wall time may go by while nobody runs.
describe('killed', () => {
  test.each(POINTS)('$name: the next one gets in within a second', { retry: 2 }, async crashPoint => {
    await using scratch = new Scratch();
    const folder = await gateFolder(scratch);
    const puppet = await standAt(scratch, crashPoint);
    const waiter = await Puppet.parkedAt(scratch, at('after', 'rename', '^q/'), {
      flags: { priority: 'low' },
    });
    const elsewhere = await holdHere(scratch, { lock: 'other' });
    const otherFolder = await gateFolder(scratch, { lock: 'other' });
    const belongings = () => [filesOf(folder, waiter.started.pid), filesOf(otherFolder, process.pid)];
    const before = belongings();
    expect(before.map(files => files.length)).toEqual([1, 2]);

    await puppet.murder();
    expect(await scratch.seqx(['true']).ended).toMatchObject({ code: 0 });
    expect((await journalOf(scratch)).at(-1)?.waitedMs).toBeLessThan(1_000);

    expect(belongings()).toEqual(before);
    waiter.go();
    expect(await waiter.wasInsideAlone()).toBe(true);
    await elsewhere.release();
    ageSockets(folder);
    await scratch.seqx(['true']).ended;
    await scratch.settle();
  });

  test('a waiter gets in at once when the holder dies', { retry: 2 }, async () => {
    await using scratch = new Scratch();
    const holder = await Puppet.inside(scratch);
    const waiter = new Puppet(scratch);
    await until('the waiter waits', () => waiter.all('event').some(({ event }) => event.type === 'position'));
    const killedNs = process.hrtime.bigint();
    await holder.murder();
    await waiter.hears('inside');
    expect(Number(process.hrtime.bigint() - killedNs) / 1e6).toBeLessThan(1_000);
    expect(await waiter.wasInsideAlone()).toBe(true);
    await scratch.settle();
  });
});

describe('stopped', () => {
  test.concurrent.each(POINTS.filter(({ holds }) => holds))('$name: keeps the slot', async crashPoint => {
    await using scratch = new Scratch();
    const puppet = await standAt(scratch, crashPoint);
    puppet.started.kill('SIGSTOP');
    const impatient = new Puppet(scratch, { flags: { wait: '500ms' } });
    expect(await impatient.wasInsideAlone()).toBe(false);
    expect(await impatient.hears('over')).toMatchObject({ outcome: { reason: 'wait-passed' } });
    const patient = new Puppet(scratch);
    await until('somebody waits', () => patient.all('event').some(({ event }) => event.type === 'position'));
    puppet.started.kill('SIGCONT');
    puppet.go();
    expect(await puppet.wasInsideAlone()).toBe(true);
    expect(await patient.wasInsideAlone()).toBe(true);
    await scratch.settle();
  });

  test.concurrent.each(POINTS.filter(({ holds }) => !holds))(
    '$name: holds nobody up and takes nothing',
    async crashPoint => {
      await using scratch = new Scratch();
      const puppet = await standAt(scratch, crashPoint);
      const wasInside = puppet.isInside;
      puppet.started.kill('SIGSTOP');
      const other = await Puppet.inside(scratch);
      puppet.started.kill('SIGCONT');
      puppet.go();
      const hasListed = () => puppet.all('looked').some(({ call }) => call === 'list');
      await until('it has seen the other inside', () => puppet.started.isOver || hasListed());
      expect(puppet.isInside).toBe(wasInside);
      other.go();
      expect(await other.wasInsideAlone()).toBe(true);
      expect(await puppet.wasInsideAlone()).toBe(true);
      await scratch.settle();
    },
  );
});
