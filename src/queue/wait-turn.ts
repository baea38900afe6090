// Fairness: a ticket, a place in the line, and a wake-up when the one ahead has gone.
// Protocol: listen on the ticket's socket, publish the ticket (the arrival), then look, and wait on the
// ticket directly ahead. Invariants: whoever published first runs first within a band; a dead ticket never
// holds anybody up. If the queue cannot be used, the slot still keeps everybody safe: only order is lost.

import { messageOf, SeqxError } from '../base/errors.ts';
import { type Band, formatId, type Identity, parseId, randomNonce, type Ticket } from '../base/identity.ts';
import type { Listener, TicketRecord, World } from '../base/ports.ts';
import { firstOf } from '../base/wake.ts';
import { AheadWatch } from './ahead-watch.ts';
import { type Turn, whoseTurn } from './turn.ts';

/**
 * Safety net only: the connection to the one ahead is what wakes. Who is next watches the holder's health as
 * well; the others look so rarely that 71 of them stay under 1 % of a core (bench/README.md).
 */
const LOOK_MS = {
  /** Doubled each time: what is shown early in a wait is fresh. */
  first: 1_000,
  next: { least: 2_000, spread: 3_000 },
  inLine: { least: 8_000, spread: 4_000 },
};
/** A waiter stopped by Ctrl-Z holds nobody up for longer than this. */
const OVERTAKE_STOPPED_MS = 2_000;

type WaitTurn = Extract<Turn, { kind: 'wait' }>;

export interface TurnRequest {
  readonly band: Band;
  readonly record: Omit<TicketRecord, 'schema' | 'arrivedAt'>;
  /** `undefined` waits for ever; 0 does not wait. */
  readonly waitMs: number | undefined;
  /**
   * Called after each look that found somebody ahead; answers what the record's chain is by now, and may throw to
   * leave the queue (deadlock).
   */
  readonly onLook: (turn: WaitTurn, holders: readonly string[], me: string) => readonly string[];
  /** Whether the occupant of this slot entry is in the way; a dead one is not. */
  readonly isHolding: (name: string) => Promise<boolean>;
  /** Whether there is room beside these holders. */
  readonly roomBeside: (holders: readonly string[]) => RoomBeside;
}

export interface RoomBeside {
  readonly isOpen: boolean;
  /** Look again after this time, milliseconds: not only the end of a holder makes room. */
  readonly lookMs?: number | undefined;
}

export interface QueuePlace extends AsyncDisposable {
  readonly ticket: Ticket;
  /** Why there is no turn: the wait passed or a stop was requested. `undefined`: it is our turn. */
  readonly gaveUp: { readonly turn: Turn; readonly passed: boolean } | undefined;
  /** Milliseconds spent in the queue so far. */
  waitedMs(): number;
  /** It is our turn, and these are in the slot all the same. False once a bounded wait has passed; may throw. */
  mayWait(holders: readonly string[]): boolean;
  /** We have a slot and leave room for others: the next in line may look. */
  nudgeNext(): void;
}

/**
 * Joins the queue and waits for its turn.
 * @throws SeqxError what `onLook` throws; the ticket is gone by then
 */
export async function waitTurn(request: TurnRequest, world: World): Promise<QueuePlace> {
  const line = new Line(request, world);
  try {
    await line.join();
    const turn = await line.stand();
    const gaveUp = turn.kind === 'mine' ? undefined : { turn, passed: world.stop.requested === undefined };
    return {
      ticket: line.ticket,
      gaveUp,
      waitedMs: () => line.waitedMs(),
      mayWait(holders) {
        line.meet({ kind: 'wait', position: 1, of: 1, behind: undefined }, holders);
        return line.remainingMs() > 0;
      },
      nudgeNext: () => line.nudgeNext(),
      [Symbol.asyncDispose]: async () => line.leave(),
    };
  } catch (error) {
    line.leave();
    throw error;
  }
}

/** A ticket of this process, arriving now; its name is used for nothing before or after. */
export function nextTicket(band: Band, { platform, clock }: Pick<World, 'platform' | 'clock'>): Ticket {
  const identity: Identity = { ...platform.self(), arrivalNs: clock.nowNs(), nonce: randomNonce() };
  return { band, id: formatId(identity), identity };
}

