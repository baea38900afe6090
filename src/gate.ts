// THE PRODUCT on one screen: ticket -> slot -> git -> command.
//
//   ticket   join the queue, first come, first served            fairness
//   slot     take the lock, or one of the gate's slots if there is room; no stale one survives, no live one
//            is taken                                                     safety
//   git      let a running git operation finish                  courtesy
//   command  transparent as exec, its tree under a watchdog      work
//
// The queue is for fairness, the lock is for safety. Nobody takes from a holder but on proof that its whole
// run is dead.

import { join } from 'node:path';
import { Room, termsOf } from './admission/room.ts';
import { errnoOf, SeqxError, stateUnusable } from './base/errors.ts';
import {
  formatId,
  type Identity,
  NEVER_ARRIVED,
  parseId,
  randomNonce,
  type Ticket,
  ticketName,
} from './base/identity.ts';
import type { Outcome } from './base/outcome.ts';
import type { Cancel, ProcessRef, RunRecord, Share, World } from './base/ports.ts';
import { formatRunChain, parseRunChain, RUN_VARIABLE, runToken } from './base/run-token.ts';
import { HEARTBEAT_MS, type Settings } from './base/settings.ts';
import { type GitTrace, traceGit } from './git/git-trace.ts';
import { waitGit } from './git/wait-git.ts';
import { holdSlot, type SlotWish } from './lock/hold-slot.ts';
import { HolderWatch } from './lock/judge-holder.ts';
import { isPastAlready } from './lock/past-already.ts';
import { type Asker, provenChain } from './lock/prove-nesting.ts';
import { BANDS, InsideByNow, type Passage, turnRequest } from './passage.ts';
import { nextTicket, waitTurn } from './queue/wait-turn.ts';
import { runCommand } from './run/run-command.ts';
import { settleRun } from './run/settle-run.ts';

export interface GateRequest extends Asker {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly descriptors: readonly number[];
  readonly settings: Settings;
  /** The caller set memory limits for this very run: a nested one is then watched by itself. */
  readonly hasOwnLimits: boolean;
}

/** What the gate was taken for: a slot of our own, a pass inside a run that holds one, or not at all. */
export type Hold =
  | {
      readonly kind: 'slot';
      readonly token: string;
      readonly slotId: string;
      readonly ticketName: string;
      /** How it is shared with others; `undefined` if it is not. */
      readonly share: Share | undefined;
      /** Keeps the slot from being released here: a watchdog frees it, or the next run does. */
      readonly handOver: () => void;
    }
  | { readonly kind: 'nested'; readonly token: string; readonly chain: readonly string[] }
  | { readonly kind: 'bypass'; readonly token: string };

/** Passes the gate and runs the command. Expected endings are returned; SeqxError is thrown. */
export function passGate(request: GateRequest, passage: Passage, world: World): Promise<Outcome> {
  return takeGate(request, passage, world, async hold => {
    using trace =
      hold.kind === 'bypass' || request.env.GIT_INDEX_FILE
        ? undefined
        : traceGit(request.argv, request.env, join(world.gate.folder, 's'));
    for (let racedNs: bigint | undefined; ; ) {
      const git = await letGitFinish(request, hold, world);
      if (typeof git === 'object') return git;
      passage.ranFromNs = world.clock.nowNs();
      const outcome = await runHeld(request, hold, trace, passage, world);
      if (git === 'stale' || world.stop.requested || !trace?.lostRace()) return outcome;
      racedNs ??= passage.ranFromNs;
      if (Number(world.clock.nowNs() - racedNs) / 1e6 >= request.settings.gitWait) return outcome;
      world.emit({ type: 'git-raced' });
    }
  });
}

async function runHeld(
  request: GateRequest,
  hold: Hold,
  trace: GitTrace | undefined,
  passage: Passage,
  world: World,
): Promise<Outcome> {
  const isSlot = hold.kind === 'slot';
  const { outcome, survivors } = await runCommand(
    {
      ...request,
      env: withToken(trace?.env ?? request.env, hold.token),
      token: hold.token,
      slotId: isSlot ? hold.slotId : undefined,
      ticketName: isSlot ? hold.ticketName : undefined,
      share: isSlot ? hold.share : undefined,
      heldAt: new Date(world.clock.wallMs()).toISOString(),
      isWatched: hold.kind !== 'nested' || request.hasOwnLimits,
    },
    world,
  );
  if (isSlot) passage.peakBytes = world.slots.readRecord(hold.slotId)?.memory?.peakBytes;
  if (isSlot && survivors.length > 0) hold.handOver();
  else if (isSlot) passage.settledMs = await settleRun(hold.slotId, request.settings, world);
  return outcome;
}

