// The way through the queue, seen from the run: what it asks for, what it learns, whom it reports to.

import type { Room } from './admission/room.ts';
import { SeqxError } from './base/errors.ts';
import type { HolderView, MemoryWait } from './base/events.ts';
import { type Band, parseId } from './base/identity.ts';
import type { WaitingRun, World } from './base/ports.ts';
import { runToken } from './base/run-token.ts';
import { HEARTBEAT_MS, type Settings } from './base/settings.ts';
import { maskSecrets, shortenWords, showCommand } from './base/text.ts';
import type { HolderWatch } from './lock/judge-holder.ts';
import { type Asker, provenChain } from './lock/prove-nesting.ts';
import { findCircle } from './queue/deadlock.ts';
import type { TurnRequest } from './queue/wait-turn.ts';

/** What a step in the queue found out, for the journal. */
export interface Passage {
  ticket: string;
  waitedMs: number;
  ranFromNs: bigint | undefined;
  /** After the run, until memory was back. */
  settledMs: number;
  peakBytes: number | undefined;
  position: number | undefined;
  of: number | undefined;
}

export const newPassage = (): Passage => ({
  ticket: '',
  waitedMs: 0,
  ranFromNs: undefined,
  settledMs: 0,
  peakBytes: undefined,
  position: undefined,
  of: undefined,
});

export const BANDS: Record<Settings['priority'], Band> = { high: 0, normal: 1, low: 2 };

/** Looking a holder up costs a read of the whole queue: when something has changed, else less and less often. */
const SAME_NEWS_MS = 30_000;

/** An event stays below the size that several writers can put into one pipe without mixing them. */
const MOST_HOLDERS = 32;

/** The memory of others changes with their heartbeats. */
const MEMORY_LOOK_MS = HEARTBEAT_MS;

/** What a run brings with it into the queue. */
export interface Bearing {
  /** Tokens of the runs around it. */
  readonly chain: readonly string[];
  readonly watch: HolderWatch;
  readonly room: Room;
  readonly passage: Passage;
}

/** How this run joins the queue, and what it does whenever it finds somebody ahead. */
export function turnRequest(
  request: Asker & { readonly argv: readonly string[]; readonly cwd: string; readonly settings: Settings },
  { chain, watch, room, passage }: Bearing,
  world: World,
): TurnRequest {
  const { argv, cwd, settings } = request;
  const beganNs = world.clock.nowNs();
  let told = { news: '', atMs: 0 };
  let isShortTold = false;
  return {
    band: BANDS[settings.priority],
    record: { chain, argv: shortened(argv), cwd, share: room.terms.share },
    waitMs: settings.wait,
    isHolding: async name => ['alive', 'suspended'].includes(await watch.judge(name)),
    roomBeside(holders) {
      const { kind } = room.beside(holders).admission;
      return { isOpen: kind === 'open', lookMs: kind === 'memory' ? MEMORY_LOOK_MS : undefined };
    },
    onLook: ({ position, of, behind }, holders, me) => {
      passage.position = position;
      passage.of = of;
      const chainNow = readChain(request, world);
      // Who does not wait closes no circle.
      if (settings.wait !== 0) refuseDeadlock(waitingRun(me, request, chainNow, holders, room, world), world);
      const waitedMs = Number(world.clock.nowNs() - beganNs) / 1e6;
      const memory = behind ? undefined : memoryWait(holders, room);
      if (memory && !isShortTold && waitedMs >= MEMORY_LOOK_MS) {
        isShortTold = true;
        world.emit({ type: 'memory-short', ...memory, thresholdBytes: room.terms.thresholdBytes });
      }
      const news = `${position}/${of} ${holders.join()} ${memory === undefined}`;
      const isStale = waitedMs >= told.atMs + Math.min(SAME_NEWS_MS, told.atMs + 900);
      if (news === told.news && !isStale) return chainNow;
      told = { news, atMs: waitedMs };
      const holder = viewHolder(holders[0], world);
      const all = holders.slice(0, MOST_HOLDERS).flatMap(name => memoryOf(name, world) ?? []);
      world.emit({ type: 'position', position, of, waitedMs, holder, holders: all, memory });
      return chainNow;
    },
  };
}

/** What is missing, if memory is all that is missing. */
function memoryWait(holders: readonly string[], room: Room): MemoryWait | undefined {
  const { admission, takenSlots } = room.beside(holders);
  if (admission.kind !== 'memory') return undefined;
  const { neededBytes, freeBytes, of } = admission;
  return { neededBytes, freeBytes, of, takenSlots, slots: room.terms.slots };
}

