// The state folder and a gate's folder in it. Promise: either it is ours alone and local, or nothing runs.
// It is never repaired: a folder that somebody else prepared must not become ours by a chmod.

import { dirname, isAbsolute, join } from 'node:path';
import { errnoOf, SeqxError, stateUnusable } from '../../base/errors.ts';
import type { Disk, Platform } from '../../base/ports.ts';

/** Where all gates of this user live: SEQX_STATE_DIR, else a path that depends on the user alone. */
export function stateFolderPath(env: NodeJS.ProcessEnv, platform: Platform): string {
  const override = env.SEQX_STATE_DIR;
  if (override === undefined || override === '') return platform.stateFolder();
  if (isAbsolute(override)) return override;
  throw new SeqxError(
    'SEQX_SETTING_INVALID',
    `SEQX_STATE_DIR is ${JSON.stringify(override)}; it takes an absolute path, so that all callers meet`,
  );
}

/**
 * Makes sure that the state folder and the gate's folders exist and are safe.
 * @throws SeqxError SEQX_STATE_UNSAFE, SEQX_STATE_UNUSABLE, SEQX_STATE_REMOTE
 */
export function prepareGateFolder(state: string, hash: string, disk: Disk, platform: Platform): string {
  const folder = join(state, hash);
  try {
    if (disk.stat(state) === undefined) makeStateFolder(state, disk);
    checkStateFolder(state, disk, platform);
    for (const path of [folder, join(folder, 'q'), join(folder, 's'), join(folder, 'slots')]) {
      if (disk.stat(path) === undefined) makeFolder(path, disk);
    }
    return folder;
  } catch (error) {
    if (error instanceof SeqxError) throw error;
    throw stateUnusable(state, error, hintFor(errnoOf(error), state));
  }
}

function hintFor(errno: string, state: string): string | undefined {
  if (errno === 'ENOSPC' || errno === 'EDQUOT')
    return `df ${dirname(state)}   (make room, then run it again)`;
  return errno === '' ? undefined : 'SEQX_STATE_DIR=/some/private/folder seqx <command>';
}

function makeStateFolder(state: string, disk: Disk): void {
  const parent = dirname(state);
  if (parent !== state && disk.stat(parent) === undefined) makeStateFolder(parent, disk);
  makeFolder(state, disk);
}

function makeFolder(path: string, disk: Disk): void {
  try {
    disk.mkdir(path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

/**
 * Refuses a state folder that somebody else could have prepared or could change.
 * @throws SeqxError SEQX_STATE_UNSAFE, SEQX_STATE_REMOTE
 */
export function checkStateFolder(state: string, disk: Disk, platform: Platform): void {
  const facts = disk.stat(state);
  const refuse = (what: string) =>
    new SeqxError('SEQX_STATE_UNSAFE', `the state folder ${state} ${what}; nothing was run`);
  if (facts === undefined) throw refuse('is not there');
  if (facts.isSymlink) throw refuse('is a symlink');
  if (!facts.isDirectory) throw refuse('is not a folder');
  if (platform.system !== 'windows') {
    if (facts.uid !== platform.uid()) throw refuse(`belongs to user ${facts.uid}, not to ${platform.uid()}`);
    if ((facts.mode & 0o022) !== 0) {
      throw refuse(`may be written by others (mode ${facts.mode.toString(8)})`);
    }
    checkParent(dirname(state), disk, platform, refuse);
  }
  const fileSystem = disk.fileSystem(state);
  if (fileSystem !== 'local') {
    throw new SeqxError(
      'SEQX_STATE_REMOTE',
      `the state folder ${state} lies on ${fileSystem}, where the lock would not be safe; nothing was run`,
    );
  }
}

/** What a uid from outside our user namespace looks like (user_namespaces(7)): a rootless container's /tmp. */
const UNMAPPED_UID = 65_534;

/** Whoever may rename our folder away can replace it: the parent is root's or ours, or sticky like /tmp. */
function checkParent(
  parent: string,
  disk: Disk,
  platform: Platform,
  refuse: (what: string) => SeqxError,
): void {
  const facts = disk.stat(parent);
  if (facts === undefined || facts.isSymlink) return;
  const isOpen = (facts.mode & 0o002) !== 0 && (facts.mode & 0o1000) === 0;
  if (isOpen) throw refuse(`lies in ${parent}, where others may replace it (mode ${facts.mode.toString(8)})`);
  if (![0, platform.uid(), UNMAPPED_UID].includes(facts.uid)) {
    throw refuse(`lies in ${parent}, which belongs to user ${facts.uid}`);
  }
}
