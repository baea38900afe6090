// Running the command as if seqx were not there: same terminal, group, descriptors, arguments and ending.
// What seqx adds stands beside it: a token in the environment, a watchdog, and the end of the whole tree
// when a limit, a second Ctrl-C or a cancel asks for it.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { errnoOf, messageOf, SeqxError } from '../base/errors.ts';
import type { EndedBy, Outcome } from '../base/outcome.ts';
import type { EndReport, ProcessRef, RunRecord, RunTarget, SignalName, World } from '../base/ports.ts';
import type { Settings } from '../base/settings.ts';
import type { StopRequest } from '../base/stop.ts';
import { continueTree, endTree } from './end-tree.ts';
import { Guard } from './guard.ts';
import { settleLeftovers } from './leftovers.ts';
import { actOnSignal } from './signals.ts';
import type { WatchOrder } from './watch-messages.ts';

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
  readonly heldAt: string;
  /** A nested run is watched only if it asked for limits of its own; the outer watchdog covers it. */
  readonly isWatched: boolean;
}

/** Runs the command to its end, and ends what it leaves behind as `--leftovers` says. */
export async function runCommand(run: CommandRun, world: World): Promise<Outcome> {
  if (run.slotId !== undefined && !world.slot.confirm(run.slotId)) return lostSlot(world);
  let child: ChildProcess;
  try {
    child = start(run, world);
  } catch (error) {
    return notStarted(error);
  }
  if (child.pid === undefined) return new Promise(resolve => child.on('error', e => resolve(notStarted(e))));
  return new Execution(run, child, child.pid, world).finish();
}

function lostSlot(world: World): Outcome {
  world.emit({ type: 'slot-lost' });
  return { kind: 'ended', by: 'slot-lost', signal: undefined };
}

function start(run: CommandRun, world: World): ChildProcess {
  const { file, args, isVerbatim } = world.platform.spawnable(run.argv, run.env, run.cwd);
  const stdio: SpawnOptions['stdio'] = ['inherit', 'inherit', 'inherit'];
  for (let fd = 3; fd <= Math.max(0, ...run.descriptors); fd++) {
    stdio.push(run.descriptors.includes(fd) ? fd : 'ignore');
  }
  return spawn(file, args, { cwd: run.cwd, env: run.env, stdio, windowsVerbatimArguments: isVerbatim });
}

/**
 * The ending of a command that could not be started, as a shell would say it.
 * @throws SeqxError SEQX_COMMAND_UNSTARTED when the system has no room for another process
 */
function notStarted(error: unknown): Outcome {
  const errno = errnoOf(error);
  if (['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'].includes(errno)) {
    throw new SeqxError('SEQX_COMMAND_UNSTARTED', `cannot start the command: ${messageOf(error)}`);
  }
  return { kind: 'not-started', why: errno === 'ENOENT' ? 'not-found' : 'not-executable', detail: errno };
}

class Execution {
  readonly #run: CommandRun;
  readonly #child: ChildProcess;
  readonly #root: ProcessRef;
  readonly #target: RunTarget;
  readonly #world: World;
  readonly #watchOrder: WatchOrder;
  readonly #guard: Guard;
  readonly #cancels: (() => void)[] = [];
  #endedBy: EndedBy | undefined;
  /** Set once the tree is being ended, by us or by the watchdog; resolves when it is gone. */
  #ending: Promise<EndReport> | undefined;
  #treeEnded: (report: EndReport) => void = () => {};
  #askedMs: number | undefined;
  #isHurried = false;

  constructor(run: CommandRun, child: ChildProcess, pid: number, world: World) {
    this.#run = run;
    this.#child = child;
    this.#world = world;
    const bornAfter = world.platform.self().start;
    this.#root = { pid, start: world.platform.look(pid)?.start ?? '0' };
    this.#target = { roots: [this.#root], tokens: [run.token], bornAfter };
    this.#watchOrder = this.#order(bornAfter);
    this.#guard = new Guard(this.#watchOrder, this.#guardEvents(), world);
  }

