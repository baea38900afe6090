// Running the command as if seqx were not there: same terminal, group, descriptors, arguments and ending.
// What seqx adds stands beside it: a token in the environment, a watchdog, and the end of the whole tree
// when a limit, a second Ctrl-C or a cancel asks for it.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { errnoOf, messageOf, SeqxError } from '../base/errors.ts';
import type { Outcome } from '../base/outcome.ts';
import type { ProcessRef, RunRecord, RunTarget, Share, World } from '../base/ports.ts';
import { realDirectory } from '../base/project.ts';
import type { Settings } from '../base/settings.ts';
import { continueTree } from './end-tree.ts';
import { Guard, type GuardEvents } from './guard.ts';
import { type Known, notFrom, settleLeftovers } from './leftovers.ts';
import { StopDesk } from './stop-desk.ts';
import { TreeEnding } from './tree-ending.ts';
import { limitsOf } from './verdict.ts';
import type { PressureOrder, WatchOrder } from './watch-messages.ts';
import { WorkTimer } from './work-timer.ts';

export interface CommandRun {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The command's environment, with the run chain in it. */
  readonly env: NodeJS.ProcessEnv;
  /** Descriptors from 3 upwards to pass on. */
  readonly descriptors: readonly number[];
  readonly settings: Settings;
  readonly token: string;
  /** The slot entry that this run keeps alive; `undefined` when nested. */
  readonly slotId: string | undefined;
  readonly ticketName: string | undefined;
  /** How it shares the gate; `undefined` if it does not. */
  readonly share: Share | undefined;
  readonly heldAt: string;
  /** The first three descriptors; by default our own. */
  readonly stdio?: readonly ('inherit' | 'ignore' | 'pipe' | number)[] | undefined;
  /** Called as soon as the command is there: whoever opened descriptors for it closes them. */
  readonly onSpawned?: ((child: ChildProcess) => void) | undefined;
  /** Called with the clock of its time limit, if it has one: whoever lets the command stand still stops that as well. */
  readonly onTimer?: ((timer: Pick<WorkTimer, 'pause' | 'resume'>) => void) | undefined;
  /** A nested run is watched only if it asked for limits of its own; the outer watchdog covers it. */
  readonly isWatched: boolean;
}

export interface CommandEnd {
  readonly outcome: Outcome;
  /** Processes of the run that could not be ended: the slot must not be given to anybody beside them. */
  readonly survivors: readonly number[];
}

/** Runs the command to its end, and ends what it leaves behind as `--leftovers` says. */
export async function runCommand(run: CommandRun, world: World): Promise<CommandEnd> {
  if (run.slotId !== undefined && !world.slots.confirm(run.slotId)) return lostSlot(world);
  const { clock, platform } = world;
  const before = { ns: clock.nowNs(), pids: platform.pids && new Set(platform.pids()) };
  try {
    const child = start(run, world);
    run.onSpawned?.(child);
    if (child.pid !== undefined) return new Execution(run, child, child.pid, before, world).finish();
    return await new Promise((_resolve, reject) => child.on('error', reject));
  } catch (error) {
    // spawn says ENOENT for a directory that has gone as well.
    if (errnoOf(error) === 'ENOENT') realDirectory(run.cwd);
    return notStarted(error);
  }
}

/** How things were just before the command was started. */
interface Before {
  readonly ns: bigint;
  readonly pids: ReadonlySet<number> | undefined;
}

function lostSlot(world: World): CommandEnd {
  world.emit({ type: 'slot-lost' });
  return { outcome: { kind: 'ended', by: 'slot-lost', signal: undefined }, survivors: [] };
}

function start(run: CommandRun, world: World): ChildProcess {
  const { file, args, isVerbatim } = world.platform.spawnable(run.argv, run.env, run.cwd);
  const stdio: SpawnOptions['stdio'] = [...(run.stdio ?? ['inherit', 'inherit', 'inherit'])];
  for (let fd = 3; fd <= Math.max(0, ...run.descriptors); fd++) {
    stdio.push(run.descriptors.includes(fd) ? fd : 'ignore');
  }
  return spawn(file, args, { cwd: run.cwd, env: run.env, stdio, windowsVerbatimArguments: isVerbatim });
}

/**
 * The ending of a command that could not be started, as a shell would say it.
 * @throws SeqxError SEQX_COMMAND_UNSTARTED when the system has no room for another process
 */
function notStarted(error: unknown): CommandEnd {
  const errno = errnoOf(error);
  if (['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'].includes(errno)) {
    throw new SeqxError('SEQX_COMMAND_UNSTARTED', `cannot start the command: ${messageOf(error)}`);
  }
  const why = errno === 'ENOENT' ? 'not-found' : 'not-executable';
  return { outcome: { kind: 'not-started', why, detail: errno }, survivors: [] };
}

class Execution {
  readonly #run: CommandRun;
  readonly #child: ChildProcess;
  readonly #before: Before;
  readonly #root: ProcessRef;
  readonly #target: RunTarget;
  readonly #world: World;
  readonly #order: WatchOrder;
  readonly #guard: Guard;
  readonly #ending: TreeEnding;
  readonly #desk: StopDesk;
  #timer: WorkTimer | undefined;

  constructor(run: CommandRun, child: ChildProcess, pid: number, before: Before, world: World) {
    const { killGrace } = run.settings;
    this.#before = before;
    this.#run = run;
    this.#child = child;
    this.#world = world;
    const bornAfter = world.platform.self().start;
    this.#root = { pid, start: world.platform.look(pid)?.start ?? '0' };
    this.#target = { roots: [this.#root], tokens: [run.token], bornAfter };
    this.#ending = new TreeEnding(this.#target, killGrace, world, () => this.#guard.letGo(true));
    this.#desk = new StopDesk(child, this.#ending, killGrace, world, () => this.#guard.letGo(false));
    this.#order = watchOrder(run, this.#root, this.#target, world);
    this.#guard = new Guard(this.#order, this.#guardEvents(), world);
  }

