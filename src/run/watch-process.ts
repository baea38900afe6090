// Noticing the end of a process that is no child of ours. Portable systems offer no wake-up for that, so it is
// asked: whether the pid exists, at every look, and whether it still is the same process, as often as that is
// cheap (on Linux one read of /proc, 0.02 ms).

import type { Cancel, Clock, Platform, ProcessRef } from '../base/ports.ts';
import { isGone } from './process-tree.ts';

/** Calls `onEnd` once, when the process has ended; a zombie whose threads are gone has. */
export function watchProcess(
  ref: ProcessRef,
  everyMs: number,
  onEnd: () => void,
  { platform, clock }: { readonly platform: Platform; readonly clock: Clock },
): Cancel {
  let cancel: Cancel = () => {};
  let lookedNs: bigint | undefined;
  const isOver = () => {
    if (platform.exists(ref.pid) === 'no') return true;
    const nowNs = clock.nowNs();
    if (lookedNs !== undefined && Number(nowNs - lookedNs) / 1e6 < platform.fastestSampleMs) return false;
    lookedNs = nowNs;
    return !isLiving(ref, platform);
  };
  const look = () => {
    if (isOver()) onEnd();
    else cancel = clock.after(everyMs, look);
  };
  look();
  return () => cancel();
}

/** Whether the process of this pid and start time still lives. */
export function isLiving({ pid, start }: ProcessRef, platform: Platform): boolean {
  const now = platform.look(pid);
  return now !== undefined && platform.isSameStart(now.start, start) && !isGone(now);
}
