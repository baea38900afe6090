// `seqx hold`: takes the gate on behalf of the calling process. Its usual words do not come this way (main.ts).

import type { Argv } from 'yargs';
import { SETTING_FLAGS } from '../../base/settings.ts';
import { holdGate, parsePid } from '../hold-gate.ts';
import type { Command } from './command.ts';

export const holdCommand: Command = {
  name: 'hold',
  usage: 'hold [--pid PID]',
  describe:
    'Takes the gate for the calling process (or PID) until that ends; prints the value for SEQX_RUN and returns.',
  settings: SETTING_FLAGS,
  options: (parser: Argv) =>
    parser.options({ pid: { type: 'string', describe: 'who shall hold it; the parent process by default' } }),
  run: async (args, place) => {
    await holdGate(args.pid === undefined ? undefined : parsePid(String(args.pid)), place);
    return 0;
  },
};
