// Words in, call out: which flags are seqx's, where the command begins. Pure and strict. Everything from
// the first word that is no flag, or after `--`, belongs to the command untouched: yargs would turn `1e3`
// into 1000 even there.

import { SeqxError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { SETTING_FLAGS } from '../base/settings.ts';

export interface Call {
  readonly kind: 'run' | 'subcommand' | 'help' | 'version' | 'nothing';
  /** Setting flags with their texts, by name without dashes. */
  readonly flags: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  /** The string given by -c. */
  readonly line: string | undefined;
  /** The command's words, or a subcommand and its own words. */
  readonly words: readonly string[];
}

export const SUBCOMMANDS = [
  'status',
  'queue',
  'cancel',
  'kill-all',
  'hold',
  'release',
  'history',
  'batch',
  'memory',
  'plan',
  'delegate',
  'init',
  'doctor',
  'completion',
  'help',
] as const;

const YES_NO_FLAGS = new Set(['bypass', 'exclusive', 'quiet', 'settle', 'verbose']);
/** Flags that need no value: which setting they give which text. */
const ALONE: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['bypass', ['bypass', 'yes']],
  ['exclusive', ['exclusive', 'yes']],
  ['quiet', ['quiet', 'yes']],
  ['settle', ['settle', 'yes']],
  ['verbose', ['verbose', 'yes']],
  ['no-quiet', ['quiet', 'no']],
  ['no-settle', ['settle', 'no']],
  ['no-verbose', ['verbose', 'no']],
  ['no-wait', ['wait', '0']],
  ['help', ['help', 'yes']],
  ['version', ['version', 'yes']],
]);
const SHORT: Record<string, string> = {
  c: 'command',
  E: 'conflict-exit-code',
  q: 'quiet',
  v: 'verbose',
  h: 'help',
  V: 'version',
};
const OWN_FLAGS = ['command', 'cwd', 'help', 'version'];

/** Every long flag that seqx takes before a command. */
export const LONG_FLAGS: readonly string[] = [...SETTING_FLAGS, ...OWN_FLAGS, 'no-wait'];

/** Whether a long flag stands alone; all others take the next word. */
export const isAlone = (flag: string): boolean => ALONE.has(flag);

/** The letter of a long flag that has one. */
export const shortOf = (flag: string): string | undefined =>
  Object.keys(SHORT).find(letter => SHORT[letter] === flag);

/** @throws SeqxError SEQX_USAGE_INVALID; the command is not run then */
export function readWords(argv: readonly string[]): Call {
  const flags: Record<string, string> = {};
  const words = [...argv];
  let isOpen = true;
  while (isOpen && words[0] !== undefined && words[0] !== '-' && words[0].startsWith('-')) {
    const word = words.shift() ?? '';
    if (word === '--') isOpen = false;
    else takeFlag(word, words, flags);
  }
  const { command: line, cwd, help, version, ...settings } = flags;
  const kind = kindOf(help, version, line, isOpen, words);
  if (line !== undefined && words.length > 0) {
    throw usage(
      `-c takes one string; ${JSON.stringify(words[0])} is one word too many`,
      "seqx -c 'one string'",
    );
  }
  return { kind, flags: settings, cwd, line, words };
}

function kindOf(
  help: string | undefined,
  version: string | undefined,
  line: string | undefined,
  isOpen: boolean,
  words: readonly string[],
): Call['kind'] {
  if (help !== undefined) return 'help';
  if (version !== undefined) return 'version';
  if (line !== undefined) return 'run';
  if (words.length === 0) return 'nothing';
  return isOpen && SUBCOMMANDS.some(name => name === words[0]) ? 'subcommand' : 'run';
}

function takeFlag(word: string, rest: string[], flags: Record<string, string>): void {
  const [name, inline] = nameFlag(word);
  const alone = ALONE.get(name);
  if (alone) {
    if (inline !== undefined && !YES_NO_FLAGS.has(name)) throw usage(`--${name} takes no value`);
    flags[alone[0]] = inline ?? alone[1];
    return;
  }
  if (!SETTING_FLAGS.includes(name) && !OWN_FLAGS.includes(name)) throw unknownFlag(word);
  const value = inline ?? rest.shift();
  if (value === undefined) throw usage(`${word} needs a value`, `seqx help   (what ${word} takes)`);
  flags[name] = value;
}

/** `--name=value`, `--name`, `-E 3`, `-E3`: the long name, and the value if it is in the same word. */
function nameFlag(word: string): [string, string | undefined] {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    return equals < 0 ? [word.slice(2), undefined] : [word.slice(2, equals), word.slice(equals + 1)];
  }
  const name = SHORT[word[1] ?? ''];
  if (name === undefined) throw unknownFlag(word);
  const attached = word.slice(2);
  if (attached === '') return [name, undefined];
  if (name === 'conflict-exit-code') return [name, attached];
  throw usage(`${word} is not a flag; write short flags one by one, as in -${word[1]} …`);
}

function unknownFlag(word: string): SeqxError {
  const name = word.replace(/^-+/, '').split('=')[0] ?? '';
  const guess = nearest(name, LONG_FLAGS);
  return usage(
    `unknown flag ${word.split('=')[0]}; ${guess ? `did you mean --${guess}? Nothing` : 'nothing'} was run`,
    `seqx help   (a flag of the command's own goes after its name)`,
  );
}

const usage = (message: string, hint?: string) => new SeqxError('SEQX_USAGE_INVALID', message, hint);
