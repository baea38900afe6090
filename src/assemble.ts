// The only place that chooses: which backend, which platform, which clock. Everything else gets a World.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { realClock } from './backend/clock.ts';
import { checkStateFolder, prepareGateFolder } from './backend/file/gate-folder.ts';
import { findLitter, removeLitter } from './backend/file/litter.ts';
import { slotFolders } from './backend/file/slot-folders.ts';
import { listIfThere, ticketFolder } from './backend/file/ticket-folder.ts';
import { localSockets } from './backend/sockets.ts';
import { errnoOf } from './base/errors.ts';
import type { SeqxEvent } from './base/events.ts';
import { type Identity, parseId } from './base/identity.ts';
import type { Disk, GateStores, Liveness, Platform, WaitingRun, World } from './base/ports.ts';
import { runToken } from './base/run-token.ts';
import { Stop } from './base/stop.ts';
import { showCommand } from './base/text.ts';
import { journalFolder, readEntries } from './journal/journal.ts';
import { usualPeakBytes, usualRunMs } from './journal/metrics.ts';
import { type Evidence, judgeByPid, judgeOwner } from './lock/takeover.ts';
import type { Place } from './place.ts';
import { endTree } from './run/end-tree.ts';

/** The stores of any gate, whether its folder exists or not. */
export const openStores = (
  folder: string,
  { disk, platform }: Pick<Place, 'disk' | 'platform'>,
): GateStores => ({
  tickets: ticketFolder(folder, disk, platform),
  slots: slotFolders(folder, disk),
});

/**
 * The world of one run. With `prepare`, the gate's folder is created and checked first.
 * @throws SeqxError SEQX_STATE_UNSAFE, SEQX_STATE_UNUSABLE, SEQX_STATE_REMOTE
 */
export function openWorld(
  place: Pick<Place, 'gate' | 'platform' | 'disk' | 'state' | 'env'>,
  emit: (event: SeqxEvent) => void,
  { prepare, selfCommand }: { readonly prepare: boolean; readonly selfCommand?: readonly string[] },
): World {
  const { gate, platform, disk, state, env } = place;
  // Who only looks or ends creates nothing, but trusts the folder no more than who runs.
  if (prepare) prepareGateFolder(state, gate.hash, disk, platform);
  else if (disk.stat(state) !== undefined) checkStateFolder(state, disk, platform);
  const stores = openStores(gate.folder, place);
  const gateStores = (hash: string) => openStores(join(state, hash), place);
  return {
    ...stores,
    gate,
    clock: realClock,
    disk,
    sockets: localSockets,
    platform,
    gateStores,
    waitingRuns: () => waitingRuns(state, place, gateStores),
    holdingTokens: () => holdingTokens(state, disk, gateStores),
    liveness: id => judgeLiveness(id, stores, platform),
    endRun: (target, graceMs) =>
      endTree({ target, graceMs }, { platform, after: realClock.after, nowNs: realClock.nowNs }),
    sweepLitter: () => sweepLitter(gate.folder, stores, place),
    emit,
    restoreFolder: () => void prepareGateFolder(state, gate.hash, disk, platform),
    selfCommand: selfCommand ?? ownCommand(),
    ...pastOf(journalFolder(gate.hash, env)),
    stop: new Stop(),
  };
}

/** What the journal tells of a command. It is read when first asked for. */
function pastOf(folder: string | undefined): Pick<World, 'usualMs' | 'usualPeakBytes'> {
  return { usualMs: remember(folder, usualRunMs), usualPeakBytes: remember(folder, usualPeakBytes) };
}

/** A waiter asks at every look; the journal of the past does not change what was usual. */
function remember(folder: string | undefined, read: typeof usualRunMs): World['usualMs'] {
  const known = new Map<string, number | undefined>();
  return argv => {
    const key = argv.join('\0');
    if (folder !== undefined && !known.has(key)) known.set(key, read(readEntries(folder), argv));
    return known.get(key);
  };
}

/** Where an owner lives but has not yet got its gate, the `seqx hold` that is getting it is judged instead. */
export async function judgeLiveness(id: string, stores: GateStores, platform: Platform): Promise<Liveness> {
  const identity = parseId(id);
  if (!identity) return 'unjudgeable';
  const liveness = await judgeIdentity(identity, stores, platform);
  const isLiving = liveness === 'alive' || liveness === 'suspended';
  const keeper = isLiving ? stores.slots.readRecord(id)?.keeper : undefined;
  // Under the same nonce: on that socket a watchdog answers from its first moment on.
  return keeper ? judgeIdentity({ ...identity, ...keeper }, stores, platform) : liveness;
}