/**
 * The courtesy: a running git operation gets its time. Returns how that ended if nothing may be run now, and
 * `stale` if a lock file of a dead git lies about.
 */
export async function letGitFinish(
  request: Omit<GateRequest, 'descriptors' | 'hasOwnLimits'>,
  hold: Hold,
  world: World,
): Promise<Outcome | 'go' | 'stale'> {
  if (hold.kind === 'bypass') return 'go';
  const { gitWait, gitBusy } = request.settings;
  const stopBeating = hold.kind === 'slot' ? keepBeating(hold.slotId, world) : undefined;
  const verdict = await waitGit({ ...request, waitMs: gitWait, busy: gitBusy }, world);
  stopBeating?.();
  if (world.stop.requested !== undefined) return notRun(false, request.settings, world);
  return verdict === 'busy' ? { kind: 'not-run', reason: 'git-busy' } : verdict;
}

/** Takes the gate for as long as `work` lasts, or says why not. */
export async function takeGate<T>(
  request: Omit<GateRequest, 'descriptors' | 'hasOwnLimits'>,
  passage: Passage,
  world: World,
  work: (hold: Hold) => Promise<T>,
): Promise<T | Outcome> {
  if (request.settings.bypass) return work(bypassHold(request, passage, world));
  const chain = await onState(() => provenChain(request, world), world);
  const outer = chain.findLast(token => token.startsWith(`${world.gate.hash}:`));
  if (outer !== undefined) {
    refuseExclusiveInside(outer, request.settings, world);
    return work(nestedHold(request, chain, outer, passage, world));
  }
  try {
    return await takeSlot(request, chain, passage, world, work);
  } catch (error) {
    if (error instanceof InsideByNow) return takeGate(request, passage, world, work);
    throw error;
  }
}

async function takeSlot<T>(
  request: Omit<GateRequest, 'descriptors' | 'hasOwnLimits'>,
  chain: readonly string[],
  passage: Passage,
  world: World,
  work: (hold: Hold) => Promise<T>,
): Promise<T | Outcome> {
  const { settings, owner } = request;
  const watch = new HolderWatch(settings.stuckTimeout, world);
  const room = new Room(
    termsOf(settings, () => world.usualPeakBytes(request.argv)),
    world,
  );
  const turn = turnRequest(request, { chain, watch, room, passage }, world);
  await using place = await onState(() => waitTurn(turn, world), world);
  passage.ticket = place.ticket.identity.nonce;
  passage.waitedMs = place.waitedMs();
  if (place.gaveUp) return notRun(place.gaveUp.passed, settings, world);

  const entry = entryFor(owner, place.ticket);
  const wish = slotWish(entry.id, room, owner, world);
  await using slot = await onState(() => holdSlot(wish, watch, place.mayWait, world), world);
  passage.waitedMs = place.waitedMs();
  if (!slot) return notRun(world.stop.requested === undefined, settings, world);
  passage.ticket = entry.identity.nonce;
  world.emit({ type: 'acquired', ticket: passage.ticket, waitedMs: passage.waitedMs });
  if (room.isShared) place.nudgeNext();
  else noteHolding(slot.id, owner, world);
  tellTight(slot.id, room, world);
  const sweeping = world.sweepLitter();

  const { share } = room.terms;
  const token = runToken(world.gate.hash, slot.id);
  const { id: slotId, handOver } = slot;
  const result = await work({ kind: 'slot', token, slotId, ticketName: ticketName(entry), share, handOver });
  await sweeping;
  return result;
}

/** It runs only because nobody is beside it: good to know for whoever wonders why nobody joins it. */
function tellTight(id: string, room: Room, { slots, emit }: World): void {
  if (!room.isShared) return;
  const { admission } = room.beside(slots.occupants().filter(name => name !== id));
  if (admission.kind !== 'open' || !admission.tight) return;
  const { neededBytes, freeBytes, of } = admission.tight;
  emit({ type: 'memory-tight', neededBytes, freeBytes, of });
}

/** An exclusive one writes its record when it has the slot; one who shares has it read while it tries. */
function slotWish(id: string, room: Room, owner: ProcessRef | undefined, world: World): SlotWish {
  const { slots, share } = room.terms;
  return {
    id,
    slots,
    isShared: room.isShared,
    record: share && (() => holdingRecord(share, owner, world)),
    hasRoomBeside: names => room.isOpenBeside(names),
  };
}

/**
 * The slot's entry names who must live for it: this process, or the one on whose behalf it came. The ticket in
 * the queue is this process's own all the same: if it dies while it waits, nobody waits behind a ghost.
 */
