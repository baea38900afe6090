// The watchdog that `seqx hold` leaves behind. It is tied to the owner: while that lives it keeps the slot's
// heartbeat and the tree's memory limits as any watchdog does; when the owner has ended, by itself or by a
// signal, it ends what the owner left behind, frees the slot and writes the journal. Nobody watches it in turn:
// should it die, its heartbeat stands still, and after --stuck-timeout the next in line ends the run.
// For pid 1 it watches nobody and ends nobody: there it only keeps the heartbeat and answers `seqx release`.

import { closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { openWorld } from '../assemble.ts';
import { nodeDisk } from '../backend/disk.ts';
import type { SeqxEvent } from '../base/events.ts';
import { parseTicketName, type Ticket } from '../base/identity.ts';
import type { EndedBy, HoldEnd } from '../base/outcome.ts';
import type { Cancel, EndReport, Platform, ProcessRef, World } from '../base/ports.ts';
import { endTree } from '../run/end-tree.ts';
import type { FromWatchdog, HoldOrder } from '../run/watch-messages.ts';
import { watchProcess } from '../run/watch-process.ts';
import { Watchdog } from '../run/watchdog.ts';
import { endLeftovers, type Freed, noteHold } from './hold-end.ts';
import { reporting } from './reporting.ts';

const OWNER_LOOK_MS = 50;
/** As long as `seqx hold` is our parent the owner is our ancestor, and is not looked at: so again when it is gone. */
const SECOND_LOOK_MS = 20;
/**
 * A release that we did not answer (we were stopped) frees the slot by itself. It has called us first, and that call
 * is taken within this time.
 */
const RELEASE_MS = 100;

/**
 * Watches until the hold is over. It outlives who started it, so it keeps nothing open that this was given: Node closes
 * only the first sixteen descriptors and those in a row (uv_disable_stdio_inheritance), `exec 200>lock` slipped through.
 * @param ready called when waiters can see and be woken by this watchdog
 */
export async function serveHold(
  order: HoldOrder,
  onEvent: (event: SeqxEvent) => void,
  platform: Platform,
  ready: () => void,
): Promise<void> {
  for (const fd of (platform.slippedDescriptors ?? platform.inheritedDescriptors)()) closeSync(fd);
  const { gate, record, settings } = order;
  const place = { gate, platform, disk: nodeDisk(platform.system), state: dirname(gate.folder), env: {} };
  const { emit } = reporting({ settings, origins: order.origins, env: {}, cwd: record.cwd }, { onEvent });
  const world = openWorld(place, emit, { prepare: false });
  emit({ type: 'gate-opened', gate: gate.name, argv: record.argv, settings });
  await new HoldWatchdog(order, world).serve(ready);
}

class HoldWatchdog {
  readonly #order: HoldOrder;
  readonly #world: World;
  /** False for pid 1. */
  readonly #hasTree: boolean;
  readonly #watchdog: Watchdog;
  readonly #beganNs: bigint;
  /** The owner's family before it had the gate: none of this is its run. */
  #earlier: readonly ProcessRef[] = [];
  #end: HoldEnd = 'held';
  #isReady = false;
  #ending: Promise<readonly number[]> | undefined;
  #over: () => void = () => {};

  constructor(order: HoldOrder, world: World) {
    this.#order = order;
    this.#world = world;
    this.#beganNs = world.clock.nowNs();
    this.#hasTree = order.tree.roots.length > 0;
    this.#watchdog = new Watchdog({ ...order, type: 'watch' }, message => this.#onMessage(message), world);
  }

  async serve(ready: () => void): Promise<void> {
    // The owner has no token before we are ready: what it may start until then belongs to its own affairs.
    if (this.#hasTree) this.#earlier = await this.#world.platform.family([this.#order.command.pid]);
    const ticket = parseTicketName(this.#order.ticketName);
    const path = ticket && this.#world.tickets.socketPath(ticket);
    const socket = path && (await this.#world.sockets.listen(path, text => this.#onCall(text)));
    const over = new Promise<void>(resolve => {
      this.#over = resolve;
    });
    if (ticket) this.#publish(ticket);
    // A bug, or a machine that refuses every look: a run is never silently unwatched. Of pid 1 nothing is watched
    // anyway: there we end alone, and it holds on.
    const onBug = () => this.#endHold('unwatched');
    if (this.#hasTree) process.on('uncaughtException', onBug);
    const stops = [this.#watchOwner(), this.#startTimeout()];
    await this.#watchdog.start();
    // Released before anybody was told of this hold: then there was none.
    const isBegun = this.#end !== 'released';
    if (isBegun) {
      ready();
      this.#isReady = true;
    }
    stops.push(this.#world.clock.after(SECOND_LOOK_MS, () => this.#watchdog.lookNow()));
    await over;
    for (const stop of stops) stop();
    // From here on a failure ends this process, and the next in line does what is left.
    process.off('uncaughtException', onBug);
    const freed = await this.#free();
    if (socket) socket.close();
    if (isBegun) await noteHold(this.#order, this.#end, freed, this.#world);
  }

  #publish(ticket: Ticket): void {
    try {
      this.#world.tickets.publish(ticket, this.#order.record);
    } catch {
      // A full disk. Without a ticket the slot is held all the same; waiters then look instead of being woken.
    }
  }

  #watchOwner(): Cancel {
    return watchProcess(this.#order.command, OWNER_LOOK_MS, () => this.#over(), this.#world);
  }

  #startTimeout(): Cancel {
    const { timeout, killGrace } = this.#order.settings;
    if (timeout === undefined || !this.#hasTree) return () => {};
    return this.#world.clock.after(timeout, () => {
      this.#world.emit({ type: 'timed-out', timeoutMs: timeout, graceMs: killGrace });
      this.#endHold('timeout');
    });
  }

  #onMessage(message: FromWatchdog): void {
    if (message.type === 'event') this.#world.emit(message.event);
    if (message.type === 'event' && message.event.type === 'memory-over') this.#mark('memory');
    if (message.type === 'event' && message.event.type === 'pressure-over') this.#mark('pressure');
    if (message.type === 'tree-ended') this.#tellEnded(message.report);
    if (message.type === 'slot-lost' && !this.#isReady) this.#onReleased();
    else if (message.type === 'slot-lost') this.#world.clock.after(RELEASE_MS, () => this.#onSlotLost());
  }

  #onSlotLost(): void {
    if (this.#end === 'released') return;
    this.#world.emit({ type: 'slot-lost', unended: this.#hasTree ? undefined : this.#order.command.pid });
    this.#endHold('slot-lost');
  }

  /** `notice WHO`: somebody is ending our tree. `release`: the owner lives on without the gate. */
  #onCall(text: string): void {
    const [verb, ...words] = text.split(' ');
    if (this.#hasTree && (verb === 'notice' || verb === 'cancel')) {
      this.#world.emit({ type: 'ending', why: 'cancel', detail: words.join(' ') });
      this.#mark('cancelled');
    }
    if (verb === 'release') this.#onReleased();
  }

  #onReleased(): void {
    this.#mark('released');
    this.#over();
  }

  #mark(end: HoldEnd): void {
    if (this.#end === 'held') this.#end = end;
  }

  /** Ends the owner and everything it started; that it has ended is then noticed as always. Pid 1 goes on without. */
  #endHold(by: EndedBy): void {
    this.#mark(by);
    if (!this.#hasTree) {
      this.#over();
      return;
    }
    const { platform, clock } = this.#world;
    const ending = { target: this.#order.tree, graceMs: this.#order.graceMs, known: this.#watchdog.members };
    const tools = { platform, after: clock.after, nowNs: clock.nowNs };
    this.#ending ??= endTree(ending, tools).then(report => this.#tellEnded(report));
  }

  #tellEnded({ ended, killed, survivors }: EndReport): readonly number[] {
    if (survivors.length > 0) this.#world.emit({ type: 'tree-survived', survivors });
    else this.#world.emit({ type: 'tree-ended', ended, killed });
    return survivors;
  }

  /**
   * The ticket goes before the slot: were we killed between the two, a ticket of a living owner without a slot
   * would hold everybody up. The connection of the next in line is what ends last.
   */
  async #free(): Promise<Freed> {
    await this.#watchdog.rest();
    const unended = (await this.#ending) ?? [];
    const known = { members: this.#watchdog.members, earlier: this.#earlier };
    const left = this.#end === 'released' ? [] : await endLeftovers(this.#order, known, this.#world);
    const { slots, tickets, clock } = this.#world;
    const { slotId, ticketName } = this.#order;
    const { peakBytes } = slots.readRecord(slotId)?.memory ?? {};
    await this.#watchdog.conclude();
    const ticket = parseTicketName(ticketName);
    if (ticket) tickets.remove(ticket);
    // Whoever comes next ends what we could not, before it takes the slot over.
    if (unended.length + left.length === 0) slots.clear([slotId]);
    const ranMs = Number(clock.nowNs() - this.#beganNs) / 1e6;
    return { ticket: ticket?.identity.nonce ?? '', ranMs, peakBytes };
  }
}
