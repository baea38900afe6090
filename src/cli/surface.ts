// The whole command line as data: what shells complete and the manual lists. Made from the tables that the
// command line itself is read by, so that nothing can be missing from it.

import { SETTING_ROWS } from '../base/settings.ts';
import { COMMON_OPTIONS, type Command } from './commands/command.ts';
import { isAlone, LONG_FLAGS, shortOf } from './words.ts';
import { yargs } from './yargs.ts';

/** What follows a flag: nothing, any text, a path, or one of these words. */
export type Takes = 'nothing' | 'text' | 'file' | 'folder' | readonly string[];

export interface Flag {
  /** As typed: `--wait`, and its short form if it has one. */
  readonly names: readonly string[];
  readonly takes: Takes;
  readonly help: string;
}

export interface Subcommand {
  readonly name: string;
  /** The words after `seqx`, as in a manual. */
  readonly usage: string;
  readonly help: string;
  /** Words that may follow its name. */
  readonly words: readonly string[];
  /** Whether its first word that is no flag is a file, or begins a command (`batch list.txt`, `batch make :::`). */
  readonly takesCommand: boolean;
  readonly flags: readonly Flag[];
  /** All flags after one of its words, where they are others (`init make`). */
  readonly variants: readonly { readonly word: string; readonly flags: readonly Flag[] }[];
}

/** Flags of all subcommands, whatever word follows. */
export const allFlags = (subcommands: readonly Subcommand[]): Flag[] =>
  subcommands.flatMap(({ flags, variants }) => [...flags, ...variants.flatMap(variant => variant.flags)]);

export interface Surface {
  /** Before the command. */
  readonly flags: readonly Flag[];
  readonly subcommands: readonly Subcommand[];
}

export function surfaceOf(commands: readonly Command[]): Surface {
  const names = [...commands.map(({ name }) => name), 'help'];
  const help: Subcommand = {
    name: 'help',
    usage: 'help [command]',
    help: 'Shows all flags, or what one of these commands takes.',
    words: names,
    takesCommand: false,
    flags: [],
    variants: [],
  };
  return { flags: LONG_FLAGS.map(runFlag), subcommands: [...commands.map(subcommand), help] };
}

const OWN_HELP: Record<string, string> = {
  command: 'run this line of shell instead of a command',
  cwd: 'run in this directory',
  help: 'show all flags',
  version: 'show the version',
  'no-wait': 'do not wait for the gate: the same as --wait 0',
};

function runFlag(flag: string): Flag {
  const row = Object.values(SETTING_ROWS).find(candidate => candidate.flag === flag);
  const short = shortOf(flag);
  return {
    names: [`--${flag}`, ...(short === undefined ? [] : [`-${short}`])],
    takes: isAlone(flag) ? 'nothing' : takesOf(flag, row && 'values' in row ? row.values : undefined),
    help: row?.help ?? OWN_HELP[flag] ?? '',
  };
}

const takesOf = (flag: string, values: Takes | undefined): Takes =>
  values ?? (flag === 'cwd' ? 'folder' : flag === 'crash-log' ? 'file' : 'text');

function subcommand(command: Command): Subcommand {
  const { name, usage, describe, words = [] } = command;
  const flags = flagsOf(command, []);
  const variants = words
    .map(word => ({ word, flags: flagsOf(command, [word]) }))
    .filter(variant => JSON.stringify(variant.flags) !== JSON.stringify(flags));
  const takesCommand = command.haltsAtWord !== undefined;
  return { name, usage, help: describe, words, takesCommand, flags, variants };
}

function flagsOf(command: Command, words: readonly string[]): Flag[] {
  // Before the options: this takes an option named help away.
  const bare = yargs([]).help(false).version(false).options(COMMON_OPTIONS);
  const parser = command.options(bare, words) as unknown as YargsInside;
  const { key, alias, boolean, hiddenOptions } = parser.getOptions();
  const helps = parser.getInternalMethods().getUsageInstance().getDescriptions();
  const shorts = new Set(Object.values(alias).flat());
  return Object.keys(key)
    .filter(flag => !shorts.has(flag) && !hiddenOptions.includes(flag))
    .map(flag => ({
      names: [flag, ...(alias[flag] ?? [])].map(text => (text.length === 1 ? `-${text}` : `--${text}`)),
      takes: boolean.includes(flag) ? ('nothing' as const) : valuesOf(flag),
      help: helps[flag] ?? '',
    }));
}

/** Flags that a subcommand shares with a run take what they take there. */
function valuesOf(flag: string): Takes {
  const row = Object.values(SETTING_ROWS).find(candidate => candidate.flag === flag);
  return takesOf(flag, row && 'values' in row ? row.values : undefined);
}

/** What yargs knows and its types do not say. */
export interface YargsInside {
  getOptions(): {
    readonly key: Readonly<Record<string, unknown>>;
    readonly alias: Readonly<Record<string, readonly string[]>>;
    readonly boolean: readonly string[];
    readonly hiddenOptions: readonly string[];
  };
  getInternalMethods(): {
    getUsageInstance(): { getDescriptions(): Readonly<Record<string, string | undefined>> };
  };
}
