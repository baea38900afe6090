// One `seqx init` at a time for each user. The lock lies in the state folder, never in the work tree; one
// that was killed is taken over when its lock has not been renewed for five seconds.

import { join } from 'node:path';
import { prepareGateFolder } from '../backend/file/gate-folder.ts';
import { errnoOf, SeqxError, stateUnusable } from '../base/errors.ts';
import type { Place } from '../place.ts';

const STALE_MS = 5_000;
/** 600 tries with at most 100 ms between them: a minute, in which thousands of inits are done. */
const RETRIES = { retries: 600, factor: 1.2, minTimeout: 5, maxTimeout: 100 };

/**
 * @param action gets a check that throws when the lock was lost: a stopped process may come back after minutes
 * @throws SeqxError SEQX_GATE_BUSY when the lock cannot be had for a minute; errors of the state folder
 */
export async function withInitLock<T>(
  { state, gate, disk, platform }: Place,
  action: (stillOurs: () => void) => Promise<T>,
): Promise<T> {
  prepareGateFolder(state, gate.hash, disk, platform);
  const { lock } = await import('proper-lockfile');
  let isLost = false;
  const release = await lock(state, {
    lockfilePath: join(state, 'init.lock'),
    realpath: false,
    stale: STALE_MS,
    retries: RETRIES,
    onCompromised: () => {
      isLost = true;
    },
  }).catch(error => {
    throw errnoOf(error) === 'ELOCKED' ? busy() : stateUnusable(state, error);
  });
  try {
    return await action(() => {
      if (isLost) throw busy();
    });
  } finally {
    // A lost lock is somebody else's to release.
    if (!isLost) await release().catch(() => {});
  }
}

const busy = () =>
  new SeqxError(
    'SEQX_GATE_BUSY',
    'another seqx init of this user has been at work all the while; nothing was changed',
    'seqx init   (again, in a moment)',
  );
