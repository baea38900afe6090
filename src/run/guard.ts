// The wrapper's side of the watchdog: starts it beside the command, starts it again when it dies, and says
// when that no longer works. A run is never silently unwatched.

import type { ChildProcess } from 'node:child_process';
import type { SeqxEvent } from '../base/events.ts';
import type { EndReport, ProcessRef, World } from '../base/ports.ts';
import { HEARTBEAT_MS } from '../base/settings.ts';
import { startWatchdog } from './start-watchdog.ts';
import { mayRestart } from './verdict.ts';
import { type FromWatchdog, messageReader, type ToWatchdog, type WatchOrder } from './watch-messages.ts';
import { isLiving } from './watch-process.ts';

/** A watchdog whose heartbeat stands still this long hangs, or was stopped: it is replaced. */
const SILENT_MS = 15 * HEARTBEAT_MS;
const CHECK_MS = 5 * HEARTBEAT_MS;

export interface GuardEvents {
  /** The memory verdict was reached; the watchdog is ending the tree. */
  readonly onMemoryEnd: (by: 'memory' | 'pressure') => void;
  readonly onTreeEnded: (report: EndReport) => void;
  readonly onSlotLost: () => void;
  /** It could not be kept running. */
  readonly onLost: () => void;
  /** It died between freezing the tree and its verdict: somebody has to let the tree go on. */
  readonly onLeftFrozen: () => void;
  /** The tree stands still for memory pressure, or goes on. */
  readonly onSuspended?: (isSuspended: boolean) => void;
}

export class Guard {
  readonly #order: WatchOrder;
  readonly #events: GuardEvents;
  readonly #world: World;
  readonly #deathsMs: number[] = [];
  /** Commands that were added: the next watchdog has to know them as well. */
  #roots: ProcessRef[] = [];
  #child: ChildProcess | undefined;
  #hidden: readonly ProcessRef[] = [];
  #isReady = false;
  #isMeasuring = false;
  /** Since when the tree stands still for memory pressure. */
  #suspendedNs: bigint | undefined;
  #isStopped = false;
  #heartbeat = { modifiedMs: 0, seenNs: 0n };
  #cancelCheck = () => {};

  constructor(order: WatchOrder, events: GuardEvents, world: World) {
    this.#order = order;
    this.#events = events;
    this.#world = world;
  }

  /** Members of the run that show no token, as of the watchdog's last full look. */
  get hidden(): readonly ProcessRef[] {
    return this.#hidden;
  }

