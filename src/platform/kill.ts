// kill(2) as Node offers it, with its three answers told apart. Only ESRCH means gone: an answer that is not
// understood must never pass for a death.

import { errnoOf } from '../base/errors.ts';
import type { SignalName } from '../base/ports.ts';

export function exists(pid: number): 'yes' | 'no' | 'foreign' {
  try {
    process.kill(pid, 0);
    return 'yes';
  } catch (error) {
    return errnoOf(error) === 'ESRCH' ? 'no' : 'foreign';
  }
}

export function send(pid: number, signal: SignalName): 'sent' | 'gone' | 'refused' {
  // 0 and below are groups, and 1 is nobody's to signal, in a container or out of it.
  if (!Number.isInteger(pid) || pid <= 1) return 'refused';
  try {
    process.kill(pid, signal);
    return 'sent';
  } catch (error) {
    return errnoOf(error) === 'ESRCH' ? 'gone' : 'refused';
  }
}

/** 0 and below address whole groups, to kill(2) as to every helper program: they are never one process. */
export const isPid = (pid: number): boolean => Number.isSafeInteger(pid) && pid > 0;
