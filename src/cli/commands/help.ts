// The main help, made from the tables: every flag and subcommand appears because it exists.

import { environmentName, SETTING_ROWS } from '../../base/settings.ts';
import { table } from '../report/status-text.ts';
import type { Command } from './command.ts';

export function mainHelp(commands: readonly Command[]): string {
  return [
    'seqx [flags] [--] command [args…]     run one heavy command at a time per project',
    "seqx [flags] -c 'string'              the same for a line of shell",
    '',
    'Waits for its turn, first come first served, lets a running git operation finish, runs the command',
    'as if seqx were not there, and keeps its whole process tree under a memory limit.',
    '',
    'Commands',
    ...table(commands.map(({ usage, describe }) => [`  seqx ${usage}`, describe])),
    '  seqx -- status                        run a program that is named like one of these',
    '',
    'Flags (each also as an environment variable and in seqx.toml)',
    ...table(
      Object.values(SETTING_ROWS).map(({ flag, help, shown }) => [
        `  --${flag}`,
        `${help} [${shown}]`,
        environmentName(flag),
      ]),
    ),
    '  --no-wait, -E N, -q, -v               short for --wait 0, --conflict-exit-code N, --quiet, --verbose',
    '  --cwd DIR                             run in this directory',
    '  -h, --help; -V, --version',
    '',
    'Exit codes: the command’s own; 75 it did not run, 124 --timeout, 125 seqx failed, 126 not executable,',
    '127 not found, 137 ended for its memory.',
    '',
  ].join('\n');
}
