// A process gets the gate by `seqx hold` while its own child is on the way through the queue: at whatever call the
// two meet, the child passes through instead of waiting for its parent, which waits for it.

import { expect, test } from 'vitest';
import type { Park } from '../../fixtures/puppet.ts';
import { Puppet } from '../helpers/puppet.ts';
import { Scratch } from '../helpers/scratch.ts';

const at = (when: Park['when'], call: Park['call'], path: string): Park => ({ when, call, path });

const passes = ({ event }: { event: { type: string } }) => event.type === 'passed-through';

/** The child gets inside beside the hold of its own parent, by passing through; then both leave. */
async function expectPassed(scratch: Scratch, child: Puppet, hold: Puppet): Promise<void> {
  await child.hears('inside');
  expect(child.all('event').some(passes)).toBe(true);
  expect(hold.all('leaving')).toEqual([]);
  await child.started.ended;
  hold.go();
  await hold.hears('over');
  await scratch.settle();
}

test('a child that looks between the slot and the word whose it is asks again', async () => {
  await using scratch = new Scratch();
  const child = await Puppet.childParkedAt(scratch, at('before', 'create', '^q/'));
  const plan = { owner: child.started.pid, lingers: true };
  const hold = await Puppet.parkedAt(scratch, at('before', 'overwrite', '^slots/0/'), plan);
  child.go();
  await child.hears('event', 2);
  const waits = ({ event }: { event: { type: string } }) => event.type === 'position';
  expect(child.all('event').filter(waits)).toHaveLength(1);
  hold.go();
  await expectPassed(scratch, child, hold);
});

test('a child whose turn had come, but whose parent was faster, passes through', async () => {
  await using scratch = new Scratch();
  const child = await Puppet.childParkedAt(scratch, at('before', 'mkdir', '^slots/0$'));
  const hold = await Puppet.inside(scratch, { owner: child.started.pid, flags: { priority: 'high' } });
  child.go();
  await expectPassed(scratch, child, hold);
});
