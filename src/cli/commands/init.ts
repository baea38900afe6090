// `seqx init <integration>`: sends make, npm, git hooks and the like through the gate without anyone typing
// seqx, and takes it away again. Each integration has its own flags; the table of them is the help.

import { relative } from 'node:path';
import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import {
  type FileChange,
  INTEGRATIONS,
  type InitReport,
  type Integration,
  init,
  integrationNamed,
} from '../../index.ts';
import { showDiff } from '../report/diff.ts';
import { answer, say } from '../report/screen.ts';
import { entry, wrap } from '../report/wrap.ts';
import type { Command } from './command.ts';

export const initCommand: Command = {
  name: 'init',
  usage: 'init [integration]',
  describe: 'Sends make, npm, git hooks … through the gate by themselves, and takes that away again.',
  takesWords: true,
  words: INTEGRATIONS.map(({ name }) => name),
  options: (parser: Argv, words = []) => {
    const name = integrationIn(words);
    const common = parser
      .hide('scope')
      .hide('lock')
      .options({
        remove: { type: 'boolean', describe: 'take it away again' },
        print: { type: 'boolean', describe: 'show what would change, change nothing' },
      });
    return name === undefined ? common.epilogue(integrationTable()) : ownHelp(common, integrationNamed(name));
  },
  run: async (args, place) => {
    const foreign = ['scope', 'lock'].find(flag => args[flag] !== undefined);
    if (foreign !== undefined) throw usage(`init: a --${foreign} means nothing here`);
    const [name, ...words] = (args._ as unknown[]).map(String);
    if (name === undefined) {
      if (args.remove || args.print) throw usage('init: which integration?');
      answer(integrationTable());
      return 0;
    }
    const isPreview = Boolean(args.print);
    const isRemoval = Boolean(args.remove);
    const report = await init(name, { ...place, words, options: args, isRemoval, isPreview });
    if (isPreview) showPreview(report);
    else showDone(report, place.cwd ?? process.cwd());
    if (report.answer !== undefined) answer(report.answer);
    return 0;
  },
};

/** The first word that is neither a flag nor the value of one that every command takes. */
function integrationIn(words: readonly string[]): string | undefined {
  const takesValue = ['--cwd', '--scope', '--lock'];
  return words.find((word, at) => !word.startsWith('-') && !takesValue.includes(words[at - 1] ?? ''));
}

function ownHelp(parser: Argv, integration: Integration): Argv {
  const { usage: own, describe, touches, options } = integration;
  return parser
    .usage(null as unknown as string)
    .usage(`seqx init ${own}\n\n${describe}\nChanges: ${touches}`)
    .options(options);
}

const integrationTable = (): string =>
  [
    'Integrations, and what each changes:',
    ...INTEGRATIONS.flatMap(({ usage: own, describe, touches }) => [
      '',
      `  seqx init ${own}`,
      ...wrap(describe, { indent: 6 }),
      ...entry('      changes:', touches, { indent: 15 }),
    ]),
    '',
    ...wrap('Every one takes --print (show, change nothing) and --remove (every byte as it was before).'),
    'Its own flags: seqx init make --help',
  ].join('\n');

function showPreview({ changes, integration }: InitReport): void {
  if (changes.length === 0) say(`seqx: ${integration}: nothing would change\n`);
  else answer(changes.map(showDiff).join('\n'));
}

function showDone({ integration, changes, notes, isRemoval }: InitReport, cwd: string): void {
  for (const change of changes) say(`seqx: ${integration}: ${verbFor(change)} ${shown(change.path, cwd)}\n`);
  if (changes.length === 0) {
    say(`seqx: ${integration}: ${isRemoval ? 'nothing of it is here' : 'already set up'}, nothing changed\n`);
  }
  for (const note of notes) say(`  ${note}\n`);
}

function verbFor({ before, after }: FileChange): string {
  if (before === undefined) return 'wrote';
  return after === undefined ? 'removed' : 'changed';
}

/** Short where it can be: paths below the directory of the call are shown from there. */
function shown(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith('..') ? path : short;
}

const usage = (message: string): SeqxError =>
  new SeqxError('SEQX_USAGE_INVALID', message, 'seqx init   (what there is, and what each changes)');
