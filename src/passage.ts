// The way through the queue, seen from the run: what it asks for, what it learns, whom it reports to.

import { SeqxError } from './base/errors.ts';
import type { HolderView } from './base/events.ts';
import { type Band, parseId } from './base/identity.ts';
import type { World } from './base/ports.ts';
import { runToken } from './base/run-token.ts';
import type { Settings } from './base/settings.ts';
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
  peakBytes: number | undefined;
  position: number | undefined;
  of: number | undefined;
}

export const newPassage = (): Passage => ({
  ticket: '',
  waitedMs: 0,
  ranFromNs: undefined,
  peakBytes: undefined,
  position: undefined,
  of: undefined,
});

export const BANDS: Record<Settings['priority'], Band> = { high: 0, normal: 1, low: 2 };

/** Looking a holder up costs a read of the whole queue: when something has changed, else less and less often. */
const SAME_NEWS_MS = 30_000;

/** How this run joins the queue, and what it does whenever it finds somebody ahead. */
export function turnRequest(
  request: Asker & { readonly argv: readonly string[]; readonly cwd: string; readonly settings: Settings },
  chain: readonly string[],
  watch: HolderWatch,
  passage: Passage,
  world: World,
): TurnRequest {
  const { argv, cwd, settings } = request;
  const beganNs = world.clock.nowNs();
  let told = { news: '', atMs: 0 };
  return {
    band: BANDS[settings.priority],
    record: { chain, argv: shortened(argv), cwd },
    waitMs: settings.wait,
    isHolding: async name => ['alive', 'suspended'].includes(await watch.judge(name)),
    onLook: ({ position, of }, holders, me) => {
      passage.position = position;
      passage.of = of;
      const chainNow = readChain(request, world);
      // Who does not wait closes no circle.
      if (settings.wait !== 0) refuseDeadlock(runToken(world.gate.hash, me), chainNow, holders, argv, world);
      const waitedMs = Number(world.clock.nowNs() - beganNs) / 1e6;
      const news = `${position}/${of} ${holders[0]}`;
      const isStale = waitedMs >= told.atMs + Math.min(SAME_NEWS_MS, told.atMs + 900);
      if (news === told.news && !isStale) return chainNow;
      told = { news, atMs: waitedMs };
      world.emit({ type: 'position', position, of, waitedMs, holder: viewHolder(holders[0], world) });
      return chainNow;
    },
  };
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

/** @throws SeqxError SEQX_WAIT_DEADLOCK when waiting would close a circle */
function refuseDeadlock(
  token: string,
  chain: readonly string[],
  holders: readonly string[],
  argv: readonly string[],
  world: World,
): void {
  if (chain.length === 0) return;
  const behind = holders.map(id => runToken(world.gate.hash, id));
  const label = `pid ${process.pid} "${showCommand(argv)}"`;
  const others = world.waitingRuns().filter(other => other.token !== token);
  const circle = findCircle({ token, chain, behind, label }, others);
  if (!circle) return;
  const between = holdBetween([...behind, ...chain], world);
  throw new SeqxError(
    'SEQX_WAIT_DEADLOCK',
    `deadlock: ${[...circle, circle[0]].join(' waits for ')}${between?.clause ?? ''}; nothing was run`,
    between?.hint,
  );
}

/** Who has a gate by `seqx hold` may give it back before it ends: the first such holder of a circle, for people. */
function holdBetween(tokens: readonly string[], world: World): { clause: string; hint: string } | undefined {
  for (const token of tokens) {
    const [hash = '', id = ''] = token.split(':');
    const holder = parseId(id);
    const command = world.gateStores(hash).slot.readRecord(id)?.command;
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
  const run = world.slot.readRecord(name);
  const nowMs = world.clock.wallMs();
  const since = run?.startedAt ?? run?.heldAt;
  const heartbeatMs = world.slot.heartbeatMs(name);
  return {
    pid: identity.pid,
    command: record && maskSecrets(record.argv),
    cwd: record?.cwd,
    heldMs: since === undefined ? undefined : nowMs - Date.parse(since),
    isSuspended: world.platform.look(identity.pid)?.state === 'T',
    memoryBytes: run?.memory?.bytes,
    heartbeatAgeMs: heartbeatMs === undefined ? undefined : nowMs - heartbeatMs,
    usualMs: record && world.usualMs(record.argv),
  };
}

/** A ticket is read in one piece of 64 KiB: what people are shown of a command is a fraction of that. */
const LONGEST_WORDS = 4_000;

/** As much of a command as a ticket shows. */
export const shortened = (argv: readonly string[]): string[] => shortenWords(argv, LONGEST_WORDS);