/** Gathers the evidence about an owner; asks its socket only where the pid does not decide for life. */
async function judgeIdentity(
  identity: Identity,
  { tickets }: Pick<GateStores, 'tickets'>,
  platform: Platform,
): Promise<Liveness> {
  const evidence = evidenceOf(identity, platform);
  const byPid = judgeByPid(evidence);
  if (byPid !== undefined && (byPid !== 'dead' || !evidence.isSameBoot)) return byPid;
  return judgeOwner({ ...evidence, socket: await localSockets.probe(tickets.socketPath({ identity })) });
}

function evidenceOf(identity: Identity, platform: Platform): Omit<Evidence, 'socket'> {
  const self = platform.self();
  const isSameBoot = identity.boot === self.boot;
  const isSameNamespace = identity.namespace === self.namespace;
  const facts = isSameBoot && isSameNamespace ? platform.look(identity.pid) : undefined;
  const hasStart = facts !== undefined && facts.start !== '0' && identity.start !== '0';
  return {
    isSameBoot,
    isSameNamespace,
    exists: facts ? 'yes' : platform.exists(identity.pid),
    facts,
    isSameStart: hasStart ? platform.isSameStart(facts.start, identity.start) : undefined,
  };
}

/** Best effort: litter harms nobody, so a failure to sweep it must not, either. */
async function sweepLitter(
  folder: string,
  stores: GateStores,
  { disk, platform }: Pick<Place, 'disk' | 'platform'>,
): Promise<void> {
  const liveness = (id: string) => judgeLiveness(id, stores, platform);
  try {
    const tools = { disk, sockets: localSockets, platform, wallMs: realClock.wallMs, liveness };
    removeLitter(await findLitter(folder, tools), disk);
  } catch {
    // the next holder tries again
  }
}

/** Everybody who waits at any gate of this user. The ticket of one that was killed waits for nothing. */
function waitingRuns(
  state: string,
  { disk, platform }: Pick<Place, 'disk' | 'platform'>,
  gateStores: (hash: string) => GateStores,
): WaitingRun[] {
  return atEachGate(state, disk, hash => {
    const { tickets, slots } = gateStores(hash);
    const occupants = slots.occupants();
    const behind = occupants.map(id => runToken(hash, id));
    return tickets.list().flatMap(ticket => {
      const record = occupants.includes(ticket.id) ? undefined : tickets.read(ticket);
      if (!record || judgeByPid(evidenceOf(ticket.identity, platform)) === 'dead') return [];
      const label = `pid ${ticket.identity.pid} "${showCommand(record.argv)}"`;
      const isShared = record.share !== undefined;
      return { token: runToken(hash, ticket.id), chain: record.chain, behind, isShared, label };
    });
  });
}

const holdingTokens = (state: string, disk: Disk, gateStores: (hash: string) => GateStores): string[] =>
  atEachGate(state, disk, hash =>
    gateStores(hash)
      .slots.occupants()
      .map(id => runToken(hash, id)),
  );

/** A gate that cannot be looked into is no reason to fail at another. */
const atEachGate = <T>(state: string, disk: Disk, look: (hash: string) => T[]): T[] =>
  listGates(state, disk).flatMap(hash => {
    try {
      return look(hash);
    } catch (error) {
      if (errnoOf(error) === '') throw error;
      return [];
    }
  });

/** Names of the gates that have a folder. */
export const listGates = (state: string, disk: Disk): string[] =>
  listIfThere(disk, state).filter(name => /^[0-9a-f]{16}$/.test(name));

/**
 * How to start seqx again. A single-file binary is its own bundle: Node gives its main script the path of the
 * executable. Elsewhere it is what people start as well, for V8's code cache: 4 ms less for each watchdog.
 */
function ownCommand(): string[] {
  const ownFile = fileURLToPath(import.meta.url);
  const { execPath } = process;
  return ownFile === execPath ? [execPath] : [execPath, join(dirname(dirname(ownFile)), 'bin', 'seqx.js')];
}
