// Ends every run and waiter of a gate, what earlier runs left behind, and clears what is stale. First the
// plan, which changes nothing and can be shown; then its execution, waiters before holders, so that nobody
// starts when a holder has gone.

import { basename } from 'node:path';
import { listGates, openWorld } from '../assemble.ts';
import { findLitter, removeLitter } from '../backend/file/litter.ts';
import { parseId, type Ticket } from '../base/identity.ts';
import type { World } from '../base/ports.ts';
import { runToken } from '../base/run-token.ts';
import { clearHolder, isHeldByInit } from '../lock/clear-holder.ts';
import { findPlace, type Place, type PlaceOptions } from '../place.ts';
import { sparedPids } from '../run/process-tree.ts';
import { type TokenCarrier, tokenCarriers } from '../run/token-carriers.ts';
import { add, type Ended, endHolder, endWaiter } from './ending.ts';
import { type GateStatus, statusOf } from './status.ts';

export interface KillAllOptions extends PlaceOptions {
  /** Every gate of this user, not only the project's. */
  readonly allProjects?: boolean | undefined;
  /** Only the plan; nothing is ended. */
  readonly dryRun?: boolean | undefined;
}

export interface Leftover {
  readonly pid: number;
  readonly command: readonly string[];
}

export interface KillPlan {
  readonly gate: GateStatus['gate'];
  readonly running: GateStatus['running'];
  readonly queue: GateStatus['queue'];
  /** Processes of finished or dead runs that still live, known by their token. */
  readonly leftovers: readonly Leftover[];
  /** Tickets, entries and files of dead processes. */
  readonly stale: number;
}

export interface KillReport {
  readonly plans: readonly KillPlan[];
  readonly isDryRun: boolean;
  readonly ended: number;
  /** Pids that SIGTERM did not end. */
  readonly killed: readonly number[];
  /** Pids that could not be ended. */
  readonly survivors: readonly number[];
  readonly cleared: number;
}

/**
 * What killAll would end.
 * @throws SeqxError for a malformed configuration
 */
export async function planKillAll(options: KillAllOptions = {}): Promise<KillPlan[]> {
  const place = await findPlace(options);
  return Promise.all(worldsOf(place, options).map(planFor));
}

/**
 * Ends the runs and waiters of this project, or of all of this user's.
 * @throws SeqxError for a malformed configuration
 */
export async function killAll(options: KillAllOptions = {}): Promise<KillReport> {
  const place = await findPlace(options);
  const worlds = worldsOf(place, options);
  const plans = await Promise.all(worlds.map(planFor));
  let total: Ended = { ended: 0, killed: [], survivors: [] };
  let cleared = 0;
  if (options.dryRun !== true) {
    for (const world of worlds) {
      total = add(total, await endGate(world, place.settings.killGrace));
      cleared += await clearStale(world);
    }
  }
  return { plans, isDryRun: options.dryRun === true, ...total, cleared };
}

function worldsOf(place: Place, { allProjects }: KillAllOptions): World[] {
  const open = (at: Place) => openWorld(at, () => {}, { prepare: false });
  const own = open(place);
  if (allProjects !== true) return [own];
  return listGates(place.state, place.disk).map(hash => {
    if (hash === place.gate.hash) return own;
    const stores = own.gateStores(hash);
    // A folder keeps no name of its project; what its tickets say is the best there is.
    const known = stores.tickets.list().map(ticket => stores.tickets.read(ticket)?.cwd);
    const root = known.find(cwd => cwd !== undefined) ?? hash;
    const folder = `${place.state}/${hash}`;
    const gate = { hash, name: basename(root), folder, root, plainRoot: '', scope: 'unknown' };
    return open({ ...place, gate });
  });
}

async function planFor(world: World): Promise<KillPlan> {
  const { gate, running, queue } = await statusOf({ gate: world.gate }, world);
  const leftovers = (await findLeftovers(world)).map(({ pid }) => ({
    pid,
    command: world.platform.commandLine(pid) ?? [],
  }));
  const stale = (await deadTickets(world)).length + (await litterOf(world)).length;
  const deadRuns = running.filter(({ state }) => state === 'dead').length;
  return { gate, running, queue, leftovers, stale: stale + deadRuns };
}

/** Carriers of a token of this gate that belong to no run that now holds it. */
async function findLeftovers(world: World): Promise<TokenCarrier[]> {
  const held = new Set(world.slots.occupants().map(id => runToken(world.gate.hash, id)));
  return (await tokenCarriers(world)).filter(({ tokens }) => !tokens.some(token => held.has(token)));
}

async function endGate(world: World, graceMs: number): Promise<Ended> {
  const by = `seqx kill-all, pid ${process.pid}`;
  let total: Ended = { ended: 0, killed: [], survivors: [] };
  const occupants = world.slots.occupants();
  const spared = sparedPids(await world.platform.processes(), process.pid);
  const waiters = world.tickets.list().filter(({ id, identity }) => {
    return !occupants.includes(id) && !spared.has(identity.pid);
  });
  for (const report of await Promise.all(waiters.map(ticket => endWaiter(ticket, by, world)))) {
    total = add(total, report);
  }
  for (const name of occupants) {
    const identity = parseId(name);
    // Called from inside a run: that run's wrapper is our ancestor, and we are its work. Of pid 1 it is said.
    const isEnded = identity && !spared.has(identity.pid);
    if (isEnded || isHeldByInit(name, world.slots.readRecord(name))) {
      total = add(total, await endHolder(name, graceMs, by, world));
    }
  }
  const tokens = (await findLeftovers(world)).flatMap(leftover => leftover.tokens);
  return add(total, await world.endRun({ roots: [], tokens }, graceMs));
}

async function clearStale(world: World): Promise<number> {
  const tickets = await deadTickets(world);
  for (const ticket of tickets) world.tickets.remove(ticket);
  let cleared = tickets.length;
  for (const name of world.slots.occupants()) {
    const isDead = parseId(name) === undefined || (await world.liveness(name)) === 'dead';
    if (isDead && (await clearHolder(name, 'dead', world)) === 'cleared') cleared += 1;
  }
  const litter = await litterOf(world);
  removeLitter(litter, world.disk);
  return cleared + litter.length;
}

async function deadTickets(world: World): Promise<Ticket[]> {
  const occupants = world.slots.occupants();
  const dead: Ticket[] = [];
  for (const ticket of world.tickets.list()) {
    if (!occupants.includes(ticket.id) && (await world.liveness(ticket.id)) === 'dead') dead.push(ticket);
  }
  return dead;
}

export const litterOf = (world: World): Promise<string[]> =>
  findLitter(world.gate.folder, {
    disk: world.disk,
    sockets: world.sockets,
    platform: world.platform,
    wallMs: world.clock.wallMs,
    liveness: world.liveness,
  });