class Line {
  readonly ticket: Ticket;
  readonly #request: TurnRequest;
  readonly #world: World;
  readonly #stoppedSince = new Map<string, bigint>();
  readonly #arrivedAt: string;
  readonly #ahead: AheadWatch;
  #socket: Listener | undefined;
  #isPublished = false;
  #chain: readonly string[];
  #looks = 0;
  /** Who was in the slot at the last look, and who of them lost its entry to a deleted folder. */
  #holders: readonly string[] = [];
  #ghosts: readonly string[] = [];

  constructor(request: TurnRequest, world: World) {
    this.#request = request;
    this.#world = world;
    this.ticket = nextTicket(request.band, world);
    this.#ahead = new AheadWatch(world);
    this.#arrivedAt = new Date(world.clock.wallMs()).toISOString();
    this.#chain = request.record.chain;
  }

  waitedMs(): number {
    return Number(this.#world.clock.nowNs() - this.ticket.identity.arrivalNs) / 1e6;
  }

  remainingMs(): number {
    return this.#request.waitMs === undefined ? Infinity : this.#request.waitMs - this.waitedMs();
  }

  /** The socket comes first: a published ticket can always be waited for. */
  async join(): Promise<void> {
    if (!this.#isPublished) this.#holders = this.#world.slots.occupants();
    const path = this.#world.tickets.socketPath(this.ticket);
    this.#socket = await this.#world.sockets.listen(path, text => this.#onMessage(text));
    this.#publish();
  }

  /** `cancel WHO` asks us to stop; `notice WHO` says who is about to end our command. */
  #onMessage(text: string): void {
    const [verb, ...words] = text.split(' ');
    const by = words.join(' ');
    if (verb === 'cancel') this.#world.stop.request({ kind: 'cancel', by });
    if (verb === 'notice') this.#world.stop.request({ kind: 'notice', by });
  }

  #publish(): void {
    try {
      this.#write(this.#chain);
      this.#isPublished = true;
      this.#world.emit({ type: 'queued', ticket: this.ticket.identity.nonce });
    } catch (error) {
      if (error instanceof SeqxError) throw error;
      this.#world.emit({ type: 'queue-failed', reason: messageOf(error) });
    }
  }

