// `seqx batch`: a list of commands under one ticket, several at once.

import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import type { Argv } from 'yargs';
import { messageOf, SeqxError } from '../../base/errors.ts';
import { SETTING_FLAGS, SETTING_ROWS } from '../../base/settings.ts';
import { escapeUnprintable } from '../../base/text.ts';
import {
  type BatchEntry,
  batch,
  entryOfItem,
  inheritedDescriptors,
  leaveAs,
  type PlaceOptions,
  readList,
} from '../../index.ts';
import { BatchScreen } from '../report/batch-screen.ts';
import { reporter } from '../report/reporter.ts';
import { answer, isTerminal } from '../report/screen.ts';
import type { Command } from './command.ts';

const ITEMS = ':::';
const OUTPUTS = ['grouped', 'live', 'quiet'] as const;
type Output = (typeof OUTPUTS)[number];
const HINT = "seqx batch --jobs 2 ::: 'make lint' 'make test'   or   seqx batch list.txt";

export const batchCommand: Command = {
  name: 'batch',
  usage: 'batch [flags] [command …] ::: item …   or   batch [flags] [file | -]',
  describe:
    'Runs a list of commands as one run, several at once as memory allows: items after :::, or the lines of a file or of the standard input (shell, or NDJSON).',
  takesWords: true,
  haltsAtWord: words => words.includes(ITEMS),
  settings: SETTING_FLAGS.filter(flag => !['scope', 'lock'].includes(flag)),
  options: (parser: Argv) =>
    parser
      .options({
        jobs: { type: 'string', alias: 'j', describe: SETTING_ROWS.jobs.help },
        'keep-going': { type: 'boolean', alias: 'k', describe: 'go on after a failure; the default' },
        'fail-fast': { type: 'boolean', describe: 'start nothing more after a failure' },
        output: {
          type: 'string',
          choices: OUTPUTS,
          describe: 'grouped: whole, in order; live: line by line, named; quiet',
        },
        json: { type: 'boolean', describe: 'one JSON object, schema seqx.batch/1; the commands are quiet' },
      })
      .conflicts({ 'keep-going': 'fail-fast' }),
  run: async (args, place) => {
    const words = (args._ as unknown[]).map(String);
    const descriptors = await inheritedDescriptors(words);
    const list = await readWords(words);
    const isJson = args.json === true;
    const output = outputOf(args, isJson);
    const screen = new BatchScreen(await reporter(), {
      isTurnwise: output === 'grouped',
      hasTable: !isJson,
    });
    const report = await batch(list.entries, {
      ...withJobs(place, args),
      descriptors,
      takeSignals: true,
      label: ['seqx', 'batch', ...list.label],
      failFast: args['fail-fast'] === true,
      output,
      stdin: list.isFromStdin ? 'ignore' : 'inherit',
      sink: screen,
      onEvent: screen.onEvent,
      onProgress: screen.onProgress,
    });
    screen.conclude(report);
    if (isJson) answer(escapeUnprintable(JSON.stringify(report, null, isTerminal(1) ? 2 : undefined)));
    const { exitCode, signal } = report;
    if (signal !== null || screen.isOutputLost) await leaveAs({ exitCode, signal: signal ?? undefined });
    return exitCode;
  },
};

/** `--jobs` may stand before or after the name. */
function withJobs(place: PlaceOptions, { jobs }: Record<string, unknown>): PlaceOptions {
  if (jobs === undefined) return place;
  if (typeof jobs !== 'string') throw usage('--jobs was given more than once');
  return { ...place, flags: { ...place.flags, jobs } };
}

/** @throws SeqxError SEQX_USAGE_INVALID */
function outputOf({ output }: Record<string, unknown>, isJson: boolean): Output {
  const known = OUTPUTS.find(one => one === output);
  if (output !== undefined && known === undefined) throw usage('--output was given more than once');
  if (isJson && known !== undefined && known !== 'quiet') {
    throw usage(`--json has the standard output to itself; --output=${known} does not go with it`);
  }
  return isJson ? 'quiet' : (known ?? 'grouped');
}

interface List {
  readonly entries: readonly BatchEntry[];
  /** The words that say which it is. */
  readonly label: readonly string[];
  readonly isFromStdin: boolean;
}

/** @throws SeqxError SEQX_USAGE_INVALID, SEQX_BATCH_INVALID */
async function readWords(words: readonly string[]): Promise<List> {
  const at = words.indexOf(ITEMS);
  if (at >= 0) {
    const [command, items] = [words.slice(0, at), words.slice(at + 1)];
    if (items.length === 0) throw invalid(`there is nothing after ${ITEMS}`);
    return { entries: items.map(item => entryOfItem(command, item)), label: words, isFromStdin: false };
  }
  if (words.length > 1) {
    throw usage(`batch takes one file, or items after ${ITEMS}; ${JSON.stringify(words[1])} is neither`);
  }
  const [file = '-'] = words;
  const isFromStdin = file === '-';
  if (isFromStdin && words.length === 0 && isTerminal(0)) throw invalid('there is no list');
  const where = isFromStdin ? 'the standard input' : file;
  return { entries: readList(await readText(file, where), where), label: [file], isFromStdin };
}

async function readText(file: string, where: string): Promise<string> {
  const bytes = await readBytes(file).catch((error: unknown) => {
    throw invalid(`cannot read ${where}: ${messageOf(error)}`);
  });
  // Node would put other characters in its place, and other commands would be run.
  if (!isUtf8(bytes)) throw invalid(`${where} is not valid UTF-8`);
  return bytes.toString('utf8');
}

async function readBytes(file: string): Promise<Buffer> {
  if (file !== '-') return readFile(file);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const usage = (message: string) => new SeqxError('SEQX_USAGE_INVALID', message, HINT);
const invalid = (message: string) => new SeqxError('SEQX_BATCH_INVALID', `${message}; nothing was run`, HINT);
