// What happened, one JSON line a run, appended in one write. Best effort: a journal that cannot be written
// never fails a run. Rotated at 1 MiB, one older file kept.

import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../base/errors.ts';
import { absolutePath, homeOf, xdgFolder } from '../base/home.ts';

export interface JournalEntry {
  readonly schema: 'seqx.history/1';
  readonly ticket: string;
  /** Secrets masked: a journal is kept. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly endedAt: string;
  readonly waitedMs: number;
  readonly ranMs: number;
  readonly peakBytes: number | null;
  /** Kind of the outcome, or what it was ended by: `exited`, `signalled`, `memory`, `wait-passed` … */
  readonly outcome: string;
  /** Exit code of the command, or the one seqx ended with; `null` where nobody saw it (hold). */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** It ran without the gate, because the caller said so. */
  readonly bypassed?: true;
}

const LARGEST_BYTES = 1_048_576;
const FILE = 'history.jsonl';
const OLDER = 'history.1.jsonl';

/** `$XDG_STATE_HOME/seqx/<gate>`; `undefined` when neither it nor a home directory is known. */
export function journalFolder(gate: string, env: NodeJS.ProcessEnv): string | undefined {
  const home = homeOf(env) ?? absolutePath(env.USERPROFILE);
  const state = xdgFolder(env.XDG_STATE_HOME, home, '.local', 'state');
  return state === undefined ? undefined : join(state, 'seqx', gate);
}

/** Appends an entry. @throws whatever the disk throws; callers report and go on */
export async function appendEntry(folder: string, entry: JournalEntry): Promise<void> {
  const path = join(folder, FILE);
  const line = `${JSON.stringify(entry)}\n`;
  try {
    appendFileSync(path, line, { mode: 0o600 });
  } catch {
    makeFolder(folder);
    appendFileSync(path, line, { mode: 0o600 });
  }
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_BYTES) await rotate(folder);
}

/**
 * Makes a folder of the journal, and those above it. Not `recursive`: Node 20 tries for ever where a parent
 * exists but takes no children (/proc: ENOENT).
 */
export function makeFolder(path: string, isParentMade = false): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    if (errnoOf(error) !== 'ENOENT' || isParentMade) throw error;
    makeFolder(dirname(path));
    makeFolder(path, true);
  }
}

/** Several may see the file grow too long at once: one of them renames, the others find it short again. */
async function rotate(folder: string): Promise<void> {
  const { lock } = await import('proper-lockfile');
  const release = await lock(folder, { retries: 0, stale: 10_000 });
  try {
    const path = join(folder, FILE);
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_BYTES)
      renameSync(path, join(folder, OLDER));
  } finally {
    await release();
  }
}

/** All entries, oldest first; lines that are no entries (torn, foreign) are passed over. */
export function readEntries(folder: string): JournalEntry[] {
  return [OLDER, FILE].flatMap(name => readLines(join(folder, name)).flatMap(line => parseEntry(line) ?? []));
}

/** The file itself, for people. */
export const journalPath = (folder: string): string => join(folder, FILE);

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function parseEntry(line: string): JournalEntry | undefined {
  if (line === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const isEntry =
      typeof value === 'object' && value !== null && 'schema' in value && value.schema === 'seqx.history/1';
    return isEntry ? (value as JournalEntry) : undefined;
  } catch {
    return undefined;
  }
}
