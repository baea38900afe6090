// The claim of this process on a delegation of a gate; where it cannot be kept on disk, the delegation goes on
// without.

import { claimDelegation, pruneDelegations } from '../agents/delegation-store.ts';
import { judgeLiveness, openStores } from '../assemble.ts';
import { realClock } from '../backend/clock.ts';
import { messageOf, SeqxError } from '../base/errors.ts';
import { formatId, parseId, randomNonce } from '../base/identity.ts';
import { shellWord } from '../init/own-script.ts';
import { makeFolder } from '../journal/journal.ts';
import type { Place } from '../place.ts';
import { delegationFolder } from './delegation-folder.ts';

export interface Tracking {
  /** Where its state is kept; `undefined` when that cannot be. */
  readonly folder: string | undefined;
  readonly problem: string | undefined;
  readonly release: () => void;
}

const untracked = (problem: string): Tracking => ({ folder: undefined, problem, release: () => {} });

/**
 * Claims a delegation for this process, and tidies up among the others.
 * @throws SeqxError SEQX_DELEGATION_BUSY
 */
export async function claimAt(id: string, place: Place): Promise<Tracking> {
  const { gate, platform, disk } = place;
  const folder = delegationFolder(place);
  if (folder === undefined) return untracked('neither HOME nor XDG_STATE_HOME says where');
  const stores = openStores(gate.folder, { disk, platform });
  const isDead = async (identity: string) => (await judgeLiveness(identity, stores, platform)) === 'dead';
  const { pid, start, boot, namespace } = platform.self();
  const identity = { arrivalNs: realClock.nowNs(), pid, start, boot, namespace, nonce: randomNonce() };
  try {
    makeFolder(folder);
    const claimed = await claimDelegation(folder, id, formatId(identity), isDead);
    if (claimed.kind === 'taken') throw busy(id, claimed.by, claimed.path);
    await pruneDelegations(folder, isDead);
    return { folder, problem: undefined, release: claimed.release };
  } catch (error) {
    if (error instanceof SeqxError) throw error;
    return untracked(messageOf(error));
  }
}

function busy(id: string, by: string, path: string): SeqxError {
  const pid = parseId(by)?.pid;
  const who = pid === undefined ? 'somebody else' : `pid ${pid}`;
  return new SeqxError(
    'SEQX_DELEGATION_BUSY',
    `delegation ${id} is being carried out by ${who}; nothing was run`,
    `seqx status   (if nobody is at it any more: rm ${shellWord(path)})`,
  );
}
