// The gate around a function instead of a command: for programs that do the heavy work themselves.

import { openWorld } from '../assemble.ts';
import { SeqxError } from '../base/errors.ts';
import type { SeqxEvent } from '../base/events.ts';
import type { Outcome } from '../base/outcome.ts';
import type { World } from '../base/ports.ts';
import { type Hold, takeGate, withToken } from '../gate.ts';
import { newPassage } from '../passage.ts';
import { findPlace, type PlaceOptions } from '../place.ts';
import { Guard } from '../run/guard.ts';
import { insideGates, withInside } from './inside.ts';
import { reporting } from './reporting.ts';
import { listenForStops } from './stops.ts';

export interface Lease {
  /** Short name of the ticket, as `status` shows it. */
  readonly ticket: string;
  /** Aborts when the slot is lost (its folder was deleted) or somebody cancels the lease: stop the work. */
  readonly signal: AbortSignal;
  /** Environment for child processes: seqx calls among them pass through, and they end if this process dies. */
  readonly env: NodeJS.ProcessEnv;
  readonly waitedMs: number;
}

export interface WithGateOptions extends PlaceOptions {
  /** Ends the wait. Once the work has begun it is the work's own affair. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: SeqxEvent) => void) | undefined;
  /** What `status` shows as the command; the program's own command line by default. */
  readonly label?: readonly string[] | undefined;
}

/**
 * Waits for the gate, calls `work`, and gives the gate back however it ends.
 * @throws SeqxError SEQX_GATE_BUSY when the gate was not taken, and whatever `work` throws
 */
export async function withGate<T>(
  options: WithGateOptions,
  work: (lease: Lease) => Promise<T> | T,
): Promise<T> {
  const argv = options.label ?? process.argv;
  const place = await findPlace({ ...options, argv });
  const world = openWorld(place, reporting(place, options).emit, { prepare: true });
  const stopListening = listenForStops(world.stop, options);
  const passage = newPassage();
  const { cwd, env, settings } = place;
  const request = { argv, cwd, env, settings, inside: insideGates() };
  try {
    const result = await takeGate(request, passage, world, async hold => {
      stopListening();
      return { value: await leased(hold, passage.ticket, passage.waitedMs, env, world, work) };
    });
    if ('value' in result) return result.value;
    throw notTaken(result, place.gate.name);
  } finally {
    stopListening();
  }
}

async function leased<T>(
  hold: Hold,
  ticket: string,
  waitedMs: number,
  env: NodeJS.ProcessEnv,
  world: World,
  work: (lease: Lease) => Promise<T> | T,
): Promise<T> {
  const lost = new AbortController();
  const guard = hold.kind === 'slot' ? startGuard(hold, lost, world) : undefined;
  // `seqx cancel` and `kill-all` ask a program first; it is not theirs to end for a lease.
  const unlisten = world.stop.listen(request => {
    const by = request.kind === 'cancel' || request.kind === 'notice' ? request.by : request.kind;
    lost.abort(new SeqxError('SEQX_GATE_BUSY', `the lease was cancelled by ${by}`));
  });
  const lease: Lease = { ticket, signal: lost.signal, env: withToken(env, hold.token), waitedMs };
  try {
    return await withInside(hold.token, () => work(lease));
  } finally {
    unlisten();
    guard?.stop();
  }
}

/** Keeps the heartbeat going and, should this process die, ends what it started and frees the slot. */
function startGuard(hold: Extract<Hold, { kind: 'slot' }>, lost: AbortController, world: World): Guard {
  const now = new Date(world.clock.wallMs()).toISOString();
  const { start } = world.platform.self();
  const onLost = () => lost.abort(new SeqxError('SEQX_STATE_UNUSABLE', 'the slot of this gate was lost'));
  const nothing = () => {};
  const guard = new Guard(
    {
      type: 'watch',
      gate: world.gate,
      slotId: hold.slotId,
      ticketName: hold.ticketName,
      share: hold.share,
      command: undefined,
      tree: { roots: [], tokens: [hold.token], bornAfter: start },
      executable: world.platform.executable(process.pid) ?? process.execPath,
      heldAt: now,
      startedAt: now,
      limits: {
        treeBytes: 0,
        processBytes: 0,
        checkIntervalMs: 5_000,
        fastestMs: world.platform.fastestSampleMs,
      },
      graceMs: 0,
    },
    { onSlotLost: onLost, onLost, onMemoryEnd: nothing, onTreeEnded: nothing, onLeftFrozen: nothing },
    world,
  );
  guard.start();
  return guard;
}

function notTaken(outcome: Outcome, gate: string): SeqxError {
  const why = outcome.kind === 'not-run' ? outcome.reason : outcome.kind;
  return new SeqxError(
    'SEQX_GATE_BUSY',
    `the gate of ${gate} was not taken (${why}); the work was not started`,
  );
}
