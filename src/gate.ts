// THE PRODUCT on one screen: ticket -> slot -> git -> command.
//
//   ticket   join the queue, first come, first served            fairness
//   slot     take the lock; no stale one survives, no live one is taken   safety
//   git      let a running git operation finish                  courtesy
//   command  transparent as exec, its tree under a watchdog      work
//
// The queue is for fairness, the lock is for safety. Nobody takes from a holder but on proof that its whole
// run is dead.

import { SeqxError } from './base/errors.ts';
import type { HolderView } from './base/events.ts';
import { type Band, parseId, ticketName } from './base/identity.ts';
import type { Outcome } from './base/outcome.ts';
import type { World } from './base/ports.ts';
import { formatRunChain, parseRunChain, RUN_VARIABLE, runToken } from './base/run-token.ts';
import type { Settings } from './base/settings.ts';
import { showCommand } from './base/text.ts';
import { waitGit } from './git/wait-git.ts';
import { holdSlot } from './lock/hold-slot.ts';
import { HolderWatch } from './lock/judge-holder.ts';
import { provenChain } from './lock/prove-nesting.ts';
import { findCircle } from './queue/deadlock.ts';
import { nextTicket, type TurnRequest, waitTurn } from './queue/wait-turn.ts';
import { runCommand } from './run/run-command.ts';

export interface GateRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly descriptors: readonly number[];
  /** Tokens of gates that this very process holds around the call (withGate). */
  readonly inside: readonly string[];
  readonly settings: Settings;
  /** The caller set memory limits for this very run: a nested one is then watched by itself. */
  readonly hasOwnLimits: boolean;
}

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

/** What the gate was taken for: a slot of our own, or a pass inside a run that holds one. */
export type Hold =
  | { readonly kind: 'slot'; readonly token: string; readonly slotId: string; readonly ticketName: string }
  | { readonly kind: 'nested'; readonly token: string };

/** Passes the gate and runs the command. Expected endings are returned; SeqxError is thrown. */
export function passGate(request: GateRequest, passage: Passage, world: World): Promise<Outcome> {
  return takeGate(request, passage, world, async hold => {
    const { gitWait, gitBusy } = request.settings;
    const verdict = await waitGit({ ...request, waitMs: gitWait, busy: gitBusy }, world);
    if (world.stop.requested !== undefined) return notRun(false, request.settings, world);
    if (verdict === 'busy') return { kind: 'not-run', reason: 'git-busy' };
    const isSlot = hold.kind === 'slot';
    passage.ranFromNs = world.clock.nowNs();
    const outcome = await runCommand(
      {
        ...request,
        env: withToken(request.env, hold.token),
        token: hold.token,
        slotId: isSlot ? hold.slotId : undefined,
        ticketName: isSlot ? hold.ticketName : undefined,
        heldAt: new Date(world.clock.wallMs()).toISOString(),
        isWatched: isSlot || request.hasOwnLimits,
      },
      world,
    );
    if (isSlot) passage.peakBytes = world.slot.readRecord(hold.slotId)?.memory?.peakBytes;
    return outcome;
  });
}

/** Takes the gate for as long as `work` lasts, or says why not. */
export async function takeGate<T>(
  request: Omit<GateRequest, 'descriptors' | 'hasOwnLimits'>,
  passage: Passage,
  world: World,
  work: (hold: Hold) => Promise<T>,
): Promise<T | Outcome> {
  const chain = provenChain(request.env, request.inside, world);
  const outer = chain.findLast(token => token.startsWith(`${world.gate.hash}:`));
  if (outer !== undefined) return work(nestedHold(request, outer, passage, world));

  const watch = new HolderWatch(request.settings.stuckTimeout, world);
  await using place = await waitTurn(turnRequest(request, chain, watch, passage, world), world);
  passage.ticket = place.ticket.identity.nonce;
  passage.waitedMs = place.waitedMs();
  if (place.gaveUp) return notRun(place.gaveUp.passed, request.settings, world);

  await using slot = await holdSlot(place.ticket.id, watch, place.mayWait, world);
  passage.waitedMs = place.waitedMs();
  if (!slot) return notRun(world.stop.requested === undefined, request.settings, world);
  world.emit({ type: 'slot-taken', ticket: passage.ticket, waitedMs: passage.waitedMs });
  noteHolding(slot.id, world);
  void world.sweepLitter();

  const token = runToken(world.gate.hash, slot.id);
  return await work({ kind: 'slot', token, slotId: slot.id, ticketName: ticketName(place.ticket) });
}

