// Gives back a gate that was taken by `seqx hold`, before its owner ends: the owner and its work go on without.

import { openWorld } from '../assemble.ts';
import { SeqxError } from '../base/errors.ts';
import { parseId } from '../base/identity.ts';
import type { GateStores, ProcessRef, World } from '../base/ports.ts';
import { parseRunChain, RUN_VARIABLE, runToken } from '../base/run-token.ts';
import { ancestorsOf } from '../lock/prove-nesting.ts';
import { findPlace, type PlaceOptions } from '../place.ts';
import { endWatchdog } from './ending.ts';

const POLL_MS = 10;
/** A watchdog that has answered may be measuring, for ten seconds at most, and the tree stands still until it is done. */
const LEAVE_MS = 15_000;

export interface ReleaseReport {
  /** `nested`: the gate belongs to a run around the caller and stays its own. */
  readonly was: 'held' | 'nested';
  readonly ticket: string;
  /** Who held the gate. */
  readonly pid: number;
}

/**
 * @param chain what `hold` has answered; without it, the hold of the nearest process around this one
 * @throws SeqxError SEQX_TICKET_UNKNOWN when nothing is held
 */
export async function release(chain: string | undefined, options: PlaceOptions = {}): Promise<ReleaseReport> {
  const place = await findPlace(options);
  const world = openWorld(place, () => {}, { prepare: false });
  const token = chain === undefined ? nearestHold(place.env, world) : parseRunChain(chain).at(-1);
  const [hash = '', id = ''] = token?.split(':') ?? [];
  const identity = /^[0-9a-f]{16}$/.test(hash) ? parseId(id) : undefined;
  const stores = hash === world.gate.hash ? world : world.gateStores(hash);
  if (!identity || !stores.slots.confirm(id)) {
    const what = chain === undefined ? 'no process around this one holds' : 'that token does not hold';
    throw new SeqxError(
      'SEQX_TICKET_UNKNOWN',
      `${what} the gate of ${world.gate.name}; nothing was released`,
    );
  }
  const { pid, nonce: ticket } = identity;
  if (!isHold(identity, stores.slots.readRecord(id)?.command)) return { was: 'nested', ticket, pid };
  await letGo(id, stores, world);
  return { was: 'held', ticket, pid };
}

/** In a hold, the holder and the command are one. */
const isHold = (holder: ProcessRef, command: ProcessRef | undefined): boolean =>
  command?.pid === holder.pid && command.start === holder.start;

/** Everybody is below pid 1: its hold is around those who have its token. */
function nearestHold(env: NodeJS.ProcessEnv, { gate, slots, platform }: World): string | undefined {
  const claimed = parseRunChain(env[RUN_VARIABLE]);
  const held = slots.occupants().flatMap(id => {
    const identity = parseId(id);
    const token = runToken(gate.hash, id);
    return identity && (identity.pid !== 1 || claimed.includes(token)) ? { ...identity, token } : [];
  });
  for (const { pid, start } of ancestorsOf(process.pid, platform)) {
    const near = held.find(holder => holder.pid === pid && platform.isSameStart(holder.start, start));
    if (near) return near.token;
  }
  return undefined;
}

/**
 * Its watchdog frees the slot. If that does not answer (gone, stopped, no socket), we do: the owner, or one who has
 * its token, has asked for it. The watchdog goes first: it would take its slot for lost, and end the owner.
 */
async function letGo(id: string, { tickets, slots }: GateStores, world: World): Promise<void> {
  const ticket = tickets.list().find(candidate => candidate.id === id);
  const identity = parseId(id);
  if (identity && (await world.sockets.send(tickets.socketPath({ identity }), 'release'))) {
    const endNs = world.clock.nowNs() + BigInt(LEAVE_MS * 1e6);
    while (slots.confirm(id) && world.clock.nowNs() < endNs) {
      await new Promise<void>(resolve => void world.clock.after(POLL_MS, resolve));
    }
  }
  if (slots.confirm(id)) await endWatchdog(id, world, { slots });
  // In this order: the ticket of a living owner without a slot would hold everybody up.
  if (ticket) tickets.remove(ticket);
  if (slots.confirm(id)) slots.clear([id]);
}
