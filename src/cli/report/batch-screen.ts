// What people see of a batch: a line of progress that is rewritten on a terminal, plain lines elsewhere, the
// output of the commands in between, and a table at the end.

import type { SeqxEvent } from '../../base/events.ts';
import { cleanText } from '../../base/text.ts';
import { writeLater } from '../../base/write-later.ts';
import type { BatchProgress, BatchReport, OutputSink, StreamName } from '../../index.ts';
import { batchLine, endedText, progressText, summaryText } from './batch-text.ts';
import { type Level, type Subject, spokenLevels, subjectOf } from './lines.ts';
import { isTerminal, say } from './screen.ts';

type Ended = Extract<SeqxEvent, { type: 'command-ended' }>;
type Form = 'tty' | 'plain' | 'json' | 'none';

const REWRITE_MS = 100;
/** Elsewhere progress is told after these times, then every ten minutes. */
const PLAIN_MS = [10_000, 30_000, 60_000, 120_000, 300_000, 600_000];
const ERASE = '\r\u001b[2K';
const NEWLINE = 10;

export class BatchScreen implements OutputSink {
  readonly isOwnStreams = true;
  readonly #tellRun: (event: SeqxEvent) => void;
  readonly #isTurnwise: boolean;
  readonly #hasTable: boolean;
  readonly #ended = new Map<number, Ended>();
  readonly #names = new Map<number, string>();
  #form: Form = 'plain';
  #levels: ReadonlySet<Level> = new Set(['always']);
  #subject: Subject = { gate: '', command: '' };
  #total = 0;
  /** Whose output is being printed, if it has not ended yet. */
  #begun: number | undefined;
  #heading: string | undefined;
  /** Somebody was not waited for, and may keep our last write for ever. */
  isOutputLost = false;
  #isLineOpen = false;
  #isMidLine = false;
  #shownMs = 0;
  #beganMs = 0;
  #nextPlainMs = PLAIN_MS[0] ?? 0;

  /** @param tellRun hears what happens as in any run */
  constructor(
    tellRun: (event: SeqxEvent) => void,
    how: { readonly isTurnwise: boolean; readonly hasTable: boolean },
  ) {
    this.#tellRun = tellRun;
    this.#isTurnwise = how.isTurnwise;
    this.#hasTable = how.hasTable;
  }

  readonly onEvent = (event: SeqxEvent): void => {
    switch (event.type) {
      case 'gate-opened':
        this.#configure(event);
        break;
      case 'batch-started':
        this.#total = event.commands;
        this.#beganMs = performance.now();
        break;
      case 'command-started':
        this.#names.set(event.number, event.name);
        break;
      case 'command-ended':
        this.#onEnded(event);
        break;
      case 'output-lost':
        this.isOutputLost = true;
        break;
    }
    const line = batchLine(event, this.#subject, number => this.#names.get(number) ?? '');
    if (line) this.#say(line.level, line.text);
    if (!event.type.startsWith('command-')) this.#closeLine();
    this.#tellRun(event);
  };

  readonly onProgress = (progress: BatchProgress): void => {
    if (progress.running.length === 0 || !this.#levels.has('normal')) return;
    if (this.#form === 'tty') this.#rewrite(progress);
    else if (this.#form === 'plain') this.#tellNowAndThen(progress);
  };

  begin(number: number, name: string): void {
    const ended = this.#ended.get(number);
    this.#ended.delete(number);
    this.#breakLine();
    if (!ended) {
      this.#begun = number;
      this.#say('normal', `${number} of ${this.#total}: ${name}`);
    } else {
      this.#head(ended);
    }
  }

  async write(stream: StreamName, chunk: Buffer): Promise<void> {
    if (this.#heading !== undefined) this.#say('normal', this.#heading);
    this.#heading = undefined;
    this.#closeLine();
    this.#isMidLine = chunk.at(-1) !== NEWLINE;
    await writeLater(stream === 'stdout' ? 1 : 2, chunk);
  }

  conclude(report: BatchReport): void {
    this.#breakLine();
    this.#closeLine();
    const level = report.exitCode === 0 ? 'normal' : 'always';
    if (this.#form !== 'json' && this.#levels.has(level)) say(summaryText(report, this.#hasTable));
  }

  #configure(opened: Extract<SeqxEvent, { type: 'gate-opened' }>): void {
    const { progress } = opened.settings;
    this.#subject = subjectOf(opened);
    this.#levels = spokenLevels(opened.settings);
    this.#form =
      progress === 'auto' ? (isTerminal(2) && process.env.TERM !== 'dumb' ? 'tty' : 'plain') : progress;
  }

  #onEnded(event: Ended): void {
    const isItsTurn = !this.#isTurnwise || this.#begun === event.number;
    if (!isItsTurn) this.#ended.set(event.number, event);
    else if (this.#form !== 'tty' || !isOk(event)) this.#say('normal', endedText(event, this.#total));
  }

  /** On a terminal one that went well and said nothing is not worth a line: it is counted below. */
  #head(event: Ended): void {
    const text = endedText(event, this.#total);
    if (this.#form === 'tty' && isOk(event)) this.#heading = text;
    else this.#say('normal', text);
  }

  #rewrite(progress: BatchProgress): void {
    const nowMs = performance.now();
    if (nowMs - this.#shownMs < REWRITE_MS || this.#isMidLine || this.#begun !== undefined) return;
    this.#shownMs = nowMs;
    const columns = process.stderr.columns ?? 80;
    say(`${ERASE}${cleanText(`seqx: ${progressText(progress)}`, columns - 1)}`);
    this.#isLineOpen = true;
  }

  #tellNowAndThen(progress: BatchProgress): void {
    const sinceMs = performance.now() - this.#beganMs;
    if (sinceMs < this.#nextPlainMs || this.#begun !== undefined) return;
    this.#nextPlainMs = PLAIN_MS.find(ms => ms > sinceMs) ?? sinceMs + 600_000;
    this.#say('normal', cleanText(progressText(progress), 200));
  }

  #say(level: Level, text: string): void {
    if (this.#form === 'json' || !this.#levels.has(level)) return;
    this.#breakLine();
    this.#closeLine();
    say(`seqx: ${text}\n`);
  }

  /** Whatever was printed last may have no end: on a terminal our line must not be glued to it. */
  #breakLine(): void {
    if (this.#isMidLine && isTerminal(2)) say('\n');
    this.#isMidLine = false;
  }

  #closeLine(): void {
    if (this.#isLineOpen) say(ERASE);
    this.#isLineOpen = false;
  }
}

const isOk = ({ outcome }: Ended): boolean => outcome.kind === 'exited' && outcome.code === 0;
