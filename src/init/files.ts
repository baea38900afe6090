// The files that integrations change, byte for byte. Text is handled as latin1: one character for each byte,
// so that whatever encoding a file has, what was not touched comes back as it was.

import { lstatSync, readFileSync } from 'node:fs';
import { errnoOf, messageOf, SeqxError } from '../base/errors.ts';
import type { FileChange } from './integration.ts';

/** Nobody writes a Makefile, hook or .npmrc of this size by hand; what is larger is something else. */
const LARGEST_BYTES = 8 * 1024 * 1024;

/**
 * The bytes of a file, through symlinks; `undefined` when there is nothing by that name.
 * @throws SeqxError SEQX_FILE_MALFORMED for what is no text file, SEQX_FILE_UNWRITABLE for what may not be read
 */
export function readIfThere(path: string): Buffer | undefined {
  const bytes = readBytes(path);
  if (bytes === undefined) return undefined;
  if (bytes.length > LARGEST_BYTES) throw malformed(path, `has ${bytes.length} bytes`);
  if (bytes.includes(0)) throw malformed(path, 'is binary: it has NUL bytes');
  return bytes;
}

function readBytes(path: string): Buffer | undefined {
  try {
    const facts = lstatSync(path);
    if (facts.isDirectory()) throw malformed(path, 'is a directory');
    if (!facts.isFile() && !facts.isSymbolicLink()) throw malformed(path, 'is no regular file');
  } catch (error) {
    if (error instanceof SeqxError) throw error;
    if (isNothing(error)) return undefined;
    throw unreadable(path, error);
  }
  try {
    return readFileSync(path);
  } catch (error) {
    if (isNothing(error)) throw malformed(path, 'is a symlink that leads nowhere');
    if (errnoOf(error) === 'EISDIR') throw malformed(path, 'is a directory');
    if (errnoOf(error) === 'ELOOP') throw malformed(path, 'is a symlink to itself');
    throw unreadable(path, error);
  }
}

export const isNothing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errnoOf(error));

/** Bytes as text, one character for each. */
export const textOf = (bytes: Buffer | undefined): string => bytes?.toString('latin1') ?? '';

export const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The change from one text to another, or none when they are the same. */
export function changeOf(
  path: string,
  before: Buffer | undefined,
  after: string | undefined,
  mode?: number,
): FileChange[] {
  const bytes = after === undefined ? undefined : bytesOf(after);
  const isSame = before === undefined ? bytes === undefined : bytes !== undefined && before.equals(bytes);
  return isSame ? [] : [{ path, before, after: bytes, mode }];
}

/** Lines with their ends, so that joining them gives the text back; the last may have none. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

export const malformed = (path: string, what: string, hint?: string): SeqxError =>
  new SeqxError('SEQX_FILE_MALFORMED', `${path} ${what}; it was left untouched`, hint);

export const foreign = (path: string, what: string, hint?: string): SeqxError =>
  new SeqxError('SEQX_FILE_FOREIGN', `${path} ${what}; it was left untouched`, hint);

export const unreadable = (path: string, error: unknown): SeqxError =>
  new SeqxError('SEQX_FILE_UNWRITABLE', `cannot read ${path}: ${messageOf(error)}; nothing was changed`);
