// A batch that has the gate: all its parts put together, from the first command to the last.

import type { SeqxEvent } from '../base/events.ts';
import type { Outcome } from '../base/outcome.ts';
import type { ProcessRef, World } from '../base/ports.ts';
import { writeLater } from '../base/write-later.ts';
import type { BatchProgress } from '../batch/batch-report.ts';
import type { OutputSink } from '../batch/output-order.ts';
import type { Loss } from '../batch/reader.ts';
import type { Hold } from '../gate.ts';
import type { Passage } from '../passage.ts';
import type { Place, PlaceOptions } from '../place.ts';
import { settleRun } from '../run/settle-run.ts';
import { limitsOf } from '../run/verdict.ts';
import { WorkTimer } from '../run/work-timer.ts';
import { commandRunner } from './batch-command-run.ts';
import type { BatchCommand } from './batch-commands.ts';
import { type CommandEnd, isOk } from './batch-ends.ts';
import { startBatchGuard } from './batch-guard.ts';
import { BatchMemory } from './batch-memory.ts';
import { BatchOutput, type OutputWay } from './batch-output.ts';
import { BatchPressure } from './batch-pressure.ts';
import { batchRoom } from './batch-room.ts';
import { BatchRun } from './batch-run.ts';
import { BatchStop } from './batch-stop.ts';

export interface BatchOptions extends PlaceOptions {
  /** Ends the wait, or all that runs, when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Called for everything that happens; must not throw. */
  readonly onEvent?: ((event: SeqxEvent) => void) | undefined;
  /** Called about once a second and whenever something has changed; must not throw. */
  readonly onProgress?: ((progress: BatchProgress) => void) | undefined;
  /** As in `run`. */
  readonly takeSignals?: boolean | undefined;
  /** Open descriptors from 3 upwards that every command gets. */
  readonly descriptors?: readonly number[] | undefined;
  /** What `status` shows as the command. */
  readonly label?: readonly string[] | undefined;
  /** After the first failure nothing more is started; what runs is let finish. */
  readonly failFast?: boolean | undefined;
  /** `grouped`: whole, in the order of the list; `live`: line by line, named; `quiet`: not at all. */
  readonly output?: 'grouped' | 'live' | 'quiet' | undefined;
  /** Where output goes; this process's stdout and stderr by default. */
  readonly sink?: OutputSink | undefined;
  /** The commands' stdin with one job: /dev/null by default, and always with more than one. */
  readonly stdin?: 'inherit' | 'ignore' | undefined;
}

export interface Work {
  readonly commands: readonly BatchCommand[];
  readonly ends: ReadonlyMap<number, CommandEnd>;
  readonly mostAtOnce: number;
  readonly peakBytes: number | undefined;
  readonly outcome: Outcome;
}

/** What a batch runs under. */
export interface BatchCall {
  readonly commands: readonly BatchCommand[];
  readonly place: Place;
  readonly descriptors: readonly number[];
  readonly options: BatchOptions;
}

/** Runs them all, and says what became of them. */
export async function workThrough(
  call: BatchCall,
  hold: Hold,
  passage: Passage,
  world: World,
): Promise<Work> {
  const { commands, place, options } = call;
  const { settings } = place;
  passage.ranFromNs = world.clock.nowNs();
  world.emit({ type: 'batch-started', commands: commands.length, jobs: settings.jobs });
  const stop = new BatchStop();
  const onLost = (loss: Loss) => {
    if (loss.kind !== 'gone') world.emit({ type: 'output-lost', reason: loss.reason });
    if (loss.kind === 'gone') stop.endUnread();
    else if (loss.kind === 'refused') stop.end('unprinted');
  };
  const output = new BatchOutput(wayOf(settings.jobs, options), world.gate.folder, onLost, world.clock);
  const { batch, memory, close } = openBatch(call, hold, passage.ticket, stop, output, world);
  try {
    await batch.finish();
    for (const { number } of commands) if (!batch.ends.has(number)) await output.skip(number);
    await output.close();
  } finally {
    close();
  }
  const { ends, mostAtOnce } = batch;
  if (hold.kind === 'slot') passage.settledMs = await settleRun(hold.slotId, settings, world);
  const record = hold.kind === 'slot' ? world.slots.readRecord(hold.slotId) : undefined;
  const outcome = outcomeOf(commands, ends, stop);
  // The watchdog looks less often, and may have seen nothing of a short one.
  const peakBytes = Math.max(record?.memory?.peakBytes ?? 0, memory.totalPeakBytes ?? 0) || undefined;
  return { commands, ends, mostAtOnce, peakBytes, outcome };
}

