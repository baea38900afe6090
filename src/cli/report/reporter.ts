// Who listens to a run: the printer, and what the CI system around us gets besides.

import type { SeqxEvent } from '../../base/events.ts';
import { Printer } from './printer.ts';
import { say } from './screen.ts';
import { workflowCommand } from './workflow-command.ts';

const isGithub = (): boolean => process.env.GITHUB_ACTIONS === 'true';

type Listener = (event: SeqxEvent) => void;
type PrinterOptions = ConstructorParameters<typeof Printer>[0];

/** @param options.mayRewrite as for the printer */
export const reporter = async (options?: PrinterOptions): Promise<Listener> => (await reporters(options))();

/** For several runs in one process: each call makes a listener for one of them. */
export async function reporters(options?: PrinterOptions): Promise<() => Listener> {
  if (!isGithub()) return () => new Printer(options).onEvent;
  const { GithubReport } = await import('./github-report.ts');
  return () => {
    const { onEvent } = new Printer();
    const github = new GithubReport(process.env);
    return event => {
      onEvent(event);
      github.onEvent(event);
    };
  };
}

/** seqx itself failed, perhaps before there was a run to listen to. */
export function sayFailure(text: string): void {
  say(`seqx: ${text}\n`);
  if (isGithub()) say(workflowCommand('error', text));
}
