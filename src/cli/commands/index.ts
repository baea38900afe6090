// The subcommands, one file each. yargs reads their words and writes their help; it is loaded for them and
// for nothing else.

import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import type { PlaceOptions } from '../../index.ts';
import { answer, say } from '../report/screen.ts';
import type { YargsInside } from '../surface.ts';
import type { Call } from '../words.ts';
import { yargs } from '../yargs.ts';
import { batchCommand } from './batch.ts';
import { cancelCommand } from './cancel.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import { completionCommand } from './completion.ts';
import { delegateCommand } from './delegate.ts';
import { doctorCommand } from './doctor.ts';
import { mainHelp } from './help.ts';
import { historyCommand } from './history.ts';
import { holdCommand } from './hold.ts';
import { initCommand } from './init.ts';
import { killAllCommand } from './kill-all.ts';
import { memoryCommand } from './memory.ts';
import { planCommand } from './plan.ts';
import { releaseCommand } from './release.ts';
import { queueCommand, statusCommand } from './status.ts';
import { versionText } from './version.ts';

export const COMMANDS: readonly Command[] = [
  statusCommand,
  queueCommand,
  cancelCommand,
  killAllCommand,
  holdCommand,
  releaseCommand,
  historyCommand,
  batchCommand,
  memoryCommand,
  planCommand,
  delegateCommand,
  initCommand,
  doctorCommand,
  completionCommand(() => COMMANDS),
];

const USAGE_EXIT = 125;

/**
 * Runs everything that is not a command to be gated.
 * @returns the exit code
 * @throws SeqxError for words that are not understood
 */
export async function runSubcommand(call: Call): Promise<number> {
  const [name, ...words] = call.words;
  switch (call.kind) {
    case 'version':
      answer(versionText());
      return 0;
    case 'nothing':
      say(mainHelp(COMMANDS));
      return USAGE_EXIT;
    case 'help':
      return name === undefined ? printHelp([]) : printHelp([name]);
    default:
      return name === 'help' ? printHelp(words) : dispatch(name ?? '', words, call);
  }
}

async function printHelp([name, ...words]: readonly string[]): Promise<number> {
  const command = COMMANDS.find(candidate => candidate.name === name);
  if (name !== undefined && name !== 'help' && !command) {
    const names = COMMANDS.map(candidate => candidate.name);
    const guess = nearest(name, names);
    throw new SeqxError(
      'SEQX_USAGE_INVALID',
      `seqx has no command ${name}${guess ? `; did you mean ${guess}?` : ''}`,
    );
  }
  answer(command ? await parserFor(command, [], words).getHelp() : mainHelp(COMMANDS));
  return 0;
}

async function dispatch(name: string, words: readonly string[], call: Call): Promise<number> {
  const command = COMMANDS.find(candidate => candidate.name === name);
  if (!command) throw new SeqxError('SEQX_USAGE_INVALID', `seqx has no command ${name}`);
  const parser = parserFor(command, words);
  const args = await parser.parseAsync();
  refuseValues(command, ownWords(command, words, args), parser);
  if (args.help === true) return printHelp([name, ...words]);
  refuseForeignFlags(command, call.flags);
  const cwd = single(args, 'cwd');
  const flags: Record<string, string> = { ...call.flags };
  for (const flag of ['scope', 'lock']) {
    const value = single(args, flag);
    if (value !== undefined) flags[flag] = value;
  }
  const directory = cwd ?? call.cwd;
  const place: PlaceOptions = { flags, ...(directory === undefined ? {} : { cwd: directory }) };
  return command.run(args, place);
}

/** @throws SeqxError SEQX_USAGE_INVALID for a flag that was given more than once */
function single(args: Record<string, unknown>, flag: string): string | undefined {
  const value = args[flag];
  if (value === undefined || typeof value === 'string') return value;
  throw new SeqxError('SEQX_USAGE_INVALID', `--${flag} was given more than once`);
}