  #write(chain: readonly string[]): void {
    const { record } = this.#request;
    const arrivedAt = this.#arrivedAt;
    this.#world.tickets.publish(this.ticket, { schema: 'seqx.ticket/1', arrivedAt, ...record, chain });
  }

  async stand(): Promise<Turn> {
    for (;;) {
      const { turn, holders, room } = await this.#look();
      if (turn.kind === 'mine') this.#ahead.close();
      if (turn.kind === 'mine' || this.#world.stop.requested !== undefined) return turn;
      this.meet(turn, holders);
      if (this.remainingMs() <= 0) return turn;
      await this.#sleep(turn.behind, holders, room);
    }
  }

  /** Somebody is ahead. A chain that has changed goes into the ticket: others find circles from it. */
  meet(turn: WaitTurn, holders: readonly string[]): void {
    const chain = this.#request.onLook(turn, holders, this.ticket.id);
    if (!this.#isPublished || chain.join() === this.#chain.join()) return;
    try {
      this.#write(chain);
      this.#chain = chain;
    } catch {
      // A full disk, or a reader in the way (Windows): again at the next look.
    }
  }

  async #look(isAgain = false): Promise<{ turn: Turn; holders: string[]; room: RoomBeside }> {
    const { tickets, slots } = this.#world;
    if (this.#isPublished && !tickets.has(this.ticket)) await this.#rejoin();
    const occupants = slots.occupants();
    const holders: string[] = await this.#livingGhosts();
    for (const name of occupants) {
      if (await this.#request.isHolding(name)) holders.push(name);
    }
    const all = tickets.list();
    // Deleted while we looked: what was found, or not found, tells nothing. Once: a queue that cannot be written
    // holds nobody up.
    const isGone = this.#isPublished && !all.some(({ id }) => id === this.ticket.id);
    if (isGone && !isAgain) return this.#look(true);
    this.#holders = holders;
    // The tickets of occupants are no waiters; those of dead ones go when the slot is cleared.
    const waiting = all.filter(({ id }) => !occupants.includes(id));
    const place = await this.#turnAmong(waiting, true);
    if (place.kind === 'wait') return { turn: place, holders, room: { isOpen: false } };
    const room = this.#request.roomBeside(holders);
    return { turn: room.isOpen ? place : await this.#turnAmong(waiting, false), holders, room };
  }

  /**
   * Somebody deleted our ticket, a cleaner or with the whole folder: same name, so the same place again. A holder
   * whose entry went with it still lives, and is waited for until it has noticed and ended its run.
   */
  async #rejoin(): Promise<void> {
    this.#ghosts = this.#holders;
    this.#world.restoreFolder();
    this.#socket?.close();
    await this.join();
  }

  async #livingGhosts(): Promise<string[]> {
    const living: string[] = [];
    for (const id of this.#ghosts) {
      if ((await this.#world.liveness(id)) !== 'dead') living.push(id);
    }
    this.#ghosts = living;
    return [...living];
  }

  /** Only the ticket directly ahead is examined, so that n waiters do not cost n squared. */
  async #turnAmong(tickets: readonly Ticket[], hasRoom: boolean): Promise<Turn> {
    const nowNs = this.#world.clock.nowNs();
    let waiting = tickets;
    for (;;) {
      const turn = whoseTurn(this.ticket.id, waiting, hasRoom, nowNs);
      if (turn.kind === 'mine' || turn.behind === undefined) return turn;
      const { behind } = turn;
      if (await this.#counts(behind)) return turn;
      waiting = waiting.filter(ticket => ticket !== behind);
    }
  }

  /** Removes a dead ticket; passes over one that has been stopped for a while. */
  async #counts(ticket: Ticket): Promise<boolean> {
    const liveness = await this.#world.liveness(ticket.id);
    if (liveness === 'dead') this.#world.tickets.remove(ticket);
    if (liveness !== 'suspended') {
      this.#stoppedSince.delete(ticket.id);
      return liveness !== 'dead';
    }
    const nowNs = this.#world.clock.nowNs();
    const since = this.#stoppedSince.get(ticket.id) ?? nowNs;
    this.#stoppedSince.set(ticket.id, since);
    return Number(nowNs - since) / 1e6 < OVERTAKE_STOPPED_MS;
  }

  /** Until the one ahead has gone, a stop is requested, the wait has passed, or it is time to look again. */
  #sleep(
    behind: Ticket | undefined,
    holders: readonly string[],
    { lookMs = Infinity }: RoomBeside,
  ): Promise<void> {
    const { clock, stop, tickets } = this.#world;
    const ahead = behind ? [behind.identity] : holders.flatMap(id => parseId(id) ?? []);
    this.#ahead.aim(ahead.map(identity => tickets.socketPath({ identity })));
    return firstOf([
      done => stop.listen(done),
      done =>
        clock.after(Math.min(this.#lookMs(behind), behind ? Infinity : lookMs, this.remainingMs()), done),
      done => this.#ahead.onChange(done),
    ]);
  }

  #lookMs(behind: Ticket | undefined): number {
    if (behind && this.#stoppedSince.has(behind.id)) return OVERTAKE_STOPPED_MS;
    const { least, spread } = behind ? LOOK_MS.inLine : LOOK_MS.next;
    const early = LOOK_MS.first * 2 ** Math.min(this.#looks++, 10);
    return Math.min(early, least + Math.random() * spread);
  }

  nudgeNext(): void {
    this.#socket?.nudge();
  }

  /** Harmless when called twice; the socket goes last, so that the successor wakes to a free slot. */
  leave(): void {
    this.#ahead.close();
    try {
      this.#world.tickets.remove(this.ticket);
    } catch {
      // The queue is for fairness: a ticket that stays is dead as soon as we are, and is then swept.
    }
    this.#socket?.close();
    this.#socket = undefined;
  }
}
