// One run from call to journal: opens the world, passes the gate, reports, writes down what happened.

import { openWorld } from '../assemble.ts';
import { SeqxError } from '../base/errors.ts';
import type { RunStats, SeqxEvent } from '../base/events.ts';
import { exitCodeOf, type Outcome, outcomeWord, signalToRaise } from '../base/outcome.ts';
import type { SignalName, World } from '../base/ports.ts';
import { maskSecrets } from '../base/text.ts';
import { passGate } from '../gate.ts';
import { journalFolder } from '../journal/journal.ts';
import { noteRun } from '../journal/note-run.ts';
import { newPassage, type Passage } from '../passage.ts';
import { findPlace, type Place, type PlaceOptions } from '../place.ts';
import { insideGates } from './inside.ts';
import { type Reporting, reporting } from './reporting.ts';
import { listenForStops } from './stops.ts';

export interface RunOptions extends PlaceOptions {
  /** Ends the wait, or the command and its whole tree, when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Called for everything that happens; must not throw. */
  readonly onEvent?: ((event: SeqxEvent) => void) | undefined;
  /**
   * Take over this process's SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 for the time of the run and
   * hand them to the command. For programs that are nothing but a wrapper; off by default.
   */
  readonly takeSignals?: boolean | undefined;
  /**
   * Open descriptors from 3 upwards to pass on to the command, none by default. One that the setting `events`
   * names is written to and not passed on.
   */
  readonly descriptors?: readonly number[] | undefined;
}

export interface RunResult extends RunStats {
  readonly outcome: Outcome;
  /** As docs/exit-codes.md: the command's own, or why it did not run or was ended. */
  readonly exitCode: number;
  /** The signal that the command died by, or that interrupted the wait. */
  readonly signal: SignalName | undefined;
}

/**
 * Runs a command through the gate of its project: waits for its turn, then runs it with this process's
 * standard streams, under a watchdog.
 * @param argv the command and its arguments; no shell is involved
 * @throws SeqxError when seqx itself fails (configuration, state folder, deadlock); nothing was run then,
 *   or it was ended
 */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  if (argv.length === 0 || argv[0] === '')
    throw new SeqxError('SEQX_USAGE_INVALID', 'there is no command to run');
  const place = await findPlace({ ...options, argv });
  const { gate, settings } = place;
  const report = reporting(place, options);
  report.emit({ type: 'gate-opened', gate: gate.name, argv: maskSecrets(argv), settings });
  return report.during(() => passAndConclude(argv, place, report, options));
}

async function passAndConclude(
  argv: readonly string[],
  place: Place,
  { emit, descriptors }: Reporting,
  options: RunOptions,
): Promise<RunResult> {
  let isBypass = false;
  const onEvent = (event: SeqxEvent) => {
    isBypass ||= event.type === 'bypassed';
    emit(event);
  };
  const world = openWorld(place, onEvent, { prepare: true });
  const stopListening = listenForStops(world.stop, options);
  const passage = newPassage();
  try {
    const outcome = await passGate(
      {
        argv,
        cwd: place.cwd,
        env: place.env,
        descriptors,
        inside: insideGates(),
        settings: place.settings,
        hasOwnLimits: hasOwnLimits(options),
      },
      passage,
      world,
    );
    return await conclude(argv, outcome, { ...passage, isBypass }, place, world);
  } finally {
    stopListening();
  }
}

/** Limits of the very call, not of the project: only these concern a nested run by itself. */
function hasOwnLimits({ flags = {}, settings = {} }: PlaceOptions): boolean {
  const names = ['memory-limit', 'process-memory-limit'];
  return names.some(name => name in flags) || 'memoryLimit' in settings || 'processMemoryLimit' in settings;
}

async function conclude(
  argv: readonly string[],
  outcome: Outcome,
  passage: Passage & { readonly isBypass: boolean },
  place: Place,
  world: World,
): Promise<RunResult> {
  const { ranFromNs, settledMs, isBypass, ...known } = passage;
  const ranMs = ranFromNs === undefined ? 0 : Number(world.clock.nowNs() - ranFromNs) / 1e6 - settledMs;
  const stats: RunStats = { ...known, ranMs };
  const result: RunResult = {
    ...stats,
    outcome,
    exitCode: exitCodeOf(outcome, place.settings.conflictExitCode),
    signal: signalToRaise(outcome),
  };
  const { ticket, waitedMs, peakBytes = null, exitCode, signal = null } = result;
  const facts = { ticket, argv, cwd: place.cwd, waitedMs, ranMs, peakBytes };
  const end = { outcome: outcomeWord(outcome), exitCode, signal };
  const bypassed = isBypass ? { bypassed: true as const } : {};
  await noteRun(journalFolder(place.gate.hash, place.env), { ...facts, ...end, ...bypassed }, world);
  world.emit({ type: 'ended', outcome, stats });
  return result;
}
