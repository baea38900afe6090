// Every disk call failing in turn, once and for good, with nobody else there, with a living holder and
// with a dead one: the work never begins without the slot, and once the unlucky one has ended the next gets in and all is tidy.

import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Call, Fault, Plan } from '../../fixtures/puppet.ts';
import { gateFolder, type HeldGate, holdHere } from '../helpers/held-gate.ts';
import { Puppet } from '../helpers/puppet.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

/** What each call can come to. `stat` and `fileSystem` answer for what is not there without failing. */
const ERRNOS: Record<Call, readonly string[]> = {
  mkdir: ['EIO', 'EACCES', 'ENOSPC', 'ENOENT', 'EPERM', 'EEXIST'],
  create: ['EIO', 'EACCES', 'ENOSPC', 'EMFILE', 'ENOENT', 'EEXIST'],
  overwrite: ['EIO', 'EACCES', 'ENOSPC', 'EMFILE', 'ENOENT'],
  read: ['EIO', 'EACCES', 'EMFILE', 'ENOENT'],
  list: ['EIO', 'EACCES', 'EMFILE', 'ENOENT'],
  rename: ['EIO', 'EACCES', 'ENOSPC', 'ENOENT', 'EPERM'],
  unlink: ['EIO', 'EACCES', 'ENOENT', 'EPERM'],
  rmdir: ['EIO', 'EACCES', 'ENOENT', 'EEXIST', 'EPERM'],
  stat: ['EIO', 'EACCES'],
  touch: ['EIO'],
  fileSystem: ['EIO', 'EACCES'],
};
/** What does not pass by itself: a broken, locked or full disk. */
const LASTING = ['EIO', 'EACCES', 'ENOSPC'];

/** One unlucky run from arrival to end. */
type Trial = (plan: Plan) => Promise<Puppet>;

async function alone(plan: Plan): Promise<Puppet> {
  await using scratch = new Scratch();
  const puppet = new Puppet(scratch, plan);
  await puppet.wasInsideAlone();
  await expectTidy(scratch);
  return puppet;
}

async function afterDeadOwner(plan: Plan): Promise<Puppet> {
  await using scratch = new Scratch();
  await (await Puppet.inside(scratch)).murder();
  const puppet = new Puppet(scratch, plan);
  await puppet.wasInsideAlone();
  await expectTidy(scratch);
  return puppet;
}

async function besideHolder(plan: Plan): Promise<Puppet> {
  await using scratch = new Scratch();
  const holder = await holdHere(scratch);
  const puppet = new Puppet(scratch, { ...plan, flags: { wait: '40ms' } });
  expect(await puppet.wasInsideAlone(), 'ran beside a living holder').toBe(false);
  expect(await entryOf(scratch, holder), 'the holder has lost its entry').toBe(true);
  await holder.release();
  await expectTidy(scratch);
  return puppet;
}

async function entryOf(scratch: Scratch, { hold }: HeldGate): Promise<boolean> {
  return existsSync(join(await gateFolder(scratch), 'slots', '0', hold.token.split(':')[1] ?? ''));
}

async function expectTidy(scratch: Scratch): Promise<void> {
  await (await holdHere(scratch)).release();
  const sockets = join(await gateFolder(scratch), 's');
  for (const name of readdirSync(sockets)) utimesSync(join(sockets, name), 0, 0);
  await (await holdHere(scratch)).release();
  await until(`no litter is left (${scratch.litter()})`, () => scratch.litter().length === 0);
}

/** How often each call is made when nothing fails. */
async function countCalls(trial: Trial): Promise<Record<string, number>> {
  return (await (await trial({})).hears('over')).calls;
}

function faultsOf(call: Call, count: number): Fault[] {
  const ordinals = Array.from({ length: count }, (_, index) => index + 1);
  return ordinals
    .flatMap(nth => ERRNOS[call].map(errno => ({ call, nth, errno })))
    .flatMap(fault => [true, false].map(forGood => ({ ...fault, forGood })))
    .filter(({ errno, forGood }) => !forGood || LASTING.includes(errno));
}

/** Four at a time; a failure names its fault. */
async function tryAll(faults: Fault[], trial: Trial): Promise<void> {
  const tryNext = async (): Promise<void> => {
    for (let fault = faults.pop(); fault !== undefined; fault = faults.pop()) {
      const about = JSON.stringify(fault);
      const puppet = await trial({ fault }).catch((error: unknown) => {
        throw new Error(`${about}: ${error}`, { cause: error });
      });
      const [failure] = puppet.all('failed');
      if (failure) {
        expect(failure.errno, `${about} ends with a bare error: ${failure.message}`).toMatch(/^SEQX_/);
        expect(puppet.isInside, `${about} has cost the work its outcome: ${failure.message}`).toBe(false);
      }
    }
  };
  await Promise.all([tryNext(), tryNext(), tryNext(), tryNext()]);
}

const ALL = Object.keys(ERRNOS);
const SITUATIONS: readonly (readonly [string, Trial, readonly string[]])[] = [
  ['nobody else there', alone, ALL],
  ['a living holder', besideHolder, ALL],
  ['a dead owner to clear', afterDeadOwner, ['list', 'read', 'unlink', 'rmdir']],
];
for (const [situation, trial, failed] of SITUATIONS) {
  const counts = Object.entries(await countCalls(trial)).filter(([call]) => failed.includes(call));
  describe(situation, () => {
    test('the calls that are made to fail are the protocol’s own', () => {
      expect(counts.map(([call]) => call)).toEqual(expect.arrayContaining(['list', 'unlink']));
    });
    test.each(counts)('%s fails, each of %i in turn', (call, count) =>
      tryAll(faultsOf(call as Call, count), trial),
    );
  });
}