/** Inside a run that holds this gate: straight through, with a token of our own to end our part by. */
function nestedHold(
  { settings }: Pick<GateRequest, 'settings'>,
  outer: string,
  passage: Passage,
  world: World,
): Hold {
  world.emit({ type: 'passed-through', holderPid: parseId(outer.split(':')[1] ?? '')?.pid ?? 0 });
  const { id, identity } = nextTicket(BANDS[settings.priority], world);
  passage.ticket = identity.nonce;
  return { kind: 'nested', token: runToken(world.gate.hash, id) };
}

function notRun(hasPassed: boolean, { wait }: Settings, world: World): Outcome {
  const stop = world.stop.requested;
  if (stop?.kind === 'signal') return { kind: 'interrupted', signal: stop.signal };
  if (stop !== undefined || !hasPassed) return { kind: 'not-run', reason: 'cancelled' };
  return { kind: 'not-run', reason: wait === 0 ? 'busy' : 'wait-passed' };
}

const BANDS: Record<Settings['priority'], Band> = { high: 0, normal: 1, low: 2 };

function turnRequest(
  request: Pick<GateRequest, 'argv' | 'cwd' | 'settings'>,
  chain: readonly string[],
  watch: HolderWatch,
  passage: Passage,
  world: World,
): TurnRequest {
  const { argv, cwd, settings } = request;
  const beganNs = world.clock.nowNs();
  return {
    band: BANDS[settings.priority],
    record: { argv, cwd, chain },
    waitMs: settings.wait,
    isHolding: async name => ['alive', 'suspended'].includes(await watch.judge(name)),
    onLook: ({ position, of }, holders, me) => {
      passage.position = position;
      passage.of = of;
      refuseDeadlock(runToken(world.gate.hash, me), chain, holders, argv, world);
      const waitedMs = Number(world.clock.nowNs() - beganNs) / 1e6;
      world.emit({ type: 'waited', position, of, waitedMs, holder: viewHolder(holders[0], world) });
    },
  };
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
  throw new SeqxError(
    'SEQX_WAIT_DEADLOCK',
    `deadlock: ${[...circle, circle[0]].join(' waits for ')}; nothing was run`,
  );
}

/** Everything that can be told about the holder, for the waiting line. */
export function viewHolder(name: string | undefined, world: World): HolderView | undefined {
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
    command: record?.argv,
    cwd: record?.cwd,
    heldMs: since === undefined ? undefined : nowMs - Date.parse(since),
    isSuspended: world.platform.look(identity.pid)?.state === 'T',
    memoryBytes: run?.memory?.bytes,
    heartbeatAgeMs: heartbeatMs === undefined ? undefined : nowMs - heartbeatMs,
    usualMs: record && world.usualMs(record.argv),
  };
}

/** Who we are, in our entry, before any child exists: a rescuer knows our forked child by it. */
function noteHolding(id: string, { platform, slot, clock }: World): void {
  const executable = platform.executable(process.pid) ?? process.execPath;
  try {
    slot.writeRecord(id, {
      schema: 'seqx.run/1',
      executable,
      heldAt: new Date(clock.wallMs()).toISOString(),
    });
  } catch {
    // The entry's name is the lock; its content is for people and rescuers. A lost entry is met later.
  }
}

export const withToken = (env: NodeJS.ProcessEnv, token: string): NodeJS.ProcessEnv => ({
  ...env,
  [RUN_VARIABLE]: formatRunChain([...parseRunChain(env[RUN_VARIABLE]), token]),
});
