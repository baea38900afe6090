// Gives back a gate that was taken by `seqx hold`, before its owner ends: the owner and its work go on without.

import { openWorld } from '../assemble.ts';
import { SeqxError } from '../base/errors.ts';
import { parseId } from '../base/identity.ts';
import type { GateStores, ProcessRef, World } from '../base/ports.ts';
import { parseRunChain, runToken } from '../base/run-token.ts';
import { ancestorsOf } from '../lock/prove-nesting.ts';
import { findPlace, type PlaceOptions } from '../place.ts';

const POLL_MS = 10;
const LEAVE_MS = 5_000;

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
  const token = chain === undefined ? nearestHold(world) : parseRunChain(chain).at(-1);
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

function nearestHold(world: World): string | undefined {
  const held = world.slots.occupants().flatMap(id => parseId(id) ?? []);
  const around = ancestorsOf(process.pid, world.platform);
  const near = around.find(({ pid, start }) =>
    held.some(holder => holder.pid === pid && world.platform.isSameStart(holder.start, start)),
  );
  const id = world.slots.occupants().find(name => parseId(name)?.pid === near?.pid);
  return near && id && runToken(world.gate.hash, id);
}

/** Its watchdog frees the slot; if that is gone, we do: the owner, or one who has its token, has asked for it. */
async function letGo(id: string, { tickets, slots }: GateStores, world: World): Promise<void> {
  const ticket = tickets.list().find(candidate => candidate.id === id);
  const identity = parseId(id);
  if (identity && (await world.sockets.send(tickets.socketPath({ identity }), 'release'))) {
    const endNs = world.clock.nowNs() + BigInt(LEAVE_MS * 1e6);
    while (slots.confirm(id) && world.clock.nowNs() < endNs) {
      await new Promise<void>(resolve => void world.clock.after(POLL_MS, resolve));
    }
  }
  // In this order: the ticket of a living owner without a slot would hold everybody up.
  if (ticket) tickets.remove(ticket);
  if (slots.confirm(id)) slots.clear([id]);
}
