// The exact interleavings that break simpler locks, replayed with parked puppets: whoever is overtaken at
// whatever call, never are two inside, and a late hand never touches what is no longer its own.

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Park } from '../../fixtures/puppet.ts';
import { gateFolder } from '../helpers/held-gate.ts';
import { Puppet } from '../helpers/puppet.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const at = (when: Park['when'], call: Park['call'], path: string): Park => ({ when, call, path });
const MADE_FOLDER = at('after', 'mkdir', '^slots/0$');
const CREATED_ENTRY = at('after', 'create', '^slots/0/');
const LISTED_FOLDER = at('after', 'list', '^slots/0$');
const JUDGED_DEAD = at('before', 'unlink', '^slots/0/');
const BEFORE_RMDIR = at('before', 'rmdir', '^slots/0$');
const AFTER_RMDIR = at('after', 'rmdir', '^slots/0$');
/** Goes ahead of whoever is parked, so that the slot alone keeps them apart. */
const flags = { priority: 'high' };

async function entries(scratch: Scratch): Promise<string[]> {
  return readdirSync(join(await gateFolder(scratch), 'slots', '0'));
}

async function leaveDeadOwner(scratch: Scratch): Promise<void> {
  await (await Puppet.inside(scratch)).murder();
}

/** Lets a puppet go on from its last parking place until it has listed the slot so many times. */
async function letLook(puppet: Puppet, times = 1): Promise<void> {
  puppet.go();
  const looks = () => puppet.all('looked').filter(({ call }) => call === 'list').length;
  await until('it has looked', () => looks() >= times);
}

/** The owner is alone inside until it leaves; then the others get in, each alone, and nothing is left. */
async function expectOneAfterAnother(scratch: Scratch, owner: Puppet, others: Puppet[]): Promise<void> {
  await until('the owner’s is the only entry', async () => (await entries(scratch)).length === 1);
  expect((await entries(scratch))[0]).toContain(`-${owner.started.pid}-`);
  expect(others.map(({ isInside }) => isInside)).toEqual(others.map(() => false));
  owner.go();
  for (const puppet of [owner, ...others]) expect(await puppet.wasInsideAlone()).toBe(true);
  await scratch.settle();
}

test('a claimant parked after mkdir creates its entry in the next owner’s folder, and withdraws', async () => {
  await using scratch = new Scratch();
  const late = await Puppet.parkedAt(scratch, MADE_FOLDER, { tellsLooks: true });
  const owner = await Puppet.inside(scratch, { flags });
  await letLook(late, 2);
  await expectOneAfterAnother(scratch, owner, [late]);
});

test('two claimants who see each other both withdraw, and then take turns', async () => {
  await using scratch = new Scratch();
  const parks = [CREATED_ENTRY, LISTED_FOLDER];
  const first = await Puppet.parkedAt(scratch, MADE_FOLDER, { parks });
  const second = await Puppet.parkedAt(scratch, MADE_FOLDER, { parks, flags });
  for (const times of [2, 3]) {
    for (const puppet of [first, second]) {
      puppet.go();
      await puppet.parked(times);
    }
    expect(await entries(scratch)).toHaveLength(2);
  }
  first.go();
  await until('the first has withdrawn', async () =>
    (await entries(scratch)).every(name => name.includes(`-${second.started.pid}-`)),
  );
  second.go();
  expect(await first.wasInsideAlone()).toBe(true);
  expect(await second.wasInsideAlone()).toBe(true);
  await scratch.settle();
});

test.each([
  { what: 'unlinks the dead entry again', point: JUDGED_DEAD },
  { what: 'removes the folder', point: BEFORE_RMDIR },
])('a clearer overtaken by another clearer $what too late: the new owner stays', async ({ point }) => {
  await using scratch = new Scratch();
  await leaveDeadOwner(scratch);
  const clearer = await Puppet.parkedAt(scratch, point, { tellsLooks: true });
  const owner = await Puppet.inside(scratch, { flags });
  await letLook(clearer);
  await expectOneAfterAnother(scratch, owner, [clearer]);
});

test('a claimant whose empty folder is removed before it creates its entry starts over', async () => {
  await using scratch = new Scratch();
  await leaveDeadOwner(scratch);
  const clearer = await Puppet.parkedAt(scratch, BEFORE_RMDIR, { parks: [AFTER_RMDIR], tellsLooks: true });
  const claimant = await Puppet.parkedAt(scratch, MADE_FOLDER, { flags, lingers: true });
  clearer.go();
  await clearer.parked(2);
  claimant.go();
  await claimant.hears('inside');
  await letLook(clearer);
  await expectOneAfterAnother(scratch, claimant, [clearer]);
});

test('a late publisher sorts before the holder, and waits all the same', async () => {
  await using scratch = new Scratch();
  const late = await Puppet.parkedAt(scratch, at('before', 'create', '^q/'));
  const owner = await Puppet.inside(scratch);
  const queued = new Puppet(scratch);
  const waits = (puppet: Puppet) => puppet.all('event').some(({ event }) => event.type === 'position');
  await until('the second waits', () => waits(queued));
  late.go();
  await until('the late one waits', () => waits(late));
  await expectOneAfterAnother(scratch, owner, [late, queued]);
});

test('an owner whose entry was cleared before its release leaves the next one’s alone', async () => {
  await using scratch = new Scratch();
  const late = await Puppet.parkedAt(scratch, at('before', 'unlink', '^slots/0/'), { tellsLooks: true });
  rmSync(join(await gateFolder(scratch), 'slots'), { recursive: true });
  const owner = await Puppet.inside(scratch, { flags });
  const before = await entries(scratch);
  late.go();
  expect(await late.wasInsideAlone()).toBe(true);
  expect(await entries(scratch)).toEqual(before);
  owner.go();
  expect(await owner.wasInsideAlone()).toBe(true);
  await scratch.settle();
});
