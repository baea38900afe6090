// What crashes leave in a gate's folder beside tickets and slot: half-written tickets and socket files. It
// harms nobody; the next holder sweeps it, and `seqx doctor` counts it.

import { join } from 'node:path';
import { parseTicketName } from '../../base/identity.ts';
import type { Disk, Liveness, Platform, Sockets } from '../../base/ports.ts';
import { listIfThere, unlinkIfThere } from './ticket-folder.ts';

/**
 * Between bind and listen a living socket refuses. Whoever takes longer than this for it loses the socket, and
 * its successor asks instead of being woken.
 */
const YOUNG_MS = 250;

interface Tools {
  readonly disk: Disk;
  readonly sockets: Sockets;
  readonly platform: Platform;
  readonly wallMs: () => number;
  readonly liveness: (id: string) => Promise<Liveness>;
}

/** Paths of what nobody living owns. */
export async function findLitter(gateFolder: string, tools: Tools): Promise<string[]> {
  const names = listIfThere(tools.disk, join(gateFolder, 'q'));
  return [
    ...(await deadDrafts(join(gateFolder, 'q'), names, tools)),
    ...(await deadSockets(join(gateFolder, 's'), names, tools)),
  ];
}

export function removeLitter(paths: readonly string[], disk: Disk): void {
  for (const path of paths) unlinkIfThere(disk, path);
}

async function deadDrafts(folder: string, names: readonly string[], { liveness }: Tools): Promise<string[]> {
  const dead: string[] = [];
  for (const name of names) {
    const ticket = name.startsWith('.') ? parseTicketName(name.slice(1)) : undefined;
    if (ticket && (await liveness(ticket.id)) === 'dead') dead.push(join(folder, name));
  }
  return dead;
}

async function deadSockets(folder: string, ticketNames: readonly string[], tools: Tools): Promise<string[]> {
  const owned = new Set(ticketNames.map(name => parseTicketName(name)?.identity.nonce));
  const dead: string[] = [];
  for (const nonce of listIfThere(tools.disk, folder)) {
    const path = join(folder, nonce);
    const ageMs = tools.wallMs() - (tools.disk.stat(path)?.modifiedMs ?? Infinity);
    if (owned.has(nonce) || ageMs < YOUNG_MS) continue;
    if ((await tools.sockets.probe(path)) === 'refused') dead.push(path);
  }
  return dead;
}
