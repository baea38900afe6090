// One command of a batch: a run of its own inside the batch's, with a token, output and stop desk of its own. The
// batch's watchdog watches it, and its limits are the batch's.

import { messageOf } from '../base/errors.ts';
import type { SeqxEvent } from '../base/events.ts';
import { exitCodeOf, type Outcome, outcomeWord, signalToRaise } from '../base/outcome.ts';
import type { Cancel, ProcessRef, World } from '../base/ports.ts';
import { runToken } from '../base/run-token.ts';
import { Stop } from '../base/stop.ts';
import { withToken } from '../gate.ts';
import { journalFolder } from '../journal/journal.ts';
import { noteRun } from '../journal/note-run.ts';
import { BANDS } from '../passage.ts';
import type { Place } from '../place.ts';
import { nextTicket } from '../queue/wait-turn.ts';
import { type CommandRun, runCommand } from '../run/run-command.ts';
import type { BatchCommand } from './batch-commands.ts';
import type { BatchMemory } from './batch-memory.ts';
import type { BatchOutput, CommandOutput } from './batch-output.ts';
import type { BatchPressure } from './batch-pressure.ts';
import type { RunOne } from './batch-run.ts';
import type { BatchStop } from './batch-stop.ts';

export interface CommandRunner {
  readonly place: Place;
  /** Of the batch. */
  readonly token: string;
  readonly ticket: string;
  readonly descriptors: readonly number[];
  readonly output: BatchOutput;
  readonly memory: BatchMemory;
  readonly pressure: BatchPressure;
  readonly stop: BatchStop;
  readonly world: World;
  /** Told of each command that runs, before anything else is done with it. */
  readonly onStarted: (root: ProcessRef) => void;
  /** Somebody could not be ended. */
  readonly onSurvivors: () => void;
}

/** What runs one command after the other, or side by side, for a batch. */
export const commandRunner =
  (runner: CommandRunner): RunOne =>
  async command => {
    const output = await runner.output.open(command.number, command.name);
    const { clock } = runner.world;
    const ranFromNs = clock.nowNs();
    // Somebody may have asked the batch to end while its pipes were made.
    const outcome = runner.stop.isStopped ? undefined : await new OneCommand(command, runner).run(output);
    const ranMs = Number(clock.nowNs() - ranFromNs) / 1e6;
    const peakBytes = runner.memory.peakBytes(command.number) ?? null;
    const conclude = async () => {
      await output.end();
      if (outcome) await note(command, outcome, ranMs, peakBytes, runner);
    };
    return { outcome, ranMs, conclude };
  };

/** From here on a command has surely had the Ctrl-C of its terminal by itself, and acted on it. */
const JUST_STARTED_MS = 250;

class OneCommand {
  readonly #command: BatchCommand;
  readonly #runner: CommandRunner;
  readonly #token: string;
  readonly #stop = new Stop();
  /** It is ended to make room for the others. */
  #isInTheWay = false;
  #isAskedTwice = false;
  #isStanding = false;
  #timer: Parameters<NonNullable<CommandRun['onTimer']>>[0] | undefined;
  #cancelAsking: Cancel = () => {};

  constructor(command: BatchCommand, runner: CommandRunner) {
    this.#command = command;
    this.#runner = runner;
    const { world } = runner;
    this.#token = runToken(world.gate.hash, nextTicket(BANDS.normal, world).id);
  }

