// What a subcommand is made of.

import type { Argv } from 'yargs';
import type { PlaceOptions } from '../../index.ts';

export interface Command {
  readonly name: string;
  /** The words after `seqx`, as in a manual. */
  readonly usage: string;
  readonly describe: string;
  /** Whether it takes words that are no flags. */
  readonly takesWords?: boolean;
  /** Flags of a run that it heeds as well, given before its name. */
  readonly settings?: readonly string[];
  options(parser: Argv): Argv;
  /** Returns the exit code. */
  run(args: Record<string, unknown>, place: PlaceOptions): Promise<number>;
}
