// `seqx hold` and the watchdog it starts, killed at each of their calls on the state folder in turn, while the
// owner lives on: as long as it does nobody runs beside it unless the gate was never its own, and when it has
// ended the next one starts at once. Nobody has to mend anything.

import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entryPaths, watchdogPid } from '../helpers/gate.ts';
import { gateFolder } from '../helpers/held-gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import { lacksStrace, stateCalls, straced, type TracedCall } from '../helpers/strace.ts';

/** The tracer stays in the background (-D): what we start and wait for is `seqx hold` itself. */
const killing = ({ name, nth }: TracedCall): string[] => [
  ...['-D', '-o', '/dev/null', '-e', `trace=${name}`],
  ...['-e', `inject=${name}:signal=KILL:when=${nth}`],
];

const startOwner = (scratch: Scratch) => scratch.start('cat', [], { stdin: 'open' });

async function endOwner(owner: ReturnType<typeof startOwner>): Promise<void> {
  owner.child.stdin?.end();
  await owner.ended;
}

async function holdCalls(scratch: Scratch): Promise<TracedCall[]> {
  const owner = startOwner(scratch);
  const calls = stateCalls(scratch, ['hold', '--pid', String(owner.pid)]);
  await watchdogPid(scratch);
  await endOwner(owner);
  return calls;
}

test.skipIf(lacksStrace())('whoever is killed, wherever, the gate is the owner’s or free', async () => {
  await using scratch = new Scratch();
  const calls = await holdCalls(scratch);
  expect(calls.length).toBeGreaterThan(10);
  for (const call of calls) {
    const owner = startOwner(scratch);
    const hold = straced(scratch, killing(call), ['hold', '--pid', String(owner.pid)]);
    const { signal } = await hold.exited;
    const isHeld = entryPaths(scratch.state).some(path => path.includes(`-${owner.pid}-`));
    // Killed before there was a watchdog, it holds nobody up; one that starts at this moment may be in time or not.
    const isKeeper = entryPaths(scratch.state).some(path => readFileSync(path, 'utf8').includes('"keeper"'));
    const said = `${call.name} ${call.nth}: ${signal} ${isHeld} ${isKeeper}`;
    const { code } = await scratch.seqx(['--no-wait', 'true']).ended;
    if (isHeld && !isKeeper) expect(code, said).toBe(75);
    else expect(signal, said).toBe('SIGKILL');
    await endOwner(owner);
    expect(await scratch.seqx(['--wait', '5s', 'true']).ended, said).toMatchObject({ code: 0 });
  }
  const sockets = join(await gateFolder(scratch), 's');
  for (const name of readdirSync(sockets)) utimesSync(join(sockets, name), 0, 0);
  expect(await scratch.seqx(['true']).ended).toMatchObject({ code: 0 });
  await scratch.settle();
});
