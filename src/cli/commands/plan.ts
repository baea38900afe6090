// `seqx plan`: which agents a task is for, and in which way.

import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { escapeUnprintable } from '../../base/text.ts';
import { plan } from '../../index.ts';
import { planText } from '../report/delegation-text.ts';
import { answer, isTerminal } from '../report/screen.ts';
import type { Command } from './command.ts';

export const planCommand: Command = {
  name: 'plan',
  usage: 'plan [--plain] "task"',
  describe: 'Shows which agents of the configuration a task is for, in which order, and why, as JSON.',
  takesWords: true,
  options: (parser: Argv) =>
    parser
      .options({
        plain: { type: 'boolean', describe: 'the same as lines for people' },
        json: { type: 'boolean', describe: 'JSON, as without it: for those who always say so' },
      })
      .conflicts({ plain: 'json' }),
  run: async (args, place) => {
    const made = await plan(taskOf(args, 'plan'), place);
    answer(
      args.plain === true
        ? planText(made)
        : escapeUnprintable(JSON.stringify(made, null, isTerminal(1) ? 2 : undefined)),
    );
    return 0;
  },
};

/**
 * The task, quoted as one word or not.
 * @throws SeqxError SEQX_USAGE_INVALID when there is none
 */
export function taskOf(args: Record<string, unknown>, command: string): string {
  const words = (args._ as unknown[]).map(String);
  if (words.length > 0) return words.join(' ');
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    `${command} takes a task`,
    `seqx ${command} "Add Button component"`,
  );
}
