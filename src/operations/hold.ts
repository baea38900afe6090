// Takes the gate on behalf of another process: it is held from the moment this returns until that process
// ends, however it ends. For callers that cannot be wrapped: a makefile, a shell script, an agent's session.
// Protocol: wait in the queue as ourselves, take the slot in the owner's name, start a watchdog that stays, and
// leave. Whoever dies in between: without the owner there is no ticket and no slot; without us no ticket, and a
// slot that whoever comes next clears, without harm to the owner: it has not got the gate.

import { openWorld } from '../assemble.ts';
import type { SeqxEvent } from '../base/events.ts';
import { exitCodeOf, type Outcome, outcomeWord, signalToRaise } from '../base/outcome.ts';
import type { ProcessRef, SignalName, World } from '../base/ports.ts';
import { formatRunChain, RUN_VARIABLE } from '../base/run-token.ts';
import { maskSecrets } from '../base/text.ts';
import { type Hold, letGitFinish, takeGate, withToken } from '../gate.ts';
import { type JournalEntry, journalFolder } from '../journal/journal.ts';
import { noteRun } from '../journal/note-run.ts';
import { newPassage, type Passage } from '../passage.ts';
import { findPlace, type Place, type PlaceOptions } from '../place.ts';
import { choosePlatform } from '../platform/index.ts';
import { handToWatchdog } from '../run/hand-to-watchdog.ts';
import { watchProcess } from '../run/watch-process.ts';
import { type HoldRequest, holdOrder } from './hold-order.ts';
import { findOwner, isInit, voiceFor } from './hold-owner.ts';
import { insideGates } from './inside.ts';
import { reporting } from './reporting.ts';
import { listenForStops } from './stops.ts';

/** Waiting for a dead owner costs nobody anything for this long, and 71 waiters look 142 times a second. */
const OWNER_LOOK_MS = 500;
const RELEASED: Outcome = { kind: 'not-run', reason: 'cancelled' };

export interface HoldOptions extends PlaceOptions {
  /** Who shall hold the gate; the parent of this process by default. */
  readonly pid?: number | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: SeqxEvent) => void) | undefined;
  /** Open descriptors from 3 upwards that were given to this process; one of them may be for the events. */
  readonly descriptors?: readonly number[] | undefined;
  /** As in `run`: for programs that are nothing but this call. */
  readonly takeSignals?: boolean | undefined;
}

export type HoldResult =
  /** The owner holds the gate, by itself or by a run around it: the value for SEQX_RUN in its children. */
  | { readonly kind: 'held'; readonly chain: string; readonly waitedMs: number }
  | {
      readonly kind: 'not-held';
      readonly outcome: Outcome;
      readonly exitCode: number;
      readonly signal: SignalName | undefined;
    };

/**
 * Waits for the gate and leaves it to the owner. Called again for the same owner, it answers the same at once.
 * @throws SeqxError SEQX_OWNER_UNFIT when there is no such process or it is not this user's
 */
export async function hold(options: HoldOptions = {}): Promise<HoldResult> {
  const platform = await choosePlatform();
  const owner = findOwner(options.pid, platform);
  const argv = platform.commandLine(owner.pid) ?? [];
  const place = await findPlace({ ...options, argv });
  const { emit, during } = reporting(place, options);
  emit({ type: 'gate-opened', gate: place.gate.name, argv: maskSecrets(argv), settings: place.settings });
  return during(() => holdFor(owner, argv, place, emit, options));
}

async function holdFor(
  owner: ProcessRef,
  argv: readonly string[],
  place: Place,
  emit: (event: SeqxEvent) => void,
  options: HoldOptions,
): Promise<HoldResult> {
  const world = openWorld(place, emit, { prepare: true });
  const stopListening = listenForStops(world.stop, options);
  const onOwnerGone = () => world.stop.request({ kind: 'abort' });
  const stopWatching = watchProcess(owner, OWNER_LOOK_MS, onOwnerGone, world);
  const { cwd, env, settings } = place;
  const request = { argv, cwd, env, settings, inside: insideGates(), owner };
  const passage = newPassage();
  try {
    const result = await takeGate(request, passage, world, taken =>
      settle(taken, request, passage, place, world),
    );
    if ('chain' in result) return { kind: 'held', chain: result.chain, waitedMs: passage.waitedMs };
    return await notHeld(argv, result, passage, place, world);
  } finally {
    stopWatching();
    stopListening();
  }
}

/** What becomes of the gate once we have it: the owner's, with a watchdog; or none, if git stays busy. */
async function settle(
  taken: Hold,
  request: HoldRequest,
  passage: Passage,
  place: Place,
  world: World,
): Promise<{ readonly chain: string } | Outcome> {
  if (taken.kind === 'nested') return { chain: formatRunChain(taken.chain) };
  const chain = withToken(request.env, taken.token)[RUN_VARIABLE] ?? '';
  if (taken.kind === 'bypass') {
    await note(request.argv, passage, { outcome: 'bypassed', exitCode: null, signal: null }, place, world);
    return { chain };
  }
  const { owner } = request;
  if (isInit(owner)) world.emit({ type: 'owner-unwatched', pid: owner.pid });
  const git = await letGitFinish(request, taken, world);
  if (typeof git === 'object') return git;
  const order = holdOrder(taken, request, passage, place, world);
  // Until a watchdog is there to be asked, `seqx release` takes the slot away.
  const isReleased = () => !world.slots.confirm(taken.slotId);
  if (isReleased()) return RELEASED;
  try {
    await handToWatchdog(order, voiceFor(owner, world.platform), world);
  } catch (error) {
    if (isReleased()) return RELEASED;
    throw error;
  }
  taken.handOver();
  return { chain };
}

async function notHeld(
  argv: readonly string[],
  outcome: Outcome,
  passage: Passage,
  place: Place,
  world: World,
): Promise<HoldResult> {
  const exitCode = exitCodeOf(outcome, place.settings.conflictExitCode);
  const signal = signalToRaise(outcome);
  await note(
    argv,
    passage,
    { outcome: outcomeWord(outcome), exitCode, signal: signal ?? null },
    place,
    world,
  );
  const { ranFromNs: _, settledMs: __, ...known } = passage;
  world.emit({ type: 'ended', outcome, stats: { ...known, ranMs: 0 } });
  return { kind: 'not-held', outcome, exitCode, signal };
}

const note = (
  argv: readonly string[],
  { ticket, waitedMs }: Passage,
  end: Pick<JournalEntry, 'outcome' | 'exitCode' | 'signal'>,
  { gate, cwd, env }: Place,
  world: World,
): Promise<void> =>
  noteRun(
    journalFolder(gate.hash, env),
    { ticket, argv, cwd, waitedMs, ranMs: 0, peakBytes: null, ...end },
    world,
  );
