// Cancels one ticket, waiting or running, after making sure that it is one of this gate.

import { openWorld } from '../assemble.ts';
import { SeqxError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { runToken } from '../base/run-token.ts';
import { isHeldByInit } from '../lock/clear-holder.ts';
import { ancestorsOf } from '../lock/prove-nesting.ts';
import { findPlace, type PlaceOptions } from '../place.ts';
import { type Ended, endHolder, endWaiter } from './ending.ts';

export interface CancelReport extends Ended {
  readonly ticket: string;
  readonly pid: number;
  readonly command: readonly string[];
  readonly was: 'waiting' | 'running';
}

/**
 * @param name a ticket as `status` shows it (or the whole id, or the pid of its seqx)
 * @throws SeqxError SEQX_TICKET_UNKNOWN
 */
export async function cancel(name: string, options: PlaceOptions = {}): Promise<CancelReport> {
  const place = await findPlace(options);
  const world = openWorld(place, () => {}, { prepare: false });
  const tickets = world.tickets.list();
  const ticket = tickets.find(
    ({ id, identity }) => identity.nonce === name || id === name || String(identity.pid) === name,
  );
  if (!ticket) {
    const names = tickets.map(({ identity }) => identity.nonce);
    const guess = nearest(name, names);
    throw new SeqxError(
      'SEQX_TICKET_UNKNOWN',
      `no ticket ${JSON.stringify(name)} at ${place.gate.name}${guess ? `; did you mean ${guess}?` : ''}`,
    );
  }
  const { id, identity } = ticket;
  const isRunning = world.slots.occupants().includes(id);
  if (isRunning && isHeldByInit(id, world.slots.readRecord(id))) {
    throw new SeqxError(
      'SEQX_USAGE_INVALID',
      `${identity.nonce} is held by pid 1, which cannot be ended`,
      `seqx release ${runToken(world.gate.hash, id)}`,
    );
  }
  if (ancestorsOf(process.pid, world.platform).some(({ pid }) => pid === identity.pid)) {
    throw new SeqxError(
      'SEQX_USAGE_INVALID',
      `${identity.nonce} is the run that this very command is part of`,
    );
  }
  const command = world.tickets.read(ticket)?.argv ?? [];
  const by = `seqx cancel, pid ${process.pid}`;
  const ended = isRunning
    ? await endHolder(id, place.settings.killGrace, by, world)
    : await endWaiter(ticket, by, world);
  return {
    ...ended,
    ticket: identity.nonce,
    pid: identity.pid,
    command,
    was: isRunning ? 'running' : 'waiting',
  };
}
