// What a subcommand is made of.

import type { Argv } from 'yargs';
import type { PlaceOptions } from '../../index.ts';

/** What every subcommand takes. */
export const COMMON_OPTIONS = {
  scope: { type: 'string', describe: 'repo, worktree or user: which lock' },
  lock: { type: 'string', describe: 'the lock of this name' },
  cwd: { type: 'string', describe: 'as if called in this directory' },
  help: { type: 'boolean', alias: 'h', describe: 'this text' },
} as const;

export interface Command {
  readonly name: string;
  /** The words after `seqx`, as in a manual. */
  readonly usage: string;
  readonly describe: string;
  /** Whether it takes words that are no flags. */
  readonly takesWords?: boolean;
  /** Whether everything from the first word that is no flag is not to be read: it is another command's. */
  readonly haltsAtWord?: (words: readonly string[]) => boolean;
  /** Words that may follow, for shells to complete. */
  readonly words?: readonly string[];
  /** Flags of a run that it heeds as well, given before its name. */
  readonly settings?: readonly string[];
  /** @param words its own, for commands whose flags depend on them */
  options(parser: Argv, words?: readonly string[]): Argv;
  /** Returns the exit code. */
  run(args: Record<string, unknown>, place: PlaceOptions): Promise<number>;
}