  async run(output: CommandOutput): Promise<Outcome> {
    const { stop, pressure, world, onSurvivors } = this.#runner;
    const leave = stop.add(this.#stop);
    const emit = (event: SeqxEvent) => this.#onEvent(event);
    try {
      const { outcome, survivors } = await runCommand(this.#order(output), {
        ...world,
        stop: this.#stop,
        emit,
      });
      if (survivors.length > 0) onSurvivors();
      return this.#isInTheWay ? { kind: 'ended', by: 'pressure', signal: undefined } : asBatch(outcome, stop);
    } catch (error) {
      // No process to be had for it: it has failed, and the others go on.
      return { kind: 'not-started', why: 'not-executable', detail: messageOf(error) };
    } finally {
      pressure.remove(this.#command.number);
      this.#cancelAsking();
      leave();
    }
  }

  #order({ stdio, onSpawned }: CommandOutput): CommandRun {
    const { place, token: around, descriptors, world } = this.#runner;
    const { argv, cwd, env, timeout } = this.#command;
    return {
      argv,
      cwd,
      env: withToken(withToken(env, around), this.#token),
      descriptors,
      settings: { ...place.settings, timeout },
      token: this.#token,
      slotId: undefined,
      ticketName: undefined,
      share: undefined,
      heldAt: new Date(world.clock.wallMs()).toISOString(),
      isWatched: false,
      stdio,
      onSpawned,
      onTimer: timer => {
        this.#timer = timer;
        this.#keepTime();
      },
    };
  }

  #onEvent(event: SeqxEvent): void {
    const { number } = this.#command;
    if (event.type === 'started') this.#onStarted(event.pid);
    // Why it is ended has been said.
    else if (event.type !== 'ending' || !(this.#isInTheWay || this.#isAskedTwice))
      this.#runner.world.emit({ type: 'command-event', number, event });
  }

  #onStarted(pid: number): void {
    const { number, name, argv } = this.#command;
    const { world, memory, pressure, onStarted } = this.#runner;
    const root = { pid, start: world.platform.look(pid)?.start ?? '0' };
    const target = { roots: [root], tokens: [this.#token], bornAfter: world.platform.self().start };
    const end = () => {
      this.#isInTheWay = true;
      this.#stop.request({ kind: 'abort' });
    };
    memory.add(number, target);
    const onStanding = (isStanding: boolean) => {
      this.#isStanding = isStanding;
      this.#keepTime();
    };
    pressure.add({ number, root, target, emit: event => this.#onEvent(event), end, onStanding });
    onStarted(root);
    this.#catchUp();
    world.emit({ type: 'command-started', number, name, argv, pid });
  }

  /** Its own time limit stands still while it does. */
  #keepTime(): void {
    if (this.#isStanding) this.#timer?.pause();
    else this.#timer?.resume();
  }

  /**
   * A terminal's Ctrl-C is not forwarded, because everybody has it already; but a command that was started between
   * the key and our hearing of it has not. Asked twice, it is ended.
   */
  #catchUp(): void {
    const { platform, clock } = this.#runner.world;
    const startedNs = clock.nowNs();
    this.#stop.listen(request => {
      const isYoung = Number(clock.nowNs() - startedNs) / 1e6 < JUST_STARTED_MS;
      if (this.#isAskedTwice || request.kind !== 'signal' || !isYoung || !platform.isForeground()) return;
      this.#isAskedTwice = true;
      this.#cancelAsking = clock.after(JUST_STARTED_MS, () => this.#stop.request(request));
    });
  }
}

/** Where the batch as a whole was ended, that is why each command was that was cut short. */
function asBatch(outcome: Outcome, { outcome: whole }: BatchStop): Outcome {
  if (whole?.kind !== 'ended') return outcome;
  const isCutShort = outcome.kind === 'signalled' || (outcome.kind === 'ended' && outcome.by === 'aborted');
  return isCutShort ? { ...whole, signal: 'signal' in outcome ? outcome.signal : undefined } : outcome;
}

/** What it took is known the next time. */
async function note(
  { argv, cwd }: BatchCommand,
  outcome: Outcome,
  ranMs: number,
  peakBytes: number | null,
  { place, ticket, world }: CommandRunner,
): Promise<void> {
  const end = {
    outcome: outcomeWord(outcome),
    exitCode: exitCodeOf(outcome, place.settings.conflictExitCode),
    signal: signalToRaise(outcome) ?? null,
  };
  const folder = journalFolder(place.gate.hash, place.env);
  await noteRun(folder, { ticket, argv, cwd, waitedMs: 0, ranMs, peakBytes, ...end }, world);
}
