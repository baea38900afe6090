// What lies at a path where seqx would put a script, or where it looks for one of its own.

import { existsSync, lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, type SeqxError } from '../base/errors.ts';
import { foreign, isNothing, unreadable } from './files.ts';
import { readStamp, type ScriptKind, shellWord } from './own-script.ts';

export type Found =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'ours';
      readonly bytes: Buffer;
      readonly folders: number;
      readonly isExecutable: boolean;
    }
  | { readonly kind: 'edited' }
  | { readonly kind: 'foreign'; readonly text: string };

/** Ours have some kilobytes. What is larger is a program, and not worth reading. */
const LARGEST_BYTES = 64 * 1024;

export function findScript(path: string, kind: ScriptKind): Found {
  const facts = lookAt(path);
  if (!facts) return { kind: 'nothing' };
  const bytes = readIfPossible(path);
  // A link is somebody's arrangement, also when it leads to a script of ours.
  if (!facts.isFile() || bytes === undefined) return { kind: 'foreign', text: bytes?.toString() ?? '' };
  const text = bytes.toString();
  const stamp = readStamp(kind, text);
  if (!stamp) return { kind: 'foreign', text };
  if (stamp.isEdited) return { kind: 'edited' };
  return { kind: 'ours', bytes, folders: stamp.folders, isExecutable: (facts.mode & 0o111) !== 0 };
}

/** @throws SeqxError SEQX_FILE_UNWRITABLE for what may not be looked at */
function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isNothing(error)) return undefined;
    throw unreadable(path, error);
  }
}

/** @throws SeqxError for what stands where a folder of scripts is, or should be made */
export function checkFolder(folder: string): void {
  try {
    if (statSync(folder).isDirectory()) return;
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') throw foreign(folder, 'cannot be a folder: a file is in its way');
    if (!isNothing(error)) throw unreadable(folder, error);
    if (!lookAt(folder)) return;
    throw foreign(folder, 'is a symlink that leads nowhere');
  }
  throw foreign(folder, 'is not a folder');
}

/** The bytes of a file of a script's size. */
export function readIfPossible(path: string): Buffer | undefined {
  try {
    const facts = statSync(path);
    return facts.isFile() && facts.size <= LARGEST_BYTES ? readFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** How many folders must be made before a file can be put into this one. */
export function missingFolders(folder: string): number {
  let count = 0;
  for (let at = folder; !existsSync(at) && at !== dirname(at); at = dirname(at)) count += 1;
  return count;
}

/** The folder and those above it, deepest first. */
export function foldersAbove(folder: string, count: number): string[] {
  const folders: string[] = [];
  for (let at = folder; folders.length < count; at = dirname(at)) folders.push(at);
  return folders;
}

/** A script of ours that somebody has changed is theirs now. */
export const editedError = (path: string): SeqxError =>
  foreign(path, 'was changed by hand since seqx wrote it', `rm ${shellWord(path)}   (then run it again)`);
