// Scripts that seqx writes into folders that are not its own. Their second line is a stamp by which they are
// known again: its sum covers the rest of the script, so that one that was changed by hand is not taken for
// ours, and `folders` says how many folders above it seqx had to make. Pure.

import { gateHash } from '../base/project.ts';

export type ScriptKind = 'git-hook' | 'shim';

export interface Stamp {
  /** Folders that were made for this script: its own, the one above it … */
  readonly folders: number;
  /** Somebody has changed the script since. */
  readonly isEdited: boolean;
}

const INTEGRATION: Record<ScriptKind, string> = { 'git-hook': 'git-hooks', shim: 'shims' };

/** @param body the script without its #! line, ending in a newline */
export function stampScript(kind: ScriptKind, folders: number, body: string): string {
  const init = `seqx init ${INTEGRATION[kind]}`;
  const remark = `written by \`${init}\`; \`${init} --remove\` takes it away again`;
  return `#!/bin/sh\n# seqx:${kind} folders=${folders} sum=${sumOf(kind, folders, body)} (${remark})\n${body}`;
}

/** `undefined` for a script that seqx has not written. */
export function readStamp(kind: ScriptKind, text: string): Stamp | undefined {
  const match = /^#!\/bin\/sh\r?\n# seqx:([a-z-]+) folders=(\d{1,2}) sum=([0-9a-f]{16}) [^\n]*\n/.exec(text);
  if (!match || match[1] !== kind) return undefined;
  const folders = Number(match[2]);
  return { folders, isEdited: sumOf(kind, folders, text.slice(match[0].length)) !== match[3] };
}

const sumOf = (kind: ScriptKind, folders: number, body: string): string =>
  gateHash(kind, `${folders}\n${body}`);

/** A word as sh reads it back unchanged. */
export const shellWord = (word: string): string =>
  /^[\w@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

export const shellLine = (words: readonly string[]): string => words.map(shellWord).join(' ');
