// Ending a waiter or a holder from outside. Only what is proven: the ticket or entry names pid, start time,
// boot and pid namespace, and all of them are checked before every signal.

import { type Identity, parseId, type Ticket } from '../base/identity.ts';
import type { EndReport, ProcessRef, SignalName, World } from '../base/ports.ts';
import { clearHolder, isHeldByInit, targetOf } from '../lock/clear-holder.ts';

const POLL_MS = 10;
/** A wrapper needs no longer to leave the queue, or to go after its command has ended. */
const LEAVE_MS = 1_500;

export interface Ended {
  readonly ended: number;
  readonly killed: readonly number[];
  readonly survivors: readonly number[];
}

/** Takes a waiter out of the queue: asks it, then SIGTERM, then SIGKILL. */
export async function endWaiter(ticket: Ticket, by: string, world: World): Promise<Ended> {
  const isGone = async () => !world.tickets.has(ticket) || (await world.liveness(ticket.id)) === 'dead';
  const asked = await world.sockets.send(world.tickets.socketPath(ticket), `cancel ${by}`);
  const isPolite = asked && (await until(isGone, LEAVE_MS, world));
  const report = isPolite ? { ended: 1, killed: [], survivors: [] } : await endWrapper(ticket.id, world);
  if (await isGone()) world.tickets.remove(ticket);
  return report;
}

/**
 * Ends a run: its tree by token and parent chain, then whatever is left of wrapper and watchdog, and clears
 * the slot if they could not.
 */
export async function endHolder(name: string, graceMs: number, by: string, world: World): Promise<Ended> {
  const identity = parseId(name);
  const record = world.slots.readRecord(name);
  if (isHeldByInit(name, record)) return { ended: 0, killed: [], survivors: [1] };
  if (identity) await world.sockets.send(world.tickets.socketPath({ identity }), `notice ${by}`);
  const tree = await world.endRun(targetOf(name, 'dead', world), graceMs);
  const isGone = async () => !world.slots.confirm(name) || (await world.liveness(name)) === 'dead';
  // A program that holds the gate itself was asked by the notice, and has the whole grace to stop its work.
  const leaveMs = record?.command ? LEAVE_MS : Math.max(LEAVE_MS, graceMs);
  const left = (await until(isGone, leaveMs, world)) ? NOBODY : await endWrapper(name, world);
  if (world.slots.confirm(name)) {
    await endWatchdog(name, world);
    if ((await world.liveness(name)) === 'dead') await clearHolder(name, 'dead', world);
  }
  return add(tree, left);
}

const NOBODY: Ended = { ended: 0, killed: [], survivors: [] };

export const add = (a: Ended, b: Ended | EndReport): Ended => ({
  ended: a.ended + b.ended,
  killed: [...a.killed, ...b.killed],
  survivors: [...a.survivors, ...b.survivors],
});

async function endWrapper(id: string, world: World): Promise<Ended> {
  const identity = parseId(id);
  // The owner of a hold that is only on its way is nobody's run.
  const wrapper = world.slots.readRecord(id)?.keeper ?? identity;
  return identity && wrapper && isHere(identity, world) ? endProcess(wrapper, world) : NOBODY;
}

/** The watchdog that keeps this entry of a slot, if there is one. */
export async function endWatchdog(
  id: string,
  world: World,
  { slots }: Pick<World, 'slots'> = world,
): Promise<Ended> {
  const identity = parseId(id);
  const watchdog = slots.readRecord(id)?.watchdog;
  return identity && watchdog && isHere(identity, world) ? endProcess(watchdog, world) : NOBODY;
}

/** Pids mean something only on the same boot and in the same pid namespace. */
function isHere({ boot, namespace }: Identity, { platform }: World): boolean {
  const self = platform.self();
  return boot === self.boot && namespace === self.namespace;
}

/** SIGTERM (and SIGCONT, for the stopped), then SIGKILL; never ourselves. */
async function endProcess(ref: ProcessRef, world: World): Promise<Ended> {
  const { platform } = world;
  const isAlive = () => {
    const now = platform.look(ref.pid);
    return now !== undefined && platform.isSameStart(now.start, ref.start) && now.state !== 'Z';
  };
  // A start that nobody knows (Windows) proves nothing: the pid may be anybody's by now.
  const isOurs =
    ref.start !== '0' && platform.ownerUid(ref.pid) === platform.uid() && ref.pid !== process.pid;
  if (!isAlive()) return NOBODY;
  if (!isOurs) return { ended: 0, killed: [], survivors: [ref.pid] };
  const send = (signal: SignalName) => isAlive() && platform.send(ref.pid, signal);
  const isGone = async () => !isAlive();
  send('SIGTERM');
  send('SIGCONT');
  if (await until(isGone, LEAVE_MS, world)) return { ended: 1, killed: [], survivors: [] };
  send('SIGKILL');
  const isDead = await until(isGone, LEAVE_MS, world);
  return isDead
    ? { ended: 1, killed: [ref.pid], survivors: [] }
    : { ended: 0, killed: [], survivors: [ref.pid] };
}

async function until(condition: () => Promise<boolean>, limitMs: number, world: World): Promise<boolean> {
  const endNs = world.clock.nowNs() + BigInt(limitMs * 1e6);
  for (;;) {
    if (await condition()) return true;
    if (world.clock.nowNs() >= endNs) return false;
    await new Promise<void>(resolve => void world.clock.after(POLL_MS, resolve));
  }
}