/** The holder ahead turned out to be one that we are inside of: we pass through instead of waiting for it. */
export class InsideByNow extends Error {
  override readonly name = 'InsideByNow';
}

/**
 * Tokens of the runs that cannot end before this one. Asked at every look: a process may get a gate by `seqx hold`
 * while its child waits, and exports no token; of this gate neither would ever end, and for a moment after it has
 * got it nothing proves that it has.
 * @throws InsideByNow
 */
function readChain(request: Asker, world: World): string[] {
  const holding = world.holdingTokens();
  // Who waits on behalf of another keeps its own callers waiting as well. Read first: a hold whose owner becomes
  // known in between is then found below.
  const callers = request.owner ? provenChain({ ...request, owner: undefined }, world, holding) : [];
  const around = provenChain(request, world, holding);
  if (around.some(token => token.startsWith(`${world.gate.hash}:`))) throw new InsideByNow();
  return [...new Set([...callers, ...around])];
}

function waitingRun(
  id: string,
  { argv }: { readonly argv: readonly string[] },
  chain: readonly string[],
  holders: readonly string[],
  room: Room,
  { gate }: World,
): WaitingRun {
  const behind = holders.map(name => runToken(gate.hash, name));
  const label = `pid ${process.pid} "${showCommand(argv)}"`;
  return { token: runToken(gate.hash, id), chain, behind, isShared: room.isShared, label };
}

/** @throws SeqxError SEQX_WAIT_DEADLOCK when waiting would close a circle */
function refuseDeadlock(me: WaitingRun, world: World): void {
  if (me.chain.length === 0) return;
  const others = world.waitingRuns().filter(other => other.token !== me.token);
  const circle = findCircle(me, others);
  if (!circle) return;
  const between = holdBetween([...me.behind, ...me.chain], world);
  throw new SeqxError(
    'SEQX_WAIT_DEADLOCK',
    `deadlock: ${[...circle, circle[0]].join(' waits for ')}${between?.clause ?? ''}; nothing was run`,
    between?.hint,
  );
}

function memoryOf(name: string, { slots }: World): Pick<HolderView, 'pid' | 'memoryBytes'> | undefined {
  const identity = parseId(name);
  return identity && { pid: identity.pid, memoryBytes: slots.readRecord(name)?.memory?.bytes };
}

/** Who has a gate by `seqx hold` may give it back before it ends: the first such holder of a circle, for people. */
function holdBetween(tokens: readonly string[], world: World): { clause: string; hint: string } | undefined {
  for (const token of tokens) {
    const [hash = '', id = ''] = token.split(':');
    const holder = parseId(id);
    const command = world.gateStores(hash).slots.readRecord(id)?.command;
    if (!holder || command?.pid !== holder.pid || command.start !== holder.start) continue;
    const words = showCommand(maskSecrets(world.platform.commandLine(holder.pid) ?? []));
    return {
      clause: `, for pid ${holder.pid} "${words}" holds the gate between them`,
      hint: `seqx release   in pid ${holder.pid}, before the call that waits`,
    };
  }
  return undefined;
}

/** Everything that can be told about the holder, for the waiting line. */
function viewHolder(name: string | undefined, world: World): HolderView | undefined {
  const identity = parseId(name ?? '');
  if (name === undefined || !identity) return undefined;
  const ticket = world.tickets.list().find(({ id }) => id === name);
  const record = ticket && world.tickets.read(ticket);
  const run = world.slots.readRecord(name);
  const nowMs = world.clock.wallMs();
  const since = run?.startedAt ?? run?.heldAt;
  const heartbeatMs = world.slots.heartbeatMs(name);
  return {
    pid: identity.pid,
    command: record && maskSecrets(record.argv),
    cwd: record?.cwd,
    heldMs: since === undefined ? undefined : nowMs - Date.parse(since),
    isSuspended: run?.yields?.suspended !== undefined || world.platform.look(identity.pid)?.state === 'T',
    memoryBytes: run?.memory?.bytes,
    heartbeatAgeMs: heartbeatMs === undefined ? undefined : nowMs - heartbeatMs,
    usualMs: record && world.usualMs(record.argv),
  };
}

/** A ticket is read in one piece of 64 KiB: what people are shown of a command is a fraction of that. */
const LONGEST_WORDS = 4_000;

/** As much of a command as a ticket shows. */
export const shortened = (argv: readonly string[]): string[] => shortenWords(argv, LONGEST_WORDS);
