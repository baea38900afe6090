// `seqx cancel <ticket>`: takes one waiter out of the queue, or ends one run.

import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { showCommand } from '../../base/text.ts';
import { cancel } from '../../index.ts';
import { say } from '../report/screen.ts';
import type { Command } from './command.ts';

export const cancelCommand: Command = {
  name: 'cancel',
  usage: 'cancel <ticket>',
  describe: 'Cancels one ticket of this gate, waiting or running; `seqx status` shows their names.',
  takesWords: true,
  settings: ['kill-grace'],
  options: (parser: Argv) => parser,
  run: async (args, place) => {
    const words = (args._ as unknown[]).map(String);
    const [name] = words;
    if (name === undefined || words.length > 1) {
      throw new SeqxError(
        'SEQX_USAGE_INVALID',
        'cancel takes one ticket',
        'seqx status   (shows the tickets)',
      );
    }
    const report = await cancel(name, place);
    const what = `pid ${report.pid} "${showCommand(report.command)}"`;
    if (report.survivors.length > 0) {
      say(`seqx: could not end ${what}: pids ${report.survivors.join(', ')} are left\n`);
      return 1;
    }
    const ended = report.was === 'waiting' ? 'took out of the queue' : 'ended';
    const killed = report.killed.length > 0 ? ` (${report.killed.length} needed SIGKILL)` : '';
    say(`seqx: ${ended} ${what}${killed}\n`);
    return 0;
  },
};
