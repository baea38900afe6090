// `seqx kill-all`: shows what it would end, asks, ends it, and says what needed SIGKILL.

import { createInterface } from 'node:readline/promises';
import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { count, showCommand } from '../../base/text.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import { type KillPlan, killAll, type PlaceOptions, planKillAll } from '../../index.ts';
import { answer, isTerminal, say } from '../report/screen.ts';
import { table } from '../report/status-text.ts';
import type { Command } from './command.ts';

export const killAllCommand: Command = {
  name: 'kill-all',
  usage: 'kill-all [--dry-run] [--yes] [--all-projects]',
  describe: 'Ends every run and waiter of this project and what dead runs left behind; touches nobody else.',
  settings: ['kill-grace'],
  options: (parser: Argv) =>
    parser.options({
      'dry-run': { type: 'boolean', alias: 'n', describe: 'only show what would be ended' },
      yes: { type: 'boolean', alias: 'y', describe: 'do not ask; needed without a terminal' },
      'all-projects': { type: 'boolean', describe: 'every project of this user' },
    }),
  run: async (args, place) => {
    const options = { ...place, allProjects: args['all-projects'] === true };
    const plans = (await planKillAll(options)).filter(plan => size(plan) + plan.stale > 0);
    if (plans.length === 0) {
      say('seqx: nothing to end\n');
      return 0;
    }
    const preview = plans.map(planText).join('\n');
    if (args['dry-run'] === true) {
      answer(preview);
      return 0;
    }
    say(`${preview}\n`);
    const total = plans.reduce((sum, plan) => sum + size(plan), 0);
    if (total > 0 && args.yes !== true && !(await isConfirmed())) {
      say('seqx: nothing was ended\n');
      return 1;
    }
    return execute(options);
  },
};

const size = (plan: KillPlan): number => plan.running.length + plan.queue.length + plan.leftovers.length;

async function execute(options: PlaceOptions & { allProjects: boolean }): Promise<number> {
  const { ended, killed, survivors, cleared } = await killAll(options);
  const parts = [
    `ended ${count(ended, 'process', 'processes')}`,
    killed.length > 0 ? `${killed.length} needed SIGKILL (pid ${killed.join(', ')})` : '',
    cleared > 0 ? `cleared ${count(cleared, 'stale file')}` : '',
  ].filter(part => part !== '');
  say(`seqx: ${parts.join('; ')}\n`);
  if (survivors.length === 0) return 0;
  say(`seqx: could not end pid ${survivors.join(', ')}\n`);
  return 1;
}

/** @throws SeqxError SEQX_CONFIRM_MISSING without a terminal: nothing is ended by accident */
async function isConfirmed(): Promise<boolean> {
  if (!isTerminal(0) || !isTerminal(2)) {
    throw new SeqxError(
      'SEQX_CONFIRM_MISSING',
      'kill-all needs --yes where there is no terminal to ask on; nothing was ended',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('End all of these? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

function planText(plan: KillPlan): string {
  const head = [
    `${plan.running.length} running`,
    `${plan.queue.length} waiting`,
    plan.leftovers.length > 0
      ? `${count(plan.leftovers.length, 'process', 'processes')} left by ended runs`
      : '',
    plan.stale > 0 ? `${count(plan.stale, 'stale file')}` : '',
  ].filter(part => part !== '');
  const rows = [
    ...plan.running.map(run => [
      run.state === 'dead' ? '  dead' : '  running',
      `pid ${run.pid}`,
      showCommand(run.command),
      run.heldMs === null ? '' : formatDuration(run.heldMs),
      run.memory
        ? `${formatBytes(run.memory.bytes)}  ${count(run.memory.processes, 'process', 'processes')}`
        : '',
    ]),
    ...plan.queue.map(waiter => [
      '  waiting',
      `pid ${waiter.pid}`,
      showCommand(waiter.command),
      formatDuration(waiter.waitedMs),
      '',
    ]),
    ...plan.leftovers.map(({ pid, command }) => ['  leftover', `pid ${pid}`, showCommand(command), '', '']),
  ];
  return [`seqx: kill-all ${plan.gate.name}: ${head.join(', ')}`, ...table(rows)].join('\n');
}
