// Who listens to a run: the printer, and what the CI system around us gets besides.

import type { SeqxEvent } from '../../base/events.ts';
import { Printer } from './printer.ts';
import { say } from './screen.ts';
import { workflowCommand } from './workflow-command.ts';

const isGithub = (): boolean => process.env.GITHUB_ACTIONS === 'true';

/** @param options.mayRewrite as for the printer */
export async function reporter(options?: {
  readonly mayRewrite: boolean;
}): Promise<(event: SeqxEvent) => void> {
  const { onEvent } = new Printer(options);
  if (!isGithub()) return onEvent;
  const { GithubReport } = await import('./github-report.ts');
  const github = new GithubReport(process.env);
  return event => {
    onEvent(event);
    github.onEvent(event);
  };
}

/** seqx itself failed, perhaps before there was a run to listen to. */
export function sayFailure(text: string): void {
  say(`seqx: ${text}\n`);
  if (isGithub()) say(workflowCommand('error', text));
}
