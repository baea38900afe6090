// `seqx completion bash|zsh|fish`: prints the script that teaches a shell our words and the wrapped command's.

import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { zshScript } from '../completion/zsh.ts';
import { answer } from '../report/screen.ts';
import { surfaceOf } from '../surface.ts';
import type { Command } from './command.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
const SHELLS = Object.keys(SCRIPTS);

/** @param commands all commands, this one among them */
export const completionCommand = (commands: () => readonly Command[]): Command => ({
  name: 'completion',
  usage: 'completion bash|zsh|fish',
  describe: 'Prints a completion script for a shell; the script says where to put it.',
  takesWords: true,
  words: SHELLS,
  options: (parser: Argv) => parser,
  run: async args => {
    const [shell = '', ...more] = (args._ as unknown[]).map(String);
    const script = Object.entries(SCRIPTS).find(([name]) => name === shell)?.[1];
    if (script === undefined || more.length > 0) {
      const guess = nearest(shell, SHELLS) ?? 'bash';
      throw new SeqxError(
        'SEQX_USAGE_INVALID',
        'completion takes bash, zsh or fish',
        `seqx completion ${guess}`,
      );
    }
    answer(script(surfaceOf(commands())));
    return 0;
  },
});
