// `seqx history`: what ran here, how long it waited and ran, what it used, how it ended.

import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { showCommand } from '../../base/text.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import { history, type JournalEntry } from '../../index.ts';
import { answer, say } from '../report/screen.ts';
import { table } from '../report/status-text.ts';
import type { Command } from './command.ts';

const DEFAULT_LAST = 20;

export const historyCommand: Command = {
  name: 'history',
  usage: 'history [-n COUNT] [--json]',
  describe: 'Shows the latest runs of this gate: waited, ran, peak memory and outcome.',
  options: (parser: Argv) =>
    parser.options({
      last: { type: 'string', alias: 'n', describe: `how many; ${DEFAULT_LAST} by default` },
      json: { type: 'boolean', describe: 'one JSON object a line, oldest first' },
    }),
  run: async (args, place) => {
    const entries = await history({ ...place, last: readCount(args.last) });
    if (args.json === true) {
      if (entries.length > 0) answer(entries.map(entry => JSON.stringify(entry)).join('\n'));
    } else if (entries.length === 0) {
      say('seqx: nothing has run here yet\n');
    } else {
      answer(table([HEADER, ...entries.map(row)]).join('\n'));
    }
    return 0;
  },
};

/** @throws SeqxError SEQX_USAGE_INVALID */
function readCount(text: unknown): number {
  if (text === undefined) return DEFAULT_LAST;
  if (typeof text === 'string' && /^\d{1,9}$/.test(text)) return Number(text);
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    `-n takes a whole number, not ${JSON.stringify(text)}`,
    'seqx history -n 50',
  );
}

const HEADER = ['ENDED', 'WAITED', 'RAN', 'PEAK', 'OUTCOME', 'COMMAND'];

const row = (entry: JournalEntry): string[] => [
  new Date(entry.endedAt).toLocaleString('sv-SE'),
  formatDuration(entry.waitedMs),
  formatDuration(entry.ranMs),
  entry.peakBytes === null ? '-' : formatBytes(entry.peakBytes),
  outcomeOf(entry),
  showCommand(entry.argv),
];

const outcomeOf = (entry: JournalEntry): string =>
  entry.bypassed ? `${endOf(entry)}, bypassed` : endOf(entry);

function endOf({ outcome, exitCode, signal }: JournalEntry): string {
  if (outcome === 'exited') return exitCode === 0 ? 'ok' : `exit ${exitCode}`;
  return outcome === 'signalled' && signal !== null ? signal : outcome;
}
