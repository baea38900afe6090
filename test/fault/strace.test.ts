// The same as disk-fails, from below: the kernel itself refuses each disk call on the state folder in turn,
// in the real program. Whatever it makes of that, no command ever runs unlocked.

import { appendFileSync, existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gateFolder } from '../helpers/held-gate.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { failing, lacksStrace, stateCalls, straced, type TracedCall } from '../helpers/strace.ts';
import { until } from '../helpers/until.ts';

const ERRNOS: Record<string, readonly string[]> = {
  mkdir: ['EACCES', 'ENOSPC'],
  openat: ['EMFILE', 'ENOENT'],
  unlink: ['EIO', 'EPERM'],
};

const witness = ({ root }: Scratch, name: string, seconds: string) => [
  'sh',
  fixture('witness.sh'),
  root,
  name,
  seconds,
];

function logOf({ root }: Scratch): string {
  const path = join(root, 'log');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

const faultsOf = (calls: readonly TracedCall[]): string[][] =>
  calls.flatMap(call => (ERRNOS[call.name] ?? ['EIO']).map(errno => failing(call, errno)));

async function inTurn(faults: string[][], lanes: number, attempt: (fault: string[]) => Promise<void>) {
  const tryNext = async (): Promise<void> => {
    for (let fault = faults.pop(); fault !== undefined; fault = faults.pop()) await attempt(fault);
  };
  await Promise.all(Array.from({ length: lanes }, tryNext));
}

/** After all that, the gate is as good as new. */
async function expectRepaired(scratch: Scratch): Promise<void> {
  const sockets = join(await gateFolder(scratch), 's');
  for (const name of readdirSync(sockets)) utimesSync(join(sockets, name), 0, 0);
  expect(await scratch.seqx(['true']).ended).toMatchObject({ code: 0 });
  await scratch.settle();
}

const cannotTrace = lacksStrace();

test.skipIf(cannotTrace)('nothing runs beside a holder, whichever call fails', async () => {
  await using scratch = new Scratch();
  const holder = scratch.seqx(['sh', fixture('witness.sh'), scratch.root, 'holder', '300']);
  await until('the holder is inside', () => logOf(scratch) === 'start holder\n');
  const words = ['--wait', '100ms', ...witness(scratch, 'contender', '0')];
  const calls = await stateCalls(scratch, words);
  expect(calls.map(({ name }) => name)).toEqual(expect.arrayContaining(['openat', 'getdents64']));
  await inTurn(faultsOf(calls), 3, async fault => {
    const { code } = await straced(scratch, fault, words).ended;
    expect(code, fault.join(' ')).not.toBe(0);
    expect(logOf(scratch), fault.join(' ')).toBe('start holder\n');
  });
  holder.kill('SIGTERM');
  await holder.ended;
  await expectRepaired(scratch);
});

test.skipIf(cannotTrace)('two contenders never run at once, whichever call fails in both', async () => {
  await using scratch = new Scratch();
  const calls = await stateCalls(scratch, witness(scratch, 'first', '0'));
  expect(calls.length).toBeGreaterThan(15);
  await inTurn(faultsOf(calls), 1, async fault => {
    appendFileSync(join(scratch.root, 'log'), `${fault.join(' ')}\n`);
    // The high one does not wait behind the other's ticket: the slot alone keeps them apart.
    const ends = ['low', 'high'].map(name => {
      const words = ['--wait', '5s', '--priority', name, ...witness(scratch, name, '0.1')];
      return straced(scratch, fault, words).ended;
    });
    await Promise.all(ends);
    expect(logOf(scratch)).not.toContain('overlap');
  });
  await expectRepaired(scratch);
});