  async finish(): Promise<Outcome> {
    const { settings } = this.#run;
    this.#world.platform.offerToOomKiller(this.#root.pid);
    this.#noteCommand();
    if (this.#run.isWatched) this.#guard.start();
    this.#world.emit({ type: 'started', pid: this.#root.pid });
    this.#cancels.push(this.#world.stop.listen(request => this.#onStop(request)));
    if (settings.timeout !== undefined) {
      this.#cancels.push(this.#world.clock.after(settings.timeout, () => this.#onTimeout()));
    }
    if (this.#world.stop.requested?.kind === 'abort') this.#onStop(this.#world.stop.requested);
    const outcome = await this.#commandEnd();
    if (this.#ending) await this.#ending;
    else await settleLeftovers(this.#target, this.#run.settings, this.#world);
    for (const cancel of this.#cancels) cancel();
    this.#guard.stop();
    return this.#endedBy === undefined
      ? outcome
      : { kind: 'ended', by: this.#endedBy, signal: signalOf(outcome) };
  }

  /** Our descendants are known by this from the first moment; the watchdog goes on with it. */
  #noteCommand(): void {
    const { slotId, executable, heldAt, startedAt } = this.#watchOrder;
    if (slotId === undefined) return;
    try {
      const record: RunRecord = { schema: 'seqx.run/1', executable, heldAt, startedAt, command: this.#root };
      this.#world.slot.writeRecord(slotId, record);
    } catch {
      // a full disk; a lost entry is noticed by the watchdog
    }
  }

  /** A watchdog's verdict is written before its signals, so it has arrived once this turn of the loop is over. */
  #commandEnd(): Promise<Outcome> {
    return new Promise(resolve => {
      this.#child.on('exit', (code, signal) => {
        const outcome: Outcome =
          signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal };
        setImmediate(resolve, outcome);
      });
    });
  }

  #order(bornAfter: string): WatchOrder {
    const { settings, ...run } = this.#run;
    return {
      type: 'watch',
      gate: this.#world.gate,
      slotId: run.slotId,
      ticketName: run.ticketName,
      token: run.token,
      root: this.#root,
      bornAfter,
      executable: this.#world.platform.executable(process.pid) ?? process.execPath,
      heldAt: run.heldAt,
      startedAt: new Date(this.#world.clock.wallMs()).toISOString(),
      limits: {
        treeBytes: settings.memoryLimit,
        processBytes: settings.processMemoryLimit,
        checkIntervalMs: settings.checkInterval,
        fastestMs: this.#world.platform.fastestSampleMs,
      },
      graceMs: settings.killGrace,
    };
  }

  #guardEvents() {
    return {
      onMemoryEnd: () => {
        this.#endedBy ??= 'memory' as const;
        this.#ending ??= new Promise<EndReport>(resolve => {
          this.#treeEnded = resolve;
        });
      },
      onTreeEnded: (report: EndReport) => this.#treeEnded(this.#report(report)),
      onSlotLost: () => {
        this.#world.emit({ type: 'slot-lost' });
        void this.#end('slot-lost');
      },
      onLost: () => {
        this.#world.emit({ type: 'watchdog-lost' });
        void this.#end('unwatched');
      },
      onLeftFrozen: () => void this.#afterLeftFrozen(),
    };
  }

  /** The watchdog died with the tree standing still: go on with what it was doing. */
  async #afterLeftFrozen(): Promise<void> {
    if (this.#endedBy === 'memory') this.#treeEnded(await this.#endNow());
    else await continueTree({ target: this.#target, graceMs: 0 }, this.#tools);
  }

  #onTimeout(): void {
    const { timeout = 0, killGrace } = this.#run.settings;
    this.#world.emit({ type: 'timed-out', timeoutMs: timeout, graceMs: killGrace });
    void this.#end('timeout');
  }

  #onStop(request: StopRequest): void {
    if (request.kind === 'signal') {
      this.#onSignal(request.signal);
      return;
    }
    const detail = request.kind === 'cancel' ? request.by : '';
    this.#world.emit({ type: 'ending', why: request.kind, detail });
    void this.#end(request.kind === 'cancel' ? 'cancelled' : 'aborted');
  }

  #onSignal(signal: SignalName): void {
    const nowMs = Number(this.#world.clock.nowNs()) / 1e6;
    const { killGrace } = this.#run.settings;
    const isEscalated = this.#ending !== undefined;
    const action = actOnSignal(
      signal,
      this.#world.platform.isForeground(),
      { askedMs: this.#askedMs, isEscalated },
      nowMs,
      killGrace,
    );
    if (action !== 'forward') this.#askedMs = nowMs;
    switch (action) {
      case 'ignore':
        break;
      case 'forward':
      case 'forward-and-escalate-later':
        this.#world.emit({ type: 'signal-forwarded', signal });
        this.#child.kill(signal);
        if (action === 'forward') break;
        this.#cancels.push(this.#world.clock.after(killGrace, () => this.#escalate(signal)));
        break;
      case 'escalate':
        this.#escalate(signal);
        break;
      case 'hurry':
        this.#isHurried = true;
        break;
    }
  }

  #escalate(signal: SignalName): void {
    this.#world.emit({ type: 'ending', why: 'signal', detail: signal });
    this.#ending ??= this.#endNow();
  }

  #end(by: EndedBy): Promise<EndReport> {
    this.#endedBy ??= by;
    this.#ending ??= this.#endNow();
    return this.#ending;
  }

  async #endNow(): Promise<EndReport> {
    return this.#report(
      await endTree(
        {
          target: this.#target,
          graceMs: this.#run.settings.killGrace,
          isGraceOver: () => this.#isHurried,
        },
        this.#tools,
      ),
    );
  }

  #report(report: EndReport): EndReport {
    if (report.survivors.length > 0) this.#world.emit({ type: 'tree-survived', survivors: report.survivors });
    else this.#world.emit({ type: 'tree-ended', ended: report.ended, killed: report.killed });
    return report;
  }

  get #tools() {
    const { platform, clock } = this.#world;
    return { platform, after: clock.after, nowNs: clock.nowNs };
  }
}

const signalOf = (outcome: Outcome): SignalName | undefined =>
  outcome.kind === 'signalled' ? outcome.signal : undefined;