function entryFor(owner: ProcessRef | undefined, mine: Ticket): Ticket {
  if (!owner) return mine;
  const { pid, start } = owner;
  const identity = { ...mine.identity, pid, start, nonce: randomNonce() };
  return { band: mine.band, id: formatId(identity), identity };
}

/** A step whose disk fails is no bug of ours: the folder was deleted, or the disk is full. */
async function onState<T>(step: () => Promise<T> | T, { gate }: World): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw error instanceof SeqxError || errnoOf(error) === '' ? error : stateUnusable(gate.folder, error);
  }
}

/**
 * A run around this one shares the gate with others, so nothing inside it can be alone.
 * @throws SeqxError SEQX_EXCLUSIVE_INSIDE
 */
function refuseExclusiveInside(outer: string, { exclusive }: Settings, { slots, gate }: World): void {
  const [, id = ''] = outer.split(':');
  if (!exclusive || slots.readRecord(id)?.share === undefined) return;
  throw new SeqxError(
    'SEQX_EXCLUSIVE_INSIDE',
    `an exclusive run was asked for inside the run of pid ${parseId(id)?.pid ?? 0}, which shares ${gate.name} with others; nothing was run`,
  );
}

/** Inside a run that holds this gate: straight through, with a token of our own to end our part by. */
function nestedHold(
  { settings }: Pick<GateRequest, 'settings'>,
  chain: readonly string[],
  outer: string,
  passage: Passage,
  world: World,
): Hold {
  const token = freshToken(settings, passage, world);
  const holderPid = parseId(outer.split(':')[1] ?? '')?.pid ?? 0;
  world.emit({ type: 'passed-through', ticket: passage.ticket, holderPid });
  return { kind: 'nested', token, chain };
}

/** Past the gate because the caller said so, for once; the journal counts it, but not what runs inside it. */
function bypassHold(
  request: Pick<GateRequest, 'settings' | 'env' | 'owner'>,
  passage: Passage,
  world: World,
): Hold {
  const token = freshToken(request.settings, passage, world, { ...request.owner, arrivalNs: NEVER_ARRIVED });
  const isAgain = isPastAlready(request, world);
  if (!isAgain) world.emit({ type: 'bypassed', ticket: passage.ticket });
  // Another process needs no more than the token that it has.
  if (isAgain && request.owner)
    return { kind: 'nested', token, chain: parseRunChain(request.env[RUN_VARIABLE]) };
  return { kind: 'bypass', token };
}

/** A token that holds nothing: the processes of the run are found by it. */
function freshToken(
  { priority }: Settings,
  passage: Passage,
  world: World,
  other: Partial<Identity> = {},
): string {
  const { identity } = nextTicket(BANDS[priority], world);
  passage.ticket = identity.nonce;
  return runToken(world.gate.hash, formatId({ ...identity, ...other }));
}

/** Until the watchdog takes over: a holder that waits for git is healthy, and nobody may think it stuck. */
function keepBeating(id: string, { clock, slots }: World): Cancel {
  let cancel: Cancel = () => {};
  const beat = () => {
    slots.beat(id);
    cancel = clock.after(HEARTBEAT_MS, beat);
  };
  cancel = clock.after(HEARTBEAT_MS, beat);
  return () => cancel();
}

function notRun(hasPassed: boolean, { wait }: Settings, world: World): Outcome {
  const stop = world.stop.requested;
  if (stop?.kind === 'signal') return { kind: 'interrupted', signal: stop.signal };
  if (stop !== undefined || !hasPassed) return { kind: 'not-run', reason: 'cancelled' };
  return { kind: 'not-run', reason: wait === 0 ? 'busy' : 'wait-passed' };
}

/** Who holds, in the entry, before any child exists: a rescuer knows our forked child by it. */
function noteHolding(id: string, owner: ProcessRef | undefined, world: World): void {
  try {
    world.slots.writeRecord(id, holdingRecord(undefined, owner, world));
  } catch {
    // The entry's name is the lock; its content is for people and rescuers. A lost entry is met later.
  }
}

function holdingRecord(
  share: Share | undefined,
  owner: ProcessRef | undefined,
  { gate, platform, clock }: World,
): RunRecord {
  const executable = owner ? undefined : (platform.executable(process.pid) ?? process.execPath);
  const heldAt = new Date(clock.wallMs()).toISOString();
  const { pid, start } = platform.self();
  const keeper = owner && { pid, start };
  const root = gate.plainRoot;
  return { schema: 'seqx.run/1', root, share, executable, heldAt, command: owner, keeper };
}

export const withToken = (env: NodeJS.ProcessEnv, token: string): NodeJS.ProcessEnv => ({
  ...env,
  [RUN_VARIABLE]: formatRunChain([...parseRunChain(env[RUN_VARIABLE]), token]),
});