/** @throws SeqxError SEQX_USAGE_INVALID for a flag of a run that means nothing to a subcommand */
function refuseForeignFlags(command: Command, flags: Readonly<Record<string, string>>): void {
  const known = ['scope', 'lock', ...(command.settings ?? [])];
  const foreign = Object.keys(flags).find(flag => !known.includes(flag));
  if (foreign === undefined) return;
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    `seqx ${command.name} does not take --${foreign}; to run a program named ${command.name}, write: seqx --${foreign} … -- ${command.name}`,
    `seqx help ${command.name}`,
  );
}

/** The words that are the subcommand's own, without those of a command that it takes. */
function ownWords(
  command: Command,
  words: readonly string[],
  { _: rest }: Record<string, unknown>,
): string[] {
  const halts = command.haltsAtWord?.(words) === true && Array.isArray(rest);
  const own = halts ? words.slice(0, words.length - rest.length) : [...words];
  return own.includes('--') ? own.slice(0, own.indexOf('--')) : own;
}

/**
 * To yargs every value of a yes-or-no flag that is not `true` means no: `--print=yes` would write.
 * @throws SeqxError SEQX_USAGE_INVALID
 */
function refuseValues({ name }: Command, words: readonly string[], parser: Argv): void {
  const { boolean } = insideOf(parser).getOptions();
  for (const word of words) {
    const [, dashes = '', flag = '', value = ''] = /^(--?)([\w-]+)=(.*)$/s.exec(word) ?? [];
    if (!boolean.includes(flag) || ['true', 'false'].includes(value)) continue;
    throw new SeqxError(
      'SEQX_USAGE_INVALID',
      `${name}: ${dashes}${flag} takes no value`,
      `seqx help ${name}`,
    );
  }
}

/** @param topic words that the help is about, where they are not to be read */
function parserFor(command: Command, words: readonly string[], topic = words): Argv {
  const parser = yargs([...words])
    .scriptName(`seqx ${command.name}`)
    // Its words for mistakes are read below, and its headings stand beside ours.
    .locale('en')
    .usage(`seqx ${command.usage}\n\n${command.describe}`)
    .parserConfiguration({
      'parse-positional-numbers': false,
      'parse-numbers': false,
      'boolean-negation': false,
      'greedy-arrays': false,
      'halt-at-non-option': command.haltsAtWord?.(words) ?? false,
    })
    // Before the options: this takes an option named help away.
    .help(false)
    .version(false)
    .options(COMMON_OPTIONS)
    .exitProcess(false)
    .strictOptions()
    .fail((message, error) => {
      // yargs has an error of its own for a flag without its value.
      throw error && error.name !== 'YError' ? error : misread(message, command, parser);
    });
  const built = command.options(parser, topic);
  return command.takesWords ? built : built.demandCommand(0, 0, '', `seqx ${command.name} takes no words`);
}

function misread(message: string, command: Command, parser: Argv): SeqxError {
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(', ')[0];
  const hint = `seqx help ${command.name}`;
  if (unknown === undefined) return new SeqxError('SEQX_USAGE_INVALID', `${command.name}: ${message}`, hint);
  if (command.settings?.includes(unknown)) {
    const before = `seqx --${unknown} … ${command.name} …`;
    return new SeqxError('SEQX_USAGE_INVALID', `--${unknown} goes before ${command.name}`, before);
  }
  // A letter is near to every other letter.
  const known = Object.keys(insideOf(parser).getOptions().key).filter(flag => flag.length > 1);
  const guess = unknown.length > 1 ? nearest(unknown, known) : undefined;
  const flag = unknown.length === 1 ? `-${unknown}` : `--${unknown}`;
  return new SeqxError(
    'SEQX_USAGE_INVALID',
    `${command.name}: unknown flag ${flag}${guess ? `; did you mean --${guess}?` : ''}`,
    hint,
  );
}

const insideOf = (parser: Argv): YargsInside => parser as unknown as YargsInside;
