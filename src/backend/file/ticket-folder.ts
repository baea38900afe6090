// The queue as a folder of tickets. Protocol: write `q/.<name>` whole, rename to `q/<name>`: that is the
// arrival. Invariants: a name is never used twice, so a dead ticket may be removed by anybody, any number
// of times. Does not protect against: somebody of the same user deleting a living ticket (its owner notices
// and publishes it again under the same name, and so in the same place).

import { basename, join } from 'node:path';
import { errnoOf } from '../../base/errors.ts';
import { parseTicketName, ticketName } from '../../base/identity.ts';
import type { Disk, Platform, TicketRecord, TicketStore } from '../../base/ports.ts';

export function ticketFolder(gateFolder: string, disk: Disk, platform: Platform): TicketStore {
  const queue = join(gateFolder, 'q');
  const pathOf = (name: string) => join(queue, name);
  const socketPath: TicketStore['socketPath'] = ({ identity }) =>
    platform.socketPath(gateFolder, identity.nonce);
  return {
    publish(ticket, record) {
      const name = ticketName(ticket);
      const draft = pathOf(`.${name}`);
      unlinkIfThere(disk, draft);
      disk.create(draft, JSON.stringify(record));
      disk.rename(draft, pathOf(name));
    },
    list: () => listIfThere(disk, queue).flatMap(name => parseTicketName(name) ?? []),
    read: ticket => parseRecord<TicketRecord>(disk, pathOf(ticketName(ticket)), 'seqx.ticket/1'),
    remove(ticket) {
      unlinkIfThere(disk, pathOf(ticketName(ticket)));
      unlinkIfThere(disk, pathOf(`.${ticketName(ticket)}`));
      const socket = socketPath(ticket);
      if (basename(socket) === ticket.identity.nonce) unlinkIfThere(disk, socket);
    },
    has: ticket => disk.stat(pathOf(ticketName(ticket))) !== undefined,
    socketPath,
  };
}

/** Names in a folder; a folder that is not there has none. */
export function listIfThere(disk: Disk, folder: string): string[] {
  try {
    return disk.list(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

export function unlinkIfThere(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** A record of the given schema; anything else, torn, foreign or unreadable, is no record. */
export function parseRecord<T extends { readonly schema: string }>(
  disk: Disk,
  path: string,
  schema: T['schema'],
): T | undefined {
  try {
    const value: unknown = JSON.parse(disk.read(path));
    const isOurs =
      typeof value === 'object' && value !== null && 'schema' in value && value.schema === schema;
    return isOurs ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
