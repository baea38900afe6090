// `seqx delegate`: has the agents of the configuration do a task, one run through the gate for each.

import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import type { SeqxEvent } from '../../base/events.ts';
import { SETTING_FLAGS } from '../../base/settings.ts';
import {
  type DelegateOptions,
  type DelegationNews,
  type DelegationReport,
  delegate,
  inheritedDescriptors,
  leaveAs,
  previewDelegation,
  resumeDelegation,
} from '../../index.ts';
import { newsText, previewText, verdictText } from '../report/delegation-text.ts';
import { spokenLevels } from '../report/lines.ts';
import { reporters } from '../report/reporter.ts';
import { answer, say } from '../report/screen.ts';
import type { Command } from './command.ts';
import { taskOf } from './plan.ts';

export const delegateCommand: Command = {
  name: 'delegate',
  usage: 'delegate [--dry-run] "task" | --resume [id]',
  describe:
    'Has agents do a task: the primary one first, then those that come after it, as `seqx plan` says.',
  takesWords: true,
  settings: SETTING_FLAGS.filter(flag => !['scope', 'lock'].includes(flag)),
  options: (parser: Argv) =>
    parser.options({
      resume: {
        type: 'string',
        describe: 'take up the latest unfinished one, or this; who has succeeded is not run again',
      },
      'dry-run': { type: 'boolean', describe: 'show who would run, run nobody' },
    }),
  run: async (args, place) => {
    const what = whatToDo(args);
    if (args['dry-run'] === true) {
      answer(previewText(await previewDelegation(what, place)));
      return 0;
    }
    const teller = new Teller(await reporters());
    const options: DelegateOptions = {
      ...place,
      descriptors: await inheritedDescriptors([]),
      takeSignals: true,
      onNews: teller.onNews,
      onEvent: teller.onEvent,
    };
    const report =
      'id' in what ? await resumeDelegation(what.id, options) : await delegate(what.task, options);
    teller.conclude(report);
    const { stoppedBy, exitCode } = report;
    if (stoppedBy !== undefined) await leaveAs({ exitCode, signal: stoppedBy });
    return exitCode;
  },
};

/** @throws SeqxError SEQX_USAGE_INVALID */
function whatToDo(args: Record<string, unknown>): { task: string } | { id: string | undefined } {
  const { resume } = args;
  if (resume === undefined) return { task: taskOf(args, 'delegate') };
  if (typeof resume === 'string' && (args._ as unknown[]).length === 0) return { id: resume || undefined };
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    'delegate takes a task, or --resume with one id or none',
    'seqx delegate --resume',
  );
}

/** Says what goes on: headings and the verdict between what the printers say of the runs. */
class Teller {
  readonly #newPrinter: () => (event: SeqxEvent) => void;
  readonly #printers = new Map<string, (event: SeqxEvent) => void>();
  #isQuiet = false;
  /** Where stderr is JSON, it stays JSON. */
  #isJson = false;
  /** Agents that run side by side: their lines say whose they are. */
  #besideOthers: readonly string[] = [];

  constructor(newPrinter: () => (event: SeqxEvent) => void) {
    this.#newPrinter = newPrinter;
  }

  readonly onNews = (news: DelegationNews): void => {
    if (news.type === 'delegation-started') {
      this.#isQuiet = !spokenLevels(news.settings).has('normal');
      this.#isJson = news.settings.progress === 'json';
      this.#besideOthers = news.delegation.stages.filter(stage => stage.length > 1).flat();
    }
    if (news.type === 'delegation-failed') this.conclude(news.report);
    if (news.type === 'agent-started') this.#printers.set(news.agent, this.#newPrinter());
    const text = newsText(news);
    if (text !== undefined && !this.#isQuiet && !this.#isJson) say(`seqx: ${text}\n`);
  };

  readonly onEvent = (event: SeqxEvent, agent: string): void => {
    const isNamed = event.type === 'gate-opened' && !this.#isJson && this.#besideOthers.includes(agent);
    this.#printers.get(agent)?.(isNamed ? { ...event, gate: `${event.gate} (${agent})` } : event);
  };

  /** A failure is said even with --quiet. */
  conclude(report: DelegationReport): void {
    if (!this.#isJson && (!this.#isQuiet || !report.isComplete)) say(verdictText(report));
  }
}
