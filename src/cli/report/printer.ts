// The one printer of a run: paces the waiting lines and sends every event to stderr in the form asked for.
// On a terminal one line is rewritten in place; elsewhere lines are appended, at 1 s, at every change of
// position, then more and more rarely. Nothing is said about a wait under a second.

import { eventLines } from '../../base/event-line.ts';
import type { SeqxEvent } from '../../base/events.ts';
import { exitCodeOf } from '../../base/outcome.ts';
import { cleanText } from '../../base/text.ts';
import { formatDuration } from '../../base/units.ts';
import { endLine } from './endings.ts';
import {
  gitText,
  type Level,
  lineOf,
  longWaitText,
  type Subject,
  spokenLevels,
  subjectOf,
  waitingText,
} from './lines.ts';
import { isTerminal, say } from './screen.ts';

type Form = 'tty' | 'plain' | 'json' | 'none';
type Waited = Extract<SeqxEvent, { type: 'position' }>;

const QUIET_MS = 1_000;
const SECOND_MS = 1_000;
/** Plain waiting lines come again after these waits, then every ten minutes. */
const PLAIN_MS = [30_000, 60_000, 120_000, 300_000, 600_000];
const LONG_WAIT_MS = 300_000;
const GIT_EVERY_MS = 5_000;

export class Printer {
  #form: Form = 'plain';
  #levels: ReadonlySet<Level> = new Set(['always']);
  #subject: Subject = { gate: '', command: '' };
  #conflictExitCode = 75;
  #waited: Waited | undefined;
  #heardMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLineOpen = false;
  #saidPosition: number | undefined;
  #nextPlainMs = PLAIN_MS[0] ?? 0;
  #nextLongMs = LONG_WAIT_MS;
  #nextGitMs = QUIET_MS;
  readonly #jsonLine = eventLines();
  readonly #mayRewrite: boolean;

  /** @param mayRewrite false for one who may end after the shell has shown its prompt: it would wipe that */
  constructor({ mayRewrite } = { mayRewrite: true }) {
    this.#mayRewrite = mayRewrite;
  }

  readonly onEvent = (event: SeqxEvent): void => {
    if (event.type === 'gate-opened') this.#configure(event);
    if (this.#form === 'json') say(this.#jsonLine(event));
    else this.#tell(event);
  };

  #tell(event: SeqxEvent): void {
    switch (event.type) {
      case 'position':
        this.#onWaited(event);
        break;
      case 'acquired':
        this.#onTaken(event.waitedMs);
        break;
      case 'git-waited':
        this.#onGit(event);
        break;
      case 'ended':
        this.#onFinished(event);
        break;
      default: {
        const line = lineOf(event, this.#subject);
        if (line) this.#print(line.level, line.text);
      }
    }
  }

  #configure(opened: Extract<SeqxEvent, { type: 'gate-opened' }>): void {
    const { progress, conflictExitCode } = opened.settings;
    this.#subject = subjectOf(opened);
    this.#conflictExitCode = conflictExitCode;
    this.#levels = spokenLevels(opened.settings);
    const isScreen = isTerminal(2) && process.env.TERM !== 'dumb';
    const wanted = progress === 'auto' ? (isScreen ? 'tty' : 'plain') : progress;
    this.#form = wanted === 'tty' && !this.#mayRewrite ? 'plain' : wanted;
  }

  #print(level: Level, text: string): void {
    if (!this.#levels.has(level)) return;
    this.#closeLine();
    say(`seqx: ${text}\n`);
  }

  #onWaited(event: Waited): void {
    this.#waited = event;
    this.#heardMs = Date.now();
    this.#tick();
    this.#plan();
  }

  /** Sleeps until the next line is due: a tick a second in each of 71 waiters would be felt. */
  #plan(): void {
    clearTimeout(this.#timer);
    const { waitedMs } = this.#now() ?? { waitedMs: 0 };
    const lineMs =
      this.#form === 'tty' ? waitedMs + SECOND_MS : Math.min(this.#nextPlainMs, this.#nextLongMs);
    // A little late, so that the news of a look at that moment comes first.
    const dueMs = this.#saidPosition === undefined ? QUIET_MS + 100 : lineMs;
    const onDue = () => {
      this.#tick();
      this.#plan();
    };
    // Unreferenced: a printer keeps nobody alive.
    this.#timer = setTimeout(onDue, Math.max(10, dueMs - waitedMs)).unref();
  }

  #tick(): void {
    const waited = this.#now();
    if (!waited || waited.waitedMs < QUIET_MS) return;
    if (this.#form === 'tty') this.#rewrite(waited);
    else if (this.#isPlainDue(waited)) this.#print('normal', waitingText(waited, this.#subject.gate));
    this.#saidPosition = waited.position;
    if (waited.waitedMs >= this.#nextLongMs) {
      this.#nextLongMs += LONG_WAIT_MS;
      this.#print('normal', longWaitText(waited));
    }
  }

  #isPlainDue({ position, waitedMs }: Waited): boolean {
    if (position !== this.#saidPosition) return true;
    if (waitedMs < this.#nextPlainMs) return false;
    this.#nextPlainMs = PLAIN_MS.find(ms => ms > waitedMs) ?? waitedMs + 600_000;
    return true;
  }

  /** The last news, moved on by the time since. */
  #now(): Waited | undefined {
    const sinceMs = Date.now() - this.#heardMs;
    const { holder, waitedMs } = this.#waited ?? {};
    if (!this.#waited || waitedMs === undefined) return undefined;
    const moved = holder && {
      ...holder,
      heldMs: holder.heldMs === undefined ? undefined : holder.heldMs + sinceMs,
    };
    return { ...this.#waited, waitedMs: waitedMs + sinceMs, holder: moved };
  }

  #rewrite(waited: Waited): void {
    if (!this.#levels.has('normal')) return;
    const columns = process.stderr.columns ?? 80;
    const text = `seqx: ${waitingText(waited, this.#subject.gate)} · ${formatDuration(waited.waitedMs)} · Ctrl-C leaves the queue`;
    say(`\r\u001b[2K${cleanText(text, columns - 1)}`);
    this.#isLineOpen = true;
  }

  #closeLine(): void {
    if (this.#isLineOpen) say('\r\u001b[2K');
    this.#isLineOpen = false;
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waited = undefined;
    this.#closeLine();
  }

  #onTaken(waitedMs: number): void {
    const isWorthIt = this.#saidPosition !== undefined || waitedMs >= QUIET_MS;
    this.#stopWaiting();
    this.#print(
      isWorthIt ? 'normal' : 'detail',
      `got ${this.#subject.gate} after ${formatDuration(waitedMs)}`,
    );
  }

  #onGit(event: Extract<SeqxEvent, { type: 'git-waited' }>): void {
    if (event.waitedMs < this.#nextGitMs) return;
    this.#nextGitMs += GIT_EVERY_MS;
    this.#print('normal', gitText(event));
  }

  #onFinished({ outcome, stats }: Extract<SeqxEvent, { type: 'ended' }>): void {
    const holder = this.#waited?.holder;
    this.#stopWaiting();
    const { level, text } = endLine(
      outcome,
      stats,
      holder,
      exitCodeOf(outcome, this.#conflictExitCode),
      this.#subject,
    );
    this.#print(level, text);
  }
}
