// `seqx release [token]`: gives back what `seqx hold` has taken, before its owner ends.

import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { release } from '../../index.ts';
import { say } from '../report/screen.ts';
import type { Command } from './command.ts';

export const releaseCommand: Command = {
  name: 'release',
  usage: 'release [token]',
  describe: 'Gives back a gate that `seqx hold` has taken; by default the one held around this process.',
  takesWords: true,
  options: (parser: Argv) => parser,
  run: async (args, place) => {
    const words = (args._ as unknown[]).map(String);
    if (words.length > 1) {
      throw new SeqxError('SEQX_USAGE_INVALID', 'release takes one token', 'seqx release "$TOKEN"');
    }
    const { was, pid } = await release(words[0], place);
    if (was === 'nested')
      say(`seqx: the gate belongs to the run of pid ${pid} around this one and stays its own\n`);
    return 0;
  },
};
