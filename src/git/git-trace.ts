// A courteous wait cannot close the gap between the last look and git's own lock: against a shell loop of plain
// git commands 16 of 40 commits failed with "index.lock: File exists". So a git command is asked to tell what it
// does (trace2, https://git-scm.com/docs/api-trace2) in a file of ours, and if all it did was to find
// the index locked by another git, it is started again.
// What this does not protect against: a lock on a ref or a change of HEAD by another git in between. That is
// git's own business, which it tells as it would without us.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomNonce } from '../base/identity.ts';
import { gitSubcommand, isGit } from './git-state.ts';
import { hasLostRace } from './lost-race.ts';

const TRACE_VARIABLE = 'GIT_TRACE2_EVENT';

/** Subcommands whose first act is to lock the index: when that fails they have changed nothing. */
const LOCK_FIRST = new Set([
  ...['add', 'stage', 'rm', 'mv', 'commit', 'checkout', 'switch', 'restore', 'reset'],
  ...['update-index', 'read-tree'],
]);

export interface GitTrace extends Disposable {
  readonly env: NodeJS.ProcessEnv;
  /** Whether the command that has ended last did nothing but lose the race for the index. */
  lostRace(): boolean;
}

/**
 * Opens a trace for a git command that may be started twice. By path: hooks inherit the variable, and git writes
 * to whatever has the number of a descriptor there.
 * @param folder of the gate's sockets: whatever a crash leaves there is swept
 * @returns `undefined` for any other command, or where no trace can be had
 */
export function traceGit(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  folder: string,
): GitTrace | undefined {
  if (env[TRACE_VARIABLE] || !mayStartTwice(argv)) return undefined;
  const path = join(folder, `git-${randomNonce()}`);
  if (!isEmptied(path)) return undefined;
  return {
    env: { ...env, [TRACE_VARIABLE]: path },
    lostRace() {
      const text = readFileSync(path, 'utf8');
      return hasLostRace(text) && isEmptied(path);
    },
    [Symbol.dispose]: () => rmSync(path, { force: true }),
  };
}

/** What it reads from stdin it can read only once. */
export function mayStartTwice(argv: readonly string[]): boolean {
  const readsInput = argv.some(word => word === '-' || word === '--stdin' || /^(-F|--.*=)-$/.test(word));
  return isGit(argv) && LOCK_FIRST.has(gitSubcommand(argv) ?? '') && !readsInput;
}

/** For the next start; git appends. */
function isEmptied(path: string): boolean {
  try {
    writeFileSync(path, '', { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}
