// What a command leaves behind when it has ended: processes of the run that are still in the session they
// were started in are ended, those with a session of their own (daemons) are left and named. Who still holds
// the pipe that we write to is no daemon: it would keep `seqx … | cat` from ending.

import type { ProcessFacts, ProcessRef, RunTarget, World } from '../base/ports.ts';
import type { Settings } from '../base/settings.ts';
import { firstOf } from '../base/wake.ts';
import { findMembers, sparedPids } from './process-tree.ts';

const WAIT_POLL_MS = 100;
/** A leftover may start another before it is frozen; each round finds those. */
const ROUNDS = 5;

/**
 * A run this short cannot have met a pid of before it again: going once round the smallest pid space, 32,768,
 * takes 330 ms of nothing but forking.
 */
const SHORT_RUN_MS = 100;

/**
 * What was there before a short run is none of its leftovers, and need not be read: half the cost of a run
 * that ends at once.
 */
export const notFrom = (before: ReadonlySet<number> | undefined, ranMs: number) =>
  ranMs < SHORT_RUN_MS ? before : undefined;

/** What is known of the run's processes beside its token. */
export interface Known {
  /** Pids that need not be looked at. */
  readonly before: ReadonlySet<number> | undefined;
  /** Members that show no token. */
  readonly hidden: readonly ProcessRef[];
  /** Session and group that the run was started in. */
  readonly home: Pick<ProcessFacts, 'session' | 'group'> | undefined;
}

/**
 * @returns the pids that were to be ended and could not be
 */
export async function settleLeftovers(
  target: RunTarget,
  { leftovers, killGrace }: Pick<Settings, 'leftovers' | 'killGrace'>,
  { before, hidden, home }: Known,
  world: World,
): Promise<readonly number[]> {
  if (leftovers === 'leave') return [];
  // Verified by start time at every look: a hidden member is as good a root as the command was.
  const all = { ...target, roots: [...target.roots, ...hidden] };
  let members = await findLeftovers(all, world, before);
  if (members.length === 0) return [];
  if (leftovers === 'wait') members = await waitForAll(all, members, world);
  if (leftovers === 'auto') return endSession(all, members, home, killGrace, world);
  return members.length > 0 ? end(all, killGrace, world) : [];
}

async function findLeftovers(
  target: RunTarget,
  world: World,
  before?: ReadonlySet<number>,
): Promise<ProcessFacts[]> {
  const { platform } = world;
  const table = await platform.processes(before);
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
  home: Known['home'],
  graceMs: number,
  world: World,
): Promise<readonly number[]> {
  const isInSession = ({ pid, session, group }: ProcessFacts) =>
    session === home?.session || group === home?.group || world.platform.holdsOurOutput(pid);
  let members = [...first];
  let survivors: readonly number[] = [];
  for (let round = 0; round < ROUNDS && members.some(isInSession); round++) {
    const roots = members.filter(isInSession);
    survivors = await end({ roots, tokens: [], bornAfter: target.bornAfter }, graceMs, world);
    members = await findLeftovers(target, world);
  }
  if (members.length === 0 || survivors.length > 0) return survivors;
  const processes = members.map(({ pid }) => {
    const isHidden = !world.platform.runChain(pid)?.some(token => target.tokens.includes(token));
    return { pid, command: world.platform.commandLine(pid) ?? [], ...(isHidden && { isHidden }) };
  });
  world.emit({ type: 'daemons-left', processes });
  return [];
}

async function end(target: RunTarget, graceMs: number, world: World): Promise<readonly number[]> {
  const { ended, killed, survivors } = await world.endRun(target, graceMs);
  if (survivors.length > 0) world.emit({ type: 'tree-survived', survivors });
  else if (ended > 0) world.emit({ type: 'leftovers-ended', ended, killed });
  return survivors;
}
