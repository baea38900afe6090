// A courteous wait cannot close the gap between the last look and git's own lock: against a shell loop of plain
// git commands 16 of 40 commits failed with "index.lock: File exists". So a git command is asked to tell what it
// does (trace2, https://git-scm.com/docs/api-trace2) into a file without a name, and if all it did was to find
// the index locked by another git, it is started again.
// What this does not protect against: a lock on a ref or a change of HEAD by another git in between. That is
// git's own business, which it tells as it would without us.

import { closeSync, fstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gitSubcommand, isGit } from './git-state.ts';
import { hasLostRace } from './lost-race.ts';

const TRACE_VARIABLE = 'GIT_TRACE2_EVENT';
/** git takes the number of a descriptor only as one digit, and 2 is stderr. */
const DIGITS = [3, 4, 5, 6, 7, 8, 9];
const LONGEST_BYTES = 65_536;

/** Subcommands whose first act is to lock the index: when that fails they have changed nothing. */
const LOCK_FIRST = new Set([
  ...['add', 'stage', 'rm', 'mv', 'commit', 'checkout', 'switch', 'restore', 'reset'],
  ...['update-index', 'read-tree'],
]);

export interface GitTrace extends Disposable {
  /** Which of our descriptors the command gets, and as which number. */
  readonly descriptor: { readonly from: number; readonly as: number };
  readonly env: NodeJS.ProcessEnv;
  /** Whether the command that has ended last did nothing but lose the race for the index. */
  lostRace(): boolean;
}

/**
 * Opens a trace for a git command that may be started twice.
 * @param folder a folder of ours on the local disk
 * @param taken descriptors that the command gets besides
 * @returns `undefined` for any other command, or where no trace can be had
 */
export function traceGit(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  folder: string,
  taken: readonly number[],
): GitTrace | undefined {
  const as = DIGITS.find(digit => !taken.includes(digit));
  if (as === undefined || env[TRACE_VARIABLE] || !mayStartTwice(argv)) return undefined;
  const from = openNameless(join(folder, `.git-trace-${process.pid}`));
  if (from === undefined) return undefined;
  let readBytes = 0;
  return {
    descriptor: { from, as },
    env: { ...env, [TRACE_VARIABLE]: String(as) },
    lostRace() {
      const text = readFrom(from, readBytes);
      readBytes = fstatSync(from).size;
      return hasLostRace(text);
    },
    [Symbol.dispose]: () => closeSync(from),
  };
}

/** What it reads from stdin it can read only once. */
export function mayStartTwice(argv: readonly string[]): boolean {
  const readsInput = argv.some(word => word === '-' || word === '--stdin' || /^(-F|--.*=)-$/.test(word));
  return isGit(argv) && LOCK_FIRST.has(gitSubcommand(argv) ?? '') && !readsInput;
}

function openNameless(path: string): number | undefined {
  try {
    const fd = openSync(path, 'ax+', 0o600);
    unlinkSync(path);
    return fd;
  } catch {
    return undefined;
  }
}

function readFrom(fd: number, position: number): string {
  const bytes = Buffer.alloc(Math.min(fstatSync(fd).size - position, LONGEST_BYTES));
  return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, position));
}