/** Its parts, each of which knows of the others what it needs. */
function openBatch(
  { commands, place, descriptors, options }: BatchCall,
  hold: Hold,
  ticket: string,
  stop: BatchStop,
  output: BatchOutput,
  world: World,
): { readonly batch: BatchRun; readonly memory: BatchMemory; readonly close: () => void } {
  const { settings } = place;
  const room = batchRoom(hold, settings, world);
  const onLook = async () => {
    await pressure.look();
    batch.nudge();
  };
  const looks = limitsOf(settings, world.platform.fastestSampleMs);
  const memory = new BatchMemory(looks, room.budgetBytes, onLook, world);
  const pressure = new BatchPressure({ ...settings, budgetBytes: room.budgetBytes }, memory, world);
  const timer = startTimeout(settings, stop, world);
  const onSuspended = (isSuspended: boolean) => {
    if (isSuspended) timer?.pause();
    else timer?.resume();
    pressure.standAll(isSuspended);
  };
  const guard = startBatchGuard(hold, stop, settings, onSuspended, world);
  const runOne = commandRunner({
    ...{ place, token: hold.token, ticket, descriptors, output, memory, pressure, stop, world },
    onStarted: (root: ProcessRef) => guard.addRoot(root),
    onSurvivors: () => hold.kind === 'slot' && hold.handOver(),
  });
  const limits = { jobs: settings.jobs, failFast: options.failFast ?? false, ...room };
  const onProgress = options.onProgress ?? (() => {});
  const batch = new BatchRun(commands, limits, { runOne, memory, pressure, stop, onProgress }, world);
  const closing = [
    stop.onStop(() => {
      // After a failure those that run go on as before.
      if (stop.outcome === undefined) return;
      guard.letGo(true);
      output.hurry();
      void pressure.release();
    }),
    world.stop.listen(stop.take),
    () => timer?.stop(),
    () => memory.close(),
    () => guard.stop(),
  ];
  if (world.stop.requested) stop.take(world.stop.requested);
  return { batch, memory, close: () => closing.forEach(action => void action()) };
}

/** With one job at a time there is nothing to keep apart: a command has our own streams, and a terminal. */
function wayOf(
  jobs: number | 'auto',
  { output = 'grouped', stdin = 'ignore', sink = ownStreams }: BatchOptions,
): OutputWay {
  const isAlone = jobs === 1;
  const isDirect = isAlone && output === 'grouped' && sink.isOwnStreams === true;
  return { mode: isDirect ? 'direct' : output, stdin: isAlone ? stdin : 'ignore', sink };
}

const ownStreams: OutputSink = {
  isOwnStreams: true,
  begin: () => {},
  write: (stream, chunk) => writeLater(stream === 'stdout' ? 1 : 2, chunk),
};

function startTimeout({ timeout, killGrace }: Place['settings'], stop: BatchStop, { clock, emit }: World) {
  if (timeout === undefined) return undefined;
  const onOver = () => {
    emit({ type: 'timed-out', timeoutMs: timeout, graceMs: killGrace });
    stop.end('timeout');
  };
  return new WorkTimer(timeout, onOver, clock);
}

function outcomeOf(
  commands: readonly BatchCommand[],
  ends: ReadonlyMap<number, CommandEnd>,
  stop: BatchStop,
): Outcome {
  const isAllOk = commands.every(({ number }) => {
    const end = ends.get(number);
    return end !== undefined && isOk(end);
  });
  // What nobody can read has not been said, however well it went.
  const isUnprinted = stop.outcome?.kind === 'ended' && stop.outcome.by === 'unprinted';
  if (isAllOk && !isUnprinted) return { kind: 'exited', code: 0 };
  return stop.outcome ?? { kind: 'exited', code: 1 };
}
