// Where requests to stop a running command are dealt with: signals by the table in signals.ts, cancel and
// abort by ending the tree.

import type { ChildProcess } from 'node:child_process';
import type { Cancel, SignalName, World } from '../base/ports.ts';
import type { StopRequest } from '../base/stop.ts';
import { actOnSignal, asksToEnd } from './signals.ts';
import type { TreeEnding } from './tree-ending.ts';

const LATE_GRACE_MS = 300;

export class StopDesk {
  readonly #child: ChildProcess;
  readonly #ending: TreeEnding;
  readonly #graceMs: number;
  readonly #world: World;
  readonly #onAsked: () => void;
  readonly #cancels: Cancel[] = [];
  #askedMs: number | undefined;

  /** @param onAsked called when the command has a signal that asks it to end: it must be able to hear of it */
  constructor(
    child: ChildProcess,
    ending: TreeEnding,
    graceMs: number,
    world: World,
    onAsked: () => void = () => {},
  ) {
    this.#child = child;
    this.#ending = ending;
    this.#graceMs = graceMs;
    this.#world = world;
    this.#onAsked = onAsked;
  }

  open(): void {
    this.#cancels.push(this.#world.stop.listen(request => this.#onStop(request)));
    const { requested } = this.#world.stop;
    if (requested?.kind === 'abort') this.#onStop(requested);
  }

  close(): void {
    for (const cancel of this.#cancels) cancel();
  }

  #onStop(request: StopRequest): void {
    if (request.kind === 'signal') {
      this.#onSignal(request.signal);
      return;
    }
    const detail = request.kind === 'abort' ? '' : request.by;
    this.#world.emit({ type: 'ending', why: request.kind === 'abort' ? 'abort' : 'cancel', detail });
    if (request.kind === 'notice') this.#ending.mark('cancelled');
    else this.#ending.begin(request.kind === 'cancel' ? 'cancelled' : 'aborted');
  }

  #onSignal(signal: SignalName): void {
    const nowMs = Number(this.#world.clock.nowNs()) / 1e6;
    const history = { askedMs: this.#askedMs, isEscalated: this.#ending.pending !== undefined };
    const isForeground = this.#world.platform.isForeground();
    const action = actOnSignal(signal, isForeground, history, nowMs, this.#graceMs);
    // A burst of the same request does not renew it, or it would never come to anything.
    if (action !== 'forward' && action !== 'ignore') this.#askedMs = nowMs;
    switch (action) {
      case 'ignore':
      case 'remember':
        break;
      case 'forward':
        this.#forward(signal);
        break;
      case 'forward-and-escalate-later':
        this.#forward(signal);
        this.#cancels.push(this.#world.clock.after(this.#graceMs, () => this.#escalateLate(signal)));
        break;
      case 'escalate':
        this.#escalate(signal);
        break;
      case 'hurry':
        this.#ending.hurry();
        break;
    }
    if (asksToEnd(signal)) this.#onAsked();
  }

  #forward(signal: SignalName): void {
    this.#world.emit({ type: 'signal-forwarded', signal });
    // Not child.kill: a command of another user (sudo) refuses, and Node would throw that at us as an event.
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const sent = this.#world.platform.send(this.#child.pid ?? 0, signal);
    if (sent === 'refused') this.#world.emit({ type: 'signal-refused', signal });
  }

  /** The command has had its signal and its grace; what it started gets a moment of its own, no second grace. */
  #escalateLate(signal: SignalName): void {
    this.#escalate(signal);
    this.#cancels.push(this.#world.clock.after(LATE_GRACE_MS, () => this.#ending.hurry()));
  }

  #escalate(signal: SignalName): void {
    this.#world.emit({ type: 'ending', why: 'signal', detail: signal });
    this.#ending.begin();
  }
}
