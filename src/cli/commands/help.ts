// The main help, made from the tables: every flag and subcommand appears because it exists. It fits into 80 columns.

import { SETTING_ROWS } from '../../base/settings.ts';
import { entry, wrap } from '../report/wrap.ts';
import type { Command } from './command.ts';

const TEXT_COLUMN = 26;

export function mainHelp(commands: readonly Command[]): string {
  return [
    'seqx [flags] [--] command [args…]    run one heavy command at a time per project',
    "seqx [flags] -c 'string'             the same for a line of shell",
    '',
    ...wrap(
      'Waits for its turn, first come first served, lets a running git operation finish, runs the command ' +
        'as if seqx were not there, and keeps its whole process tree under a memory limit.',
    ),
    '',
    'Commands (seqx help COMMAND says more)',
    ...commands.flatMap(({ usage, describe }) => [
      ...entry('  seqx', usage, { indent: 7 }),
      ...wrap(describe, { indent: 6 }),
    ]),
    '  seqx -- status',
    '      Runs a program that is named like one of these.',
    '',
    'Flags (also in the environment and in seqx.toml: SEQX_KILL_GRACE, kill-grace)',
    ...settingFlags(),
    ...flag('--no-wait', 'short for --wait 0'),
    ...flag('-E N, -q, -v', 'short for --conflict-exit-code N, --quiet, --verbose'),
    ...flag('--cwd DIR', 'run in this directory'),
    '  -h, --help; -V, --version',
    '',
    ...wrap(
      'Exit codes: the command’s own; 75 it did not run, 124 --timeout, 125 seqx failed, ' +
        '126 not executable, 127 not found, 137 ended for its memory.',
    ),
    '',
  ].join('\n');
}

const flag = (name: string, text: string): string[] => entry(`  ${name}`, text, { indent: TEXT_COLUMN });

const settingFlags = (): string[] =>
  Object.values(SETTING_ROWS).flatMap(row => {
    const values: readonly string[] = 'values' in row && Array.isArray(row.values) ? row.values : [];
    const others = values.filter(value => value !== row.shown).join(', ');
    return flag(`--${row.flag}`, `${row.help} [${row.shown}${others === '' ? '' : `; or ${others}`}]`);
  });
