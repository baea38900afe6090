// On whose behalf the gate is taken: a process that lives, is this user's, and can be meant to keep it.

import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { SeqxError } from '../base/errors.ts';
import type { Platform, ProcessRef } from '../base/ports.ts';

/** Everything descends from it, in a container as on a machine: its tree is not the run of anybody. */
export const isInit = ({ pid }: ProcessRef): boolean => pid === 1;

/** By the name of its file, also with a version (ksh93, zsh-5.9), and where that was replaced by now: ` (deleted)`. */
const SHELL = /(?:^|\/)(?:busybox|(?:a|ba|da|k|mk|z)?sh)(?![a-z])[^/]*$/;

/**
 * @param given a pid that was asked for; the parent of this process otherwise
 * @throws SeqxError SEQX_OWNER_UNFIT
 */
export function findOwner(given: number | undefined, platform: Platform): ProcessRef {
  const pid = given ?? process.ppid;
  const facts = platform.look(pid);
  if (facts === undefined || pid === process.pid) {
    throw new SeqxError('SEQX_OWNER_UNFIT', `there is no process ${pid} that could hold the gate`);
  }
  if (given === undefined) refuseUnfitParent(pid, platform);
  const uid = platform.uid();
  if (uid !== 0 && platform.ownerUid(pid) !== uid) {
    throw new SeqxError('SEQX_OWNER_UNFIT', `process ${pid} belongs to another user`);
  }
  return { pid, start: facts.start };
}

/** A parent that nobody chose may be the wrong one, and would keep the gate for ever, or for no time at all. */
function refuseUnfitParent(pid: number, platform: Platform): void {
  if (pid === 1) {
    throw new SeqxError(
      'SEQX_OWNER_UNFIT',
      'the parent process is gone (or is pid 1): say who is to hold the gate',
    );
  }
  // Other programs fork workers that stay as they are (python, perl, php-fpm): those may well keep it.
  // bash 5.2 starts a subshell for $(seqx hold 2>/dev/null) and none for $(seqx hold); dash and zsh for $(seqx hold || exit).
  if (SHELL.test(platform.executable(pid) ?? '') && platform.isCopyOfParent(pid)) {
    throw new SeqxError(
      'SEQX_OWNER_UNFIT',
      `the calling process, pid ${pid}, is a fork of its parent, as a subshell is, and with it the gate would be gone: say who is to hold it`,
      'seqx hold --pid $$',
    );
  }
}

/**
 * What a watchdog that stays behind does with our stderr: a pipe that somebody reads to its end, as in
 * `x=$(seqx hold 2>&1)`, must not be kept open by it, unless its owner keeps it open as well.
 */
export function voiceFor({ pid }: ProcessRef, platform: Platform): 'inherit' | 'ignore' {
  const isLasting = isatty(2) || fstatSync(2).isFile() || platform.sharesStderr(pid);
  return isLasting ? 'inherit' : 'ignore';
}
