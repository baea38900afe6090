// The main help, made from the tables: every flag and subcommand appears because it exists. It fits into 80 columns.

import { environmentName, SETTING_ROWS } from '../../base/settings.ts';
import { wrapText } from '../report/wrap-text.ts';
import type { Command } from './command.ts';

const COLUMNS = 80;
const FLAG_COLUMN = 26;
const USAGE_COLUMNS = COLUMNS - 6;

export function mainHelp(commands: readonly Command[]): string {
  return [
    'seqx [flags] [--] command [args…]    run one heavy command at a time per project',
    "seqx [flags] -c 'string'             the same for a line of shell",
    '',
    ...wrapText(
      'Waits for its turn, first come first served, lets a running git operation finish, runs the command as if seqx were not there, and keeps its whole process tree under a memory limit.',
      COLUMNS,
    ),
    '',
    'Commands (seqx help COMMAND says more)',
    ...commands.flatMap(({ usage, describe }) => [
      ...under('  ', wrapText(`seqx ${usage}`, USAGE_COLUMNS), '      '),
      ...under('      ', wrapText(describe, USAGE_COLUMNS)),
    ]),
    '  seqx -- status',
    '      run a program that is named like one of these',
    '',
    `Flags (each also in seqx.toml, and as a variable: --git-wait is ${environmentName('git-wait')})`,
    ...Object.values(SETTING_ROWS).flatMap(({ flag, help, shown }) =>
      flagLines(`--${flag}`, `${help} [${shown}]`),
    ),
    ...flagLines('--no-wait, -E N, -q, -v', 'short for --wait 0, --conflict-exit-code N, --quiet, --verbose'),
    ...flagLines('--cwd DIR', 'run in this directory'),
    '  -h, --help; -V, --version',
    '',
    ...wrapText(
      'Exit codes: the command’s own; 75 it did not run, 124 --timeout, 125 seqx failed, 126 not executable, 127 not found, 137 ended for its memory.',
      COLUMNS,
    ),
    '',
  ].join('\n');
}

const flagLines = (flag: string, text: string): string[] =>
  under(`  ${flag}`.padEnd(FLAG_COLUMN), wrapText(text, COLUMNS - FLAG_COLUMN), ' '.repeat(FLAG_COLUMN));

/** Lines behind a first word, those after the first indented. */
const under = (first: string, lines: readonly string[], rest = first): string[] =>
  lines.map((line, index) => `${index === 0 ? first : rest}${line}`);
