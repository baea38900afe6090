// Why no further command of a batch is started, and what those that run are told: whoever asks first decides how
// the batch ends.

import type { EndedBy, Outcome } from '../base/outcome.ts';
import type { Cancel, SignalName } from '../base/ports.ts';
import type { Stop, StopRequest } from '../base/stop.ts';

/** Signals that mean the whole batch; the others are for the commands that run. */
const ENDING: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

export class BatchStop {
  readonly #commands = new Set<Stop>();
  readonly #listeners = new Set<() => void>();
  #outcome: Outcome | undefined;
  #isStopped = false;

  /** No further command may start. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** How the batch ends for it; `undefined` if it ends by its commands alone. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** A command that runs hears of every request until it is taken out. */
  add(stop: Stop): Cancel {
    this.#commands.add(stop);
    return () => this.#commands.delete(stop);
  }

  onStop(listener: () => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One has failed, and that is enough. Those that run are let finish. */
  stopForFailure(): void {
    this.#halt(undefined);
  }

  /** Nobody reads what the commands write: they end as any program does before a pipe that is closed. */
  endUnread(): void {
    this.#halt({ kind: 'signalled', signal: 'SIGPIPE' });
    this.#pass({ kind: 'abort' });
  }

  /** What somebody asks of the batch. */
  readonly take = (request: StopRequest): void => {
    const isForCommands = request.kind === 'signal' && !ENDING.includes(request.signal);
    if (!isForCommands) this.#halt(outcomeOf(request));
    this.#pass(request);
  };

  /** The batch is ended by seqx itself, and all that runs with it. */
  end(by: EndedBy): void {
    this.#halt({ kind: 'ended', by, signal: undefined });
    this.#pass({ kind: 'abort' });
  }

  /** The watchdog is ending all that runs. */
  endedBy(by: EndedBy): void {
    this.#halt({ kind: 'ended', by, signal: undefined });
  }

  #halt(outcome: Outcome | undefined): void {
    this.#isStopped = true;
    this.#outcome ??= outcome;
    for (const listener of [...this.#listeners]) listener();
  }

  #pass(request: StopRequest): void {
    for (const stop of [...this.#commands]) stop.request(request);
  }
}

function outcomeOf(request: StopRequest): Outcome {
  switch (request.kind) {
    case 'signal':
      return { kind: 'signalled', signal: request.signal };
    case 'abort':
      return { kind: 'ended', by: 'aborted', signal: undefined };
    case 'cancel':
    case 'notice':
      return { kind: 'ended', by: 'cancelled', signal: 'SIGTERM' };
  }
}
