// The slot or the whole state folder deleted under a holder, a waiter, and an owner about to start its
// command: nothing starts without its entry, what runs is ended, and everybody says so.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gateFolder } from '../helpers/held-gate.ts';
import { ROOT } from '../helpers/paths.ts';
import { Puppet } from '../helpers/puppet.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';
import { vanish } from '../helpers/vanish.ts';
import { witness } from '../helpers/witness.ts';

const logOf = ({ root }: Scratch) =>
  existsSync(join(root, 'log')) ? readFileSync(join(root, 'log'), 'utf8') : '';
const seqx = [process.execPath, join(ROOT, 'dist', 'seqx.cjs')];

const forgetGate = async (scratch: Scratch) => vanish(scratch, await gateFolder(scratch));

test('an owner whose entry is gone before it starts its command does not start it', async () => {
  await using scratch = new Scratch();
  const command = { argv: witness(scratch, 'owner', 0), seqx };
  const owner = await Puppet.parkedAt(
    scratch,
    { when: 'before', call: 'stat', path: '^slots/0/' },
    { command },
  );
  await forgetGate(scratch);
  expect(await scratch.seqx(witness(scratch, 'next', 0)).ended).toMatchObject({ code: 0 });
  owner.go();
  expect(await owner.hears('over')).toMatchObject({ outcome: { kind: 'ended', by: 'slot-lost' } });
  expect(logOf(scratch)).toBe('start next\nend next\n');
  await scratch.settle();
});

test('a command that starts just after its entry has gone is ended at once', async () => {
  await using scratch = new Scratch();
  const command = { argv: witness(scratch, 'owner', 60), seqx };
  const owner = await Puppet.parkedAt(
    scratch,
    { when: 'after', call: 'stat', path: '^slots/0/' },
    { command },
  );
  await forgetGate(scratch);
  owner.go();
  expect(await owner.hears('over')).toMatchObject({ outcome: { kind: 'ended', by: 'slot-lost' } });
  expect(logOf(scratch)).not.toContain('end');
  await scratch.settle();
});

test('the state folder deleted while one holds and one waits: the one ends, the other runs after it', async () => {
  await using scratch = new Scratch();
  const holder = scratch.seqx(witness(scratch, 'holder', 60));
  await until('the command has started', () => logOf(scratch) === 'start holder\n');
  const waiter = scratch.seqx(witness(scratch, 'waiter', 0));
  await waiter.says('waiting', 'stderr');
  await forgetGate(scratch);
  const [heldEnd, waitEnd] = await Promise.all([holder.ended, waiter.ended]);
  expect(heldEnd).toMatchObject({ code: 75, stderr: expect.stringContaining('LOST THE LOCK') });
  expect(waitEnd).toMatchObject({ code: 0 });
  expect(await scratch.seqx(witness(scratch, 'next', 0)).ended).toMatchObject({ code: 0 });
  expect(logOf(scratch)).toBe('start holder\nstart waiter\nend waiter\nstart next\nend next\n');
  await scratch.settle();
});

test('a waiter whose look falls into the deletion does not take an empty folder for a free gate', async () => {
  await using scratch = new Scratch();
  const holder = scratch.seqx(witness(scratch, 'holder', 60));
  await until('the command has started', () => logOf(scratch) === 'start holder\n');
  // It has seen its own ticket, and is about to list the slot and the queue.
  const point = { when: 'after', call: 'stat', path: '^q/' } as const;
  const waiter = await Puppet.parkedAt(scratch, point, {
    command: { argv: witness(scratch, 'waiter', 0), seqx },
  });
  await forgetGate(scratch);
  waiter.go();
  expect(await holder.ended).toMatchObject({ code: 75 });
  expect(await waiter.hears('over')).toMatchObject({ outcome: { kind: 'exited', code: 0 } });
  expect(logOf(scratch)).toBe('start holder\nstart waiter\nend waiter\n');
  await scratch.settle();
});
