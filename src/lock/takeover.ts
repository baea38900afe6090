// May this owner be declared dead? Pure: evidence in, verdict out. The rule of every row: dead only if all
// the evidence there is says dead; what is unknown is alive.

import type { Liveness, ProcessFacts } from '../base/ports.ts';

export interface Evidence {
  readonly isSameBoot: boolean;
  /** False in another pid namespace or container: its pids mean nothing here. */
  readonly isSameNamespace: boolean;
  /** kill(pid, 0). EPERM is `foreign`: it lives. */
  readonly exists: 'yes' | 'no' | 'foreign';
  readonly facts: Pick<ProcessFacts, 'state' | 'threads'> | undefined;
  /** `undefined` where the start time could not be read. */
  readonly isSameStart: boolean | undefined;
  /** Its own socket; `undefined` while it was not asked. `missing` proves nothing: tmp cleaners exist. */
  readonly socket: 'connected' | 'refused' | 'missing' | undefined;
}

/** What the pid alone says; `undefined` when only the socket can tell. */
export function judgeByPid(evidence: Omit<Evidence, 'socket'>): Liveness | undefined {
  if (!evidence.isSameBoot) return 'dead';
  if (!evidence.isSameNamespace) return undefined;
  if (evidence.exists === 'foreign') return 'alive';
  if (evidence.exists === 'no') return 'dead';
  if (evidence.isSameStart === false) return 'dead';
  const { facts } = evidence;
  if (facts === undefined) return 'alive';
  // No start time to compare (Windows): the pid may be another's by now, and only the pipe can tell.
  if (evidence.isSameStart === undefined) return undefined;
  // A zombie leader whose threads still run holds its socket and may still act: 71 of 72 were seen to.
  if (facts.state === 'Z' || facts.state === 'X') return facts.threads <= 1 ? 'dead' : 'alive';
  return facts.state === 'T' || facts.state === 't' ? 'suspended' : 'alive';
}

/** The whole verdict. A process that is dead by its pid but answers on its socket is not dead. */
export function judgeOwner(evidence: Evidence): Liveness {
  const byPid = judgeByPid(evidence);
  if (byPid === undefined) {
    if (evidence.socket === 'connected') return 'alive';
    return evidence.socket === 'refused' ? 'dead' : 'unjudgeable';
  }
  const isRebooted = !evidence.isSameBoot;
  if (byPid === 'dead' && !isRebooted && evidence.socket === 'connected') return 'alive';
  return byPid;
}
