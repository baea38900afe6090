// What GitHub Actions gets besides the usual lines: annotations, and a row in the step's summary. Loaded only
// where GITHUB_ACTIONS says so. Nothing here fails a run.

import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { messageOf } from '../../base/errors.ts';
import type { RunStats, SeqxEvent } from '../../base/events.ts';
import { exitCodeOf } from '../../base/outcome.ts';
import { endLine } from './endings.ts';
import { type Level, type Subject, spokenLevels, subjectOf } from './lines.ts';
import { say } from './screen.ts';
import { outcomeText, summaryAddition } from './step-summary.ts';
import { annotation, endAnnotation, gitNotice, waitNotice } from './workflow-command.ts';

type Of<T extends SeqxEvent['type']> = Extract<SeqxEvent, { type: T }>;

export class GithubReport {
  readonly #summaryPath: string | undefined;
  #subject: Subject = { gate: '', command: '' };
  #opened: Of<'gate-opened'> | undefined;
  #spoken: ReadonlySet<Level> = new Set();
  #waited: Of<'position'> | undefined;
  #git: Of<'git-waited'> | undefined;

  constructor({ GITHUB_STEP_SUMMARY }: NodeJS.ProcessEnv) {
    this.#summaryPath = GITHUB_STEP_SUMMARY || undefined;
  }

  readonly onEvent = (event: SeqxEvent): void => {
    switch (event.type) {
      case 'gate-opened':
        this.#open(event);
        break;
      case 'position':
        this.#waited = event;
        break;
      case 'git-waited':
        this.#git = event;
        break;
      case 'acquired':
        this.#notice(waitNotice(event.waitedMs, this.#waited?.holder, this.#subject));
        break;
      case 'started':
        this.#notice(this.#git && gitNotice(this.#git));
        break;
      case 'ended':
        this.#end(event);
        break;
      case 'failed':
        this.#summarize(undefined, `seqx failed: ${event.code ?? 'internal error'}`);
        break;
      default:
        this.#say(annotation(event, this.#subject, this.#spoken));
    }
  };

  #open(event: Of<'gate-opened'>): void {
    this.#opened = event;
    this.#subject = subjectOf(event);
    // Where stderr is JSON, it stays JSON.
    this.#spoken = event.settings.progress === 'json' ? new Set() : spokenLevels(event.settings);
  }

  #end(event: Of<'ended'>): void {
    if (this.#opened === undefined) return;
    const { outcome, stats } = event;
    const exitCode = exitCodeOf(outcome, this.#opened.settings.conflictExitCode);
    const line = endLine(outcome, stats, this.#waited?.holder, exitCode, this.#subject);
    this.#say(endAnnotation(event, line, this.#spoken));
    this.#summarize(stats, outcomeText(outcome, exitCode));
  }

  #notice(text: string | undefined): void {
    if (this.#spoken.has('normal')) this.#say(text);
  }

  #say(text: string | undefined): void {
    if (text !== undefined) say(text);
  }

  #summarize(stats: RunStats | undefined, outcome: string): void {
    if (this.#summaryPath === undefined || this.#opened === undefined) return;
    try {
      const facts = statSync(this.#summaryPath, { throwIfNoEntry: false });
      if (facts && !facts.isFile()) throw new Error('it is no file');
      const existing = facts ? readFileSync(this.#summaryPath, 'utf8') : '';
      appendFileSync(
        this.#summaryPath,
        summaryAddition(existing, { argv: this.#opened.argv, stats, outcome }),
      );
    } catch (error) {
      if (this.#spoken.has('normal')) say(`seqx: no line in the step summary: ${messageOf(error)}\n`);
    }
  }
}