  async finish(): Promise<CommandEnd> {
    const ended = this.#commandEnd();
    try {
      this.#begin();
      return await this.#conclude(await ended);
    } catch (error) {
      // Whatever failed, the command may live, and the slot must not be given to anybody beside it.
      this.#ending.begin('unwatched');
      const { survivors = [] } = (await this.#ending.pending) ?? {};
      if (survivors.length === 0) throw error;
      this.#world.emit({ type: 'ending-failed', reason: messageOf(error) });
      return { outcome: { kind: 'ended', by: 'unwatched', signal: undefined }, survivors };
    } finally {
      this.#timer?.stop();
      this.#desk.close();
      this.#guard.stop();
    }
  }

  #begin(): void {
    this.#world.platform.offerToOomKiller(this.#root.pid);
    this.#noteCommand();
    if (this.#run.isWatched) this.#guard.start();
    this.#world.emit({ type: 'started', pid: this.#root.pid });
    this.#timer = this.#startTimeout();
    if (this.#timer) this.#run.onTimer?.(this.#timer);
    this.#desk.open();
  }

  async #conclude(outcome: Outcome): Promise<CommandEnd> {
    // The limit is on the command; how long its leftovers take to end is another matter.
    this.#timer?.stop();
    this.#guard.letGo(true);
    const { settings } = this.#run;
    const left = this.#ending.pending
      ? []
      : await settleLeftovers(this.#target, settings, this.#known(), this.#world);
    const report = await this.#ending.pending;
    const { by } = this.#ending;
    const signal = outcome.kind === 'signalled' ? outcome.signal : undefined;
    return {
      outcome: by === undefined ? outcome : { kind: 'ended', by, signal },
      survivors: report?.survivors ?? left,
    };
  }

  #known(): Known {
    const ranMs = Number(this.#world.clock.nowNs() - this.#before.ns) / 1e6;
    const home = this.#world.platform.look(process.pid);
    return { before: notFrom(this.#before.pids, ranMs), hidden: this.#guard.hidden, home };
  }

  #startTimeout(): WorkTimer | undefined {
    const { timeout, killGrace } = this.#run.settings;
    if (timeout === undefined) return undefined;
    const onOver = () => {
      this.#world.emit({ type: 'timed-out', timeoutMs: timeout, graceMs: killGrace });
      this.#ending.begin('timeout');
    };
    return new WorkTimer(timeout, onOver, this.#world.clock);
  }

  /** Our descendants are known by this from the first moment; the watchdog goes on with it. */
  #noteCommand(): void {
    const { gate, slotId, share, executable, heldAt, startedAt, command } = this.#order;
    if (slotId === undefined) return;
    try {
      const { plainRoot: root } = gate;
      const schema = 'seqx.run/1';
      const record: RunRecord = { schema, root, share, executable, heldAt, startedAt, command };
      this.#world.slots.writeRecord(slotId, record);
    } catch {
      // a full disk; a lost entry is noticed by the watchdog
    }
  }

  /** A watchdog's verdict is written before its signals, so it has arrived once this turn of the loop is over. */
  #commandEnd(): Promise<Outcome> {
    // An 'error' of a running child (a refused kill) has no other listener, and would be thrown.
    this.#child.on('error', () => {});
    return new Promise(resolve => {
      this.#child.on('exit', (code, signal) => {
        const outcome: Outcome =
          signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal };
        setImmediate(resolve, outcome);
      });
    });
  }

  #guardEvents(): GuardEvents {
    return {
      onMemoryEnd: by => this.#ending.leaveToWatchdog(by),
      onTreeEnded: report => this.#ending.watchdogEnded(report),
      onSlotLost: () => {
        this.#world.emit({ type: 'slot-lost' });
        this.#ending.begin('slot-lost');
      },
      onLost: () => {
        this.#world.emit({ type: 'watchdog-lost' });
        this.#ending.begin('unwatched');
      },
      onLeftFrozen: () => void this.#afterLeftFrozen(),
      onSuspended: isSuspended => (isSuspended ? this.#timer?.pause() : this.#timer?.resume()),
    };
  }

  /** The watchdog died with the tree standing still: go on with what it was doing. */
  async #afterLeftFrozen(): Promise<void> {
    const { by } = this.#ending;
    if (by === 'memory' || by === 'pressure') return this.#ending.takeBack();
    const { platform, clock } = this.#world;
    const tools = { platform, after: clock.after, nowNs: clock.nowNs };
    await continueTree({ target: this.#target, graceMs: 0 }, tools);
  }
}

function watchOrder(run: CommandRun, command: ProcessRef, tree: RunTarget, world: World): WatchOrder {
  const { slotId, ticketName, share, heldAt, settings } = run;
  return {
    type: 'watch',
    gate: world.gate,
    slotId,
    ticketName,
    share,
    command,
    tree,
    executable: world.platform.executable(process.pid) ?? process.execPath,
    heldAt,
    startedAt: new Date(world.clock.wallMs()).toISOString(),
    limits: limitsOf(settings, world.platform.fastestSampleMs),
    graceMs: settings.killGrace,
    pressure: pressureOrder(run),
  };
}

/** Only who shares the gate can make room for others. */
function pressureOrder({ slotId, share, settings }: CommandRun): PressureOrder | undefined {
  const { onPressure: how, memoryThreshold: thresholdBytes } = settings;
  return slotId === undefined || share === undefined || how === 'ignore'
    ? undefined
    : { how, thresholdBytes };
}
