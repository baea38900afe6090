// A real temporary folder and the real disk, with a platform of which only the few words that the stores use
// are real.

import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { nodeDisk } from '../../../src/backend/disk.ts';
import { formatId, type Ticket } from '../../../src/base/identity.ts';
import type { Platform } from '../../../src/base/ports.ts';

export const DISK = nodeDisk('linux');

export const platformAs = (uid = process.geteuid?.() ?? 0): Platform =>
  ({
    system: 'linux',
    uid: () => uid,
    stateFolder: () => `/tmp/seqx-${uid}`,
    socketPath: (folder: string, nonce: string) => join(folder, 's', nonce),
  }) as unknown as Platform;

/** A folder for each test, gone after it. */
export function useFolder(): { path: string } {
  const folder = { path: '' };
  beforeEach(() => {
    folder.path = realpathSync(mkdtempSync(join(tmpdir(), 'seqx-backend-')));
  });
  afterEach(() => rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}

/** The frame of a gate's folder, as gate-folder makes it. */
export function useGate(): { path: string } {
  const folder = useFolder();
  beforeEach(() => {
    for (const name of ['q', 's', 'slots']) mkdirSync(join(folder.path, name));
  });
  return folder;
}

export function ticket(arrival: number, band: 0 | 1 | 2 = 1): Ticket {
  const identity = {
    arrivalNs: BigInt(arrival),
    pid: 4_000 + arrival,
    start: '99',
    boot: '0123abcd',
    namespace: '0',
    nonce: arrival.toString(16).padStart(8, '0'),
  };
  return { band, id: formatId(identity), identity };
}
