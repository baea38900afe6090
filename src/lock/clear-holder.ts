// Clearing the entry of a holder that is proven dead or stuck. The order is the promise: first its whole
// run is ended and proven gone, only then its entry is unlinked. Whoever crashes in between leaves the
// entry, and the next contender does it all again.

import { parseId } from '../base/identity.ts';
import type { ProcessRef, RunRecord, RunTarget, World } from '../base/ports.ts';
import { runToken } from '../base/run-token.ts';

/**
 * An orphan is given little time: its wrapper is gone, so nobody waits for its farewell, and the next run
 * should start within half a second.
 */
const ORPHAN_GRACE_MS = 300;

export type Clearing = 'cleared' | 'survivors';

/** Ends what is left of a holder's run, then frees its slot. `survivors`: something could not be ended. */
export async function clearHolder(name: string, state: 'dead' | 'stuck', world: World): Promise<Clearing> {
  const identity = parseId(name);
  const record = world.slots.readRecord(name);
  // Read before the run is ended: its watchdog may be clearing all this at the same moment.
  const ticket = world.tickets.list().find(({ id }) => id === name);
  const { argv, arrivedAt } = (ticket && world.tickets.read(ticket)) ?? {};
  const report = identity && (await world.endRun(targetOf(name, state, world), ORPHAN_GRACE_MS));
  if (report && report.survivors.length > 0) {
    world.emit({ type: 'orphans-survived', survivors: report.survivors });
    return 'survivors';
  }
  world.slots.clear([name]);
  if (ticket) world.tickets.remove(ticket);
  const pid = record?.keeper?.pid ?? identity?.pid ?? 0;
  if (report && report.ended > 0) {
    world.emit({ type: 'orphans-ended', pid, ended: report.ended, killed: report.killed });
  }
  world.emit({
    type: 'stale-removed',
    pid,
    command: argv,
    startedAt: record?.startedAt ?? arrivedAt,
    why: record?.keeper ? 'gone' : whyDead(name, world),
  });
  return 'cleared';
}

/**
 * Pid 1 holds by itself (`seqx hold`): everything descends from it and may carry its token, so nobody is its run.
 * An entry of pid 1 that says nothing may be such a hold.
 */
export function isHeldByInit(name: string, record: RunRecord | undefined): boolean {
  return parseId(name)?.pid === 1 && (record === undefined || record.command?.pid === 1);
}

/**
 * The processes of a holder's run; of a stuck one also its wrapper and watchdog, which still live. Who was to get the
 * gate by `seqx hold` and has not got it has no run.
 */
export function targetOf(name: string, state: 'dead' | 'stuck', world: World): RunTarget {
  const identity = parseId(name);
  const record = world.slots.readRecord(name);
  if (isHeldByInit(name, record) || record?.keeper) return { roots: [], tokens: [] };
  const tokens = [runToken(world.gate.hash, name)];
  // After a reboot, or from another namespace, the same pid and start time may be an innocent process.
  if (!identity || !isHere(name, world)) return { roots: [], tokens };
  const { pid, start } = identity;
  // A start that nobody knows (Windows) proves nothing.
  const isKnown = (ref: ProcessRef | undefined): ref is ProcessRef => ref !== undefined && ref.start !== '0';
  const roots = [record?.command].filter(isKnown);
  // A wrapper's ticket is there before its entry and after it. An entry that says nothing and has none may be in the
  // name of somebody who was to get the gate: killed between the two, `seqx hold` leaves that.
  const isWrapper = () => record !== undefined || world.tickets.list().some(ticket => ticket.id === name);
  if (state === 'stuck' && isWrapper()) roots.push(...[{ pid, start }, record?.watchdog].filter(isKnown));
  return { roots, tokens, embryoOf: record?.executable, bornAfter: start };
}

/** Pids mean something only on the same boot and in the same pid namespace. */
function isHere(name: string, world: World): boolean {
  const identity = parseId(name);
  const self = world.platform.self();
  return identity?.boot === self.boot && identity.namespace === self.namespace;
}

function whyDead(name: string, world: World): 'gone' | 'reused' | 'rebooted' | 'unreadable' {
  const identity = parseId(name);
  if (!identity) return 'unreadable';
  if (identity.boot !== world.platform.self().boot) return 'rebooted';
  return world.platform.exists(identity.pid) === 'no' ? 'gone' : 'reused';
}