  start(): void {
    this.#isReady = false;
    const child = startWatchdog(this.#world.selfCommand, 'ignore');
    this.#child = child;
    let isGone = false;
    const onGone = (signal: NodeJS.Signals | null) => {
      if (!isGone) this.#onGone(signal);
      isGone = true;
    };
    child.on('error', () => onGone(null));
    child.on('exit', (_code, signal) => onGone(signal));
    child.stdout?.on(
      'data',
      messageReader<FromWatchdog>(message => this.#onMessage(message)),
    );
    this.#send(child, this.#order);
    for (const root of this.#roots) this.#send(child, { type: 'root', root });
    this.#watchHeartbeat();
  }

  /** One more command of this run. */
  addRoot(root: ProcessRef): void {
    this.#roots = [...this.#roots.filter(one => isLiving(one, this.#world.platform)), root];
    if (this.#child) this.#send(this.#child, { type: 'root', root });
  }

  /** Ends the watchdog: it is our own child and not yet reaped, so its pid is surely still its own. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelCheck();
    if (this.#child) {
      this.#send(this.#child, { type: 'done' });
      // One that is still starting needs no farewell; any other may be in the middle of a measurement.
      if (!this.#isReady) this.#child.kill('SIGKILL');
    }
  }

  /** Somebody asks the run to end, or it has ended: it must not stand still for memory pressure. */
  letGo(isForGood: boolean): void {
    if (this.#child && this.#order.pressure) this.#send(this.#child, { type: 'let-go', isForGood });
  }

  #send(child: ChildProcess, message: ToWatchdog): void {
    child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  #onMessage(message: FromWatchdog): void {
    // The run is over, and its slot may be free: what the watchdog still sees is no news of ours.
    if (this.#isStopped) return;
    switch (message.type) {
      case 'event':
        this.#onEvent(message.event);
        break;
      case 'ready':
        this.#isReady = true;
        break;
      case 'measuring':
      case 'measured':
        this.#isMeasuring = message.type === 'measuring';
        break;
      case 'hidden':
        this.#hidden = message.members;
        break;
      case 'tree-ended':
        this.#isMeasuring = false;
        this.#events.onTreeEnded(message.report);
        break;
      case 'slot-lost':
        this.#events.onSlotLost();
        break;
    }
  }

  #onEvent(event: SeqxEvent): void {
    this.#world.emit(event);
    if (event.type === 'memory-over') this.#events.onMemoryEnd('memory');
    if (event.type === 'pressure-over') this.#events.onMemoryEnd('pressure');
    if (event.type !== 'suspended' && event.type !== 'resumed') return;
    const isSuspended = event.type === 'suspended';
    this.#suspendedNs = isSuspended ? this.#world.clock.nowNs() : undefined;
    this.#events.onSuspended?.(isSuspended);
  }

  #onGone(signal: NodeJS.Signals | null): void {
    this.#cancelCheck();
    if (this.#isStopped) return;
    if (this.#isMeasuring || this.#suspendedNs !== undefined) this.#events.onLeftFrozen();
    this.#isMeasuring = false;
    this.#tellUnwatched();
    const nowMs = Number(this.#world.clock.nowNs()) / 1e6;
    this.#deathsMs.push(nowMs);
    if (mayRestart(this.#deathsMs, nowMs)) {
      // Between fork and setsid it is in the terminal's group: one Ctrl-C in ten, if typed at the first word of the
      // command, ends it. That is for nobody to read.
      const isByKey = !this.#isReady && (signal === 'SIGINT' || signal === 'SIGQUIT');
      if (!isByKey) this.#world.emit({ type: 'watchdog-restarted', times: this.#deathsMs.length });
      this.start();
    } else {
      this.#events.onLost();
    }
  }

  /** Nobody is left to say when there is room again. The next watchdog will see for itself. */
  #tellUnwatched(): void {
    if (this.#suspendedNs === undefined) return;
    const suspendedMs = Number(this.#world.clock.nowNs() - this.#suspendedNs) / 1e6;
    this.#onEvent({ type: 'resumed', suspendedMs, why: 'unwatched' });
  }

  /** Looks at the heartbeat now and then; after a gap of our own (Ctrl-Z) the count starts again. */
  #watchHeartbeat(): void {
    const { slotId } = this.#order;
    if (slotId === undefined) return;
    const { clock, slots } = this.#world;
    this.#heartbeat = { modifiedMs: slots.heartbeatMs(slotId) ?? 0, seenNs: clock.nowNs() };
    let checkedNs = clock.nowNs();
    const check = () => {
      const nowNs = clock.nowNs();
      const modifiedMs = slots.heartbeatMs(slotId) ?? 0;
      const wasAway = Number(nowNs - checkedNs) / 1e6 > 2 * CHECK_MS;
      checkedNs = nowNs;
      if (wasAway || modifiedMs !== this.#heartbeat.modifiedMs)
        this.#heartbeat = { modifiedMs, seenNs: nowNs };
      if (Number(nowNs - this.#heartbeat.seenNs) / 1e6 > SILENT_MS) this.#child?.kill('SIGKILL');
      this.#cancelCheck = clock.after(CHECK_MS, check);
    };
    this.#cancelCheck = clock.after(CHECK_MS, check);
  }
}
