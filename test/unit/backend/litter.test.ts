// What crashes leave: drafts of the dead and sockets that nobody listens on. Nothing of the living is litter.

import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLitter, removeLitter } from '../../../src/backend/file/litter.ts';
import { ticketName } from '../../../src/base/identity.ts';
import type { Liveness, Sockets } from '../../../src/base/ports.ts';
import { DISK, platformAs, ticket, useGate } from './folder.ts';

const gate = useGate();
const NOW = 2_000_000_000_000;

function put(folder: 'q' | 's', name: string, ageMs = 60_000): string {
  const path = join(gate.path, folder, name);
  writeFileSync(path, '');
  utimesSync(path, (NOW - ageMs) / 1_000, (NOW - ageMs) / 1_000);
  return path;
}

const find = (liveness: Liveness, probe: Awaited<ReturnType<Sockets['probe']>>) =>
  findLitter(gate.path, {
    disk: DISK,
    platform: platformAs(),
    sockets: { probe: async () => probe } as unknown as Sockets,
    wallMs: () => NOW,
    liveness: async () => liveness,
  });

test('the draft of a dead process is litter', async () => {
  const draft = put('q', `.${ticketName(ticket(1))}`);
  expect(await find('dead', 'missing')).toEqual([draft]);
  for (const liveness of ['alive', 'suspended', 'unjudgeable'] as const) {
    expect(await find(liveness, 'missing')).toEqual([]);
  }
});

test('tickets, and drafts that seqx cannot have written, are none', async () => {
  put('q', ticketName(ticket(1)));
  put('q', '.DS_Store');
  put('q', 'notes.txt');
  expect(await find('dead', 'refused')).toEqual([]);
});

test('a socket that refuses and that no ticket owns is litter', async () => {
  const socket = put('s', 'deadbeef');
  expect(await find('dead', 'refused')).toEqual([socket]);
});

test('a socket that answers, cannot be asked, is young, or has a ticket or draft, is none', async () => {
  put('s', 'deadbeef');
  expect(await find('dead', 'connected')).toEqual([]);
  expect(await find('dead', 'missing')).toEqual([]);
  put('s', 'deadbeef', 249);
  expect(await find('dead', 'refused')).toEqual([]);
  const owned = ticket(7);
  put('s', owned.identity.nonce);
  put('q', ticketName(owned));
  expect(await find('alive', 'refused')).toEqual([]);
});

test('a gate that was never used has none', async () => {
  const nowhere = { path: join(gate.path, 'nowhere') };
  const tools = { disk: DISK, platform: platformAs(), sockets: {} as Sockets, wallMs: () => NOW };
  expect(await findLitter(nowhere.path, { ...tools, liveness: async () => 'dead' })).toEqual([]);
});

test('is removed, also when somebody was faster', async () => {
  const paths = [put('s', 'deadbeef'), join(gate.path, 's', 'gone'), put('s', '0badcafe')];
  removeLitter(paths, DISK);
  expect(readdirSync(join(gate.path, 's'))).toEqual([]);
});
