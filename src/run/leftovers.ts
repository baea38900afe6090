// What a command leaves behind when it has ended: processes of the run that are still in the session they
// were started in are ended, those with a session of their own (daemons) are left and named.

import type { EndReport, ProcessFacts, RunTarget, World } from '../base/ports.ts';
import type { Settings } from '../base/settings.ts';
import { firstOf } from '../base/wake.ts';
import { endTree } from './end-tree.ts';
import { findMembers, sparedPids } from './process-tree.ts';

const WAIT_POLL_MS = 100;
/** A leftover may start another before it is frozen; each round finds those. */
const ROUNDS = 5;

export async function settleLeftovers(
  target: RunTarget,
  { leftovers, killGrace }: Pick<Settings, 'leftovers' | 'killGrace'>,
  world: World,
): Promise<void> {
  if (leftovers === 'leave') return;
  let members = await findLeftovers(target, world);
  if (members.length === 0) return;
  if (leftovers === 'wait') members = await waitForAll(target, members, world);
  if (leftovers === 'auto') return endSession(target, members, killGrace, world);
  if (members.length > 0) report(await end(target, killGrace, world), world);
}

async function findLeftovers(target: RunTarget, world: World): Promise<ProcessFacts[]> {
  const { platform } = world;
  const table = await platform.processes();
  return findMembers(table, {
    target,
    chainOf: ({ pid }) => platform.runChain(pid),
    isSameStart: platform.isSameStart,
    spared: sparedPids(table, process.pid),
    known: [],
    bornAfter: target.bornAfter,
  });
}

/** Until the last one has ended; a request to stop leaves the rest to be ended. */
async function waitForAll(
  target: RunTarget,
  first: readonly ProcessFacts[],
  world: World,
): Promise<ProcessFacts[]> {
  let isStopped = false;
  const cancel = world.stop.listen(() => {
    isStopped = true;
  });
  world.emit({ type: 'leftovers-waited', processes: first.length });
  let members = [...first];
  while (members.length > 0 && !isStopped) {
    await firstOf([done => world.clock.after(WAIT_POLL_MS, done), done => world.stop.listen(done)]);
    members = await findLeftovers(target, world);
  }
  cancel();
  return members;
}

async function endSession(
  target: RunTarget,
  first: readonly ProcessFacts[],
  graceMs: number,
  world: World,
): Promise<void> {
  const own = world.platform.look(process.pid);
  const isInSession = ({ session, group }: ProcessFacts) => session === own?.session || group === own?.group;
  let members = [...first];
  for (let round = 0; round < ROUNDS && members.some(isInSession); round++) {
    const roots = members.filter(isInSession);
    report(await end({ roots, tokens: [], bornAfter: target.bornAfter }, graceMs, world), world);
    members = await findLeftovers(target, world);
  }
  if (members.length === 0) return;
  const processes = members.map(({ pid }) => ({ pid, command: world.platform.commandLine(pid) ?? [] }));
  world.emit({ type: 'daemons-left', processes });
}

const end = (target: RunTarget, graceMs: number, { platform, clock }: World): Promise<EndReport> =>
  endTree({ target, graceMs }, { platform, after: clock.after, nowNs: clock.nowNs });

function report({ ended, killed, survivors }: EndReport, world: World): void {
  if (survivors.length > 0) world.emit({ type: 'tree-survived', survivors });
  else if (ended > 0) world.emit({ type: 'leftovers-ended', ended, killed });
}
