// Makes files read as planned, all of them or none: each is written beside its place and renamed into it, so
// that nobody ever sees half a file; when one fails, those before it are put back.
// Does not protect against: a SIGKILL between two renames. Another call then finishes the work, and sweeps up the
// drafts of the one that died.

import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf, messageOf, SeqxError } from '../base/errors.ts';
import { randomNonce } from '../base/identity.ts';
import type { FileChange, InitPlan } from '../init/integration.ts';
import { shellWord } from '../init/own-script.ts';

/**
 * @throws SeqxError SEQX_FILE_UNWRITABLE, SEQX_FILE_FOREIGN; every file reads as before then
 */
export function applyPlan({ changes, folders = [] }: InitPlan): void {
  for (const change of changes) checkUnchanged(change);
  for (const { path, after } of changes) checkWritable(path, after === undefined);
  const undo: (() => void)[] = [];
  try {
    for (const change of changes) undo.push(applyChange(change));
  } catch (error) {
    for (const step of undo.reverse()) attempt(step);
    if (error instanceof SeqxError) throw error;
    throw unwritable(messageOf(error));
  }
  for (const folder of folders) removeIfEmpty(folder);
}

/** Somebody without our lock, an editor say, may have written since the plan was made. */
function checkUnchanged({ path, before }: FileChange): void {
  const now = lstatSync(path, { throwIfNoEntry: false }) && readFileSync(path);
  const isSame = now === undefined || before === undefined ? now === before : now.equals(before);
  if (isSame) return;
  throw new SeqxError(
    'SEQX_FILE_FOREIGN',
    `${path} was changed by somebody else just now; nothing was changed`,
    'the same command again',
  );
}

/** A rename would replace files that may not be written to; that is not what their owner asked for. */
function checkWritable(path: string, isRemoval: boolean): void {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (!facts) return;
  if (facts.nlink > 1 && !isRemoval) throw manyNames(path, facts.nlink);
  if ((facts.mode & 0o222) === 0) throw unwritable(`${path} is read-only`, `chmod u+w ${shellWord(path)}`);
  const own = process.geteuid?.() ?? facts.uid;
  if (facts.uid !== own && own !== 0) throw unwritable(`${path} belongs to user ${facts.uid}, not to ${own}`);
  try {
    accessSync(isRemoval ? dirname(path) : dirname(realpathSync.native(path)), constants.W_OK);
  } catch (error) {
    throw unwritable(messageOf(error));
  }
}

/** Carries out one change, and returns what takes it back. */
function applyChange({ path, before, after, mode }: FileChange): () => void {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (after === undefined) {
    const link = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
    unlinkSync(path);
    return () => {
      if (link !== undefined) symlinkSync(link, path);
      else if (before) replace(path, before, facts, mode);
    };
  }
  if (facts) {
    const target = realpathSync.native(path);
    replace(target, after, facts, mode);
    return () => before && replace(target, before, facts, mode);
  }
  const made = mkdirSync(dirname(path), { recursive: true });
  replace(path, after, undefined, mode);
  return () => {
    unlinkSync(path);
    for (let at = dirname(path); made !== undefined && at.length >= made.length; at = dirname(at)) {
      removeIfEmpty(at);
    }
  };
}

/** @param facts of the file that was there: the new one gets its mode and owner */
function replace(path: string, bytes: Buffer, facts: Stats | undefined, mode = 0o666): void {
  const prefix = join(dirname(path), `.${basename(path)}.seqx-`);
  sweepDrafts(prefix);
  const draft = `${prefix}${randomNonce()}`;
  try {
    // What others may not read they may not read now either: an .npmrc has passwords in it.
    writeFileSync(draft, bytes, { flag: 'wx', mode: facts ? 0o600 : mode });
    if (facts) {
      const now = statSync(draft);
      if (now.uid !== facts.uid || now.gid !== facts.gid) giveTo(draft, facts, path);
      chmodSync(draft, facts.mode & 0o7777);
    }
    renameSync(draft, path);
  } catch (error) {
    attempt(() => unlinkSync(draft));
    throw error;
  }
}

/** @throws SeqxError for a group that this user is not in: the new file could not have it */
function giveTo(draft: string, { uid, gid }: Stats, path: string): void {
  try {
    chownSync(draft, uid, gid);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error;
    const hint = `chgrp "$(id -g)" ${shellWord(path)}   (then run it again)`;
    throw unwritable(`${path} belongs to group ${gid}, which you are not in`, hint);
  }
}

/** What is put back is put back as far as the disk allows. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // the failure that is reported is the first one
  }
}

/** We have the lock, so whatever of ours is there belongs to one that was killed. */
function sweepDrafts(prefix: string): void {
  const own = process.geteuid?.();
  for (const name of readdirSync(dirname(prefix))) {
    const path = join(dirname(prefix), name);
    if (!path.startsWith(prefix) || !/\.seqx-[0-9a-f]{8}$/.test(name)) continue;
    if (own === undefined || lstatSync(path).uid === own) attempt(() => unlinkSync(path));
  }
}

/** Not empty, or gone already: nothing to do. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EACCES', 'EBUSY', 'EPERM'].includes(errnoOf(error))) throw error;
  }
}

/** A rename would part a file from its other names, writing in place would change what they show. */
function manyNames(path: string, count: number): SeqxError {
  const [file, draft] = [shellWord(path), shellWord(`${path}.own`)];
  return new SeqxError(
    'SEQX_FILE_FOREIGN',
    `${path} is one of ${count} hard links to its file; nothing was changed`,
    `cp -p ${file} ${draft} && mv ${draft} ${file}   (a file of its own, then run it again)`,
  );
}

const unwritable = (why: string, hint?: string): SeqxError =>
  new SeqxError('SEQX_FILE_UNWRITABLE', `${why}; nothing was changed`, hint);
