// Who holds the gate, who waits, in what order: read from the gate's folder, changing nothing.

import { hostname } from 'node:os';
import { openWorld } from '../assemble.ts';
import { parseId, type Ticket } from '../base/identity.ts';
import type { RunMemory, Share, World } from '../base/ports.ts';
import { maskSecrets } from '../base/text.ts';
import { findPlace, type Place, type PlaceOptions } from '../place.ts';
import { queueOrder } from '../queue/turn.ts';

export interface RunningStatus {
  readonly ticket: string;
  readonly pid: number;
  readonly command: readonly string[];
  readonly cwd: string | null;
  readonly heldAt: string | null;
  readonly startedAt: string | null;
  /** Time since the slot was taken, milliseconds. */
  readonly heldMs: number | null;
  /** Median of this command's earlier runs, milliseconds. */
  readonly usualMs: number | null;
  /** `dead`: its wrapper is gone; the next contender ends its run and clears it. */
  readonly state: 'running' | 'suspended' | 'dead' | 'unknown';
  readonly memory: RunMemory | null;
  /** Since when seqx has let it stand still to make room; `null` if it does not. */
  readonly suspendedAt: string | null;
  /** How it shares the gate; `null` if it is exclusive. */
  readonly share: Share | null;
}

export interface QueueStatus {
  readonly position: number;
  readonly ticket: string;
  readonly pid: number;
  readonly command: readonly string[];
  readonly cwd: string | null;
  readonly arrivedAt: string | null;
  readonly waitedMs: number;
  readonly priority: 'high' | 'normal' | 'low';
  readonly state: 'waiting' | 'suspended';
  /** How it would share the gate; `null` if it is exclusive. */
  readonly share: Share | null;
}

export interface GateStatus {
  readonly schema: 'seqx.status/1';
  readonly at: string;
  readonly host: string;
  readonly gate: {
    readonly id: string;
    readonly name: string;
    readonly scope: string;
    readonly root: string;
    readonly folder: string;
  };
  readonly running: readonly RunningStatus[];
  readonly queue: readonly QueueStatus[];
}

const PRIORITIES = ['high', 'normal', 'low'] as const;

/**
 * What goes on at the gate of a project. Dead tickets are passed over, dead holders are shown as such.
 * @throws SeqxError for a malformed configuration; a gate that was never used is simply empty
 */
export async function status(options: PlaceOptions = {}): Promise<GateStatus> {
  const place = await findPlace(options);
  return statusOf(
    place,
    openWorld(place, () => {}, { prepare: false }),
  );
}

export async function statusOf({ gate }: Pick<Place, 'gate'>, world: World): Promise<GateStatus> {
  const tickets = world.tickets.list();
  const occupants = world.slots.occupants();
  const running = await Promise.all(occupants.map(name => runningStatus(name, tickets, world)));
  const waiting = tickets.filter(({ id }) => !occupants.includes(id));
  const alive = await Promise.all(
    waiting.map(async ticket => [ticket, await world.liveness(ticket.id)] as const),
  );
  const living = new Map(alive.filter(([, liveness]) => liveness !== 'dead'));
  const queue = queueOrder([...living.keys()], world.clock.nowNs()).map((ticket, index) =>
    queueStatus(ticket, index + 1, living.get(ticket) === 'suspended', world),
  );
  const { hash, name, scope, root, folder } = gate;
  return {
    schema: 'seqx.status/1',
    at: new Date(world.clock.wallMs()).toISOString(),
    host: hostname(),
    gate: { id: hash, name, scope, root, folder },
    running,
    queue,
  };
}

async function runningStatus(name: string, tickets: readonly Ticket[], world: World): Promise<RunningStatus> {
  const identity = parseId(name);
  const ticket = tickets.find(({ id }) => id === name);
  const record = ticket && world.tickets.read(ticket);
  const run = world.slots.readRecord(name);
  const liveness = identity ? await world.liveness(name) : 'unjudgeable';
  const states = { alive: 'running', suspended: 'suspended', dead: 'dead', unjudgeable: 'unknown' } as const;
  const pid = identity?.pid ?? 0;
  const suspendedAt = run?.yields?.suspended?.since ?? null;
  return {
    ticket: identity?.nonce ?? name,
    pid,
    command: maskSecrets(record?.argv ?? (identity && world.platform.commandLine(pid)) ?? []),
    cwd: record?.cwd ?? null,
    heldAt: run?.heldAt ?? null,
    startedAt: run?.startedAt ?? null,
    heldMs: run ? world.clock.wallMs() - Date.parse(run.heldAt) : null,
    usualMs: (record && world.usualMs(record.argv)) ?? null,
    state: liveness === 'alive' && suspendedAt !== null ? 'suspended' : states[liveness],
    memory: run?.memory ?? null,
    suspendedAt,
    share: run?.share ?? null,
  };
}

function queueStatus(ticket: Ticket, position: number, isSuspended: boolean, world: World): QueueStatus {
  const record = world.tickets.read(ticket);
  const { identity, band } = ticket;
  return {
    position,
    ticket: identity.nonce,
    pid: identity.pid,
    command: maskSecrets(record?.argv ?? []),
    cwd: record?.cwd ?? null,
    arrivedAt: record?.arrivedAt ?? null,
    waitedMs: Number(world.clock.nowNs() - identity.arrivalNs) / 1e6,
    priority: PRIORITIES[band],
    state: isSuspended ? 'suspended' : 'waiting',
    share: record?.share ?? null,
  };
}
