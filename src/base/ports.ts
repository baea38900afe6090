// Every seam in one file: what seqx asks of the disk, the clock, the sockets and the operating system.
// Steps see only these; a test can count, fail, park or replay each call (test/fault).

import type { SeqxEvent } from './events.ts';
import type { Identity, Ticket } from './identity.ts';
import type { SignalName } from './outcome.ts';
import type { Stop } from './stop.ts';
import type { Cancel } from './wake.ts';

export type { SignalName } from './outcome.ts';
export type { Cancel } from './wake.ts';

/** The disk calls of the protocol. Synchronous: each is one atomic step, and a killed process is in none. */
export interface Disk {
  mkdir(path: string): void;
  /** Creates and writes; throws EEXIST if the name is taken. */
  create(path: string, text: string): void;
  /** Overwrites an existing file in place; throws ENOENT rather than create one. */
  overwrite(path: string, text: string): void;
  /** At most 64 KiB of a regular file; does not follow a symlink. */
  read(path: string): string;
  list(path: string): string[];
  rename(from: string, to: string): void;
  unlink(path: string): void;
  rmdir(path: string): void;
  /** `undefined` when there is nothing by that name. */
  stat(path: string): DiskFacts | undefined;
  /** Sets the modification time to now; throws ENOENT when the file is gone. */
  touch(path: string): void;
  /** Type of the file system a path lies on: `local`, or the name of one that cannot hold a lock. */
  fileSystem(path: string): string;
}

export interface DiskFacts {
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
  readonly uid: number;
  readonly mode: number;
  readonly modifiedMs: number;
}

export interface Clock {
  /** Monotonic, boot-wide, nanoseconds: the same clock for every process on the machine. */
  nowNs(): bigint;
  /** Wall clock, for display only. */
  wallMs(): number;
  after(ms: number, action: () => void): Cancel;
}

export type SocketEnd = 'ended' | 'refused' | 'missing';

/** A socket that somebody listens on. */
export interface Listener {
  /** Wakes everybody who watches it, without going away. */
  nudge(): void;
  close(): void;
}

/** Local sockets: a ticket listens on its own, its successor connects and wakes when the connection ends. */
export interface Sockets {
  /** `undefined` where no socket can be had (path too long, disk refuses): waiters then poll. */
  listen(path: string, onMessage: (text: string) => void): Promise<Listener | undefined>;
  /** Calls `onEnd` once: when the other side has gone or nudges us, or at once if nobody listens. */
  watch(path: string, onEnd: (end: SocketEnd) => void): Cancel;
  probe(path: string): Promise<'connected' | 'refused' | 'missing'>;
  /** True when the message was taken by a listening process. */
  send(path: string, text: string): Promise<boolean>;
}

/** One process as the operating system shows it. Times and sizes: start in platform units, memory in bytes. */
export interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  readonly group: number;
  readonly session: number;
  /** One letter as in ps(1): R, S, D, T (stopped), Z (zombie) … */
  readonly state: string;
  readonly threads: number;
  readonly start: string;
  readonly rssBytes: number;
  /** Processor time of all its threads and of the children it has waited for, milliseconds; where known. */
  readonly cpuMs?: number | undefined;
}

/** What identifies a process for as long as it lives. */
export interface ProcessRef {
  readonly pid: number;
  readonly start: string;
}

export type SystemName = 'linux' | 'darwin' | 'windows';

/** The memory of this machine, as far as this process may use it. Sizes in bytes. */
export interface MachineMemory {
  readonly totalBytes: number;
  /**
   * What more may be used before something has to give: the least of what the system has available and what
   * each limit above us leaves (cgroups on Linux, commit on Windows); 0 while macOS reports pressure.
   */
  readonly availableBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
  /** Limit and use (without reclaimable file pages) of the cgroup that leaves least; absent without a limit. */
  readonly cgroupLimitBytes?: number | undefined;
  readonly cgroupUsedBytes?: number | undefined;
  /** Share of the last ten seconds, percent, in which some or all tasks waited for memory (Linux PSI). */
  readonly pressure?: { readonly someAvg10: number; readonly fullAvg10: number } | undefined;
  /** The word of a system that says it so (macOS). */
  readonly pressureLevel?: 'normal' | 'warning' | 'critical' | undefined;
}

/** What the operating system knows. One file per system implements it; nothing else asks which system it is. */
export interface Platform {
  readonly system: SystemName;
  /** What works here; each missing one is named by `seqx doctor`. */
  readonly abilities: {
    readonly freeze: boolean;
    readonly readRunToken: boolean;
    readonly proportionalMemory: boolean;
    readonly openFiles: boolean;
  };
  /** The shortest useful time between two samples, milliseconds. */
  readonly fastestSampleMs: number;

  /** This process: pid, start, boot, namespace. */
  self(): Omit<Identity, 'arrivalNs' | 'nonce'>;
  uid(): number;
  /** The per-user state folder; never taken from the environment, so that all callers meet. */
  stateFolder(): string;
  /** Where a ticket listens: a path below `folder`, or a pipe name. */
  socketPath(folder: string, nonce: string): string;
  /** kill(pid, 0): `foreign` means that it lives but belongs to somebody else. */
  exists(pid: number): 'yes' | 'no' | 'foreign';
  look(pid: number): ProcessFacts | undefined;
  /** Whether two start times mean the same process; lenient where clocks are coarse. */
  isSameStart(a: string, b: string): boolean;
  /** Every visible process, without those in `except`: reading a process is what costs. */
  processes(except?: ReadonlySet<number>): Promise<ProcessFacts[]>;
  /** Processes whose own program name (argv[0], without its folder) is this. */
  pidsOfProgram(name: string): Promise<number[]>;
  /** The pids alone, newest first, where listing them is far cheaper than the whole table. */
  pids?(): number[];
  /** The processes below and including `roots` by parent chain: the cheap look of a watchdog. */
  family(roots: readonly number[]): Promise<ProcessFacts[]>;
  /** Owner of a process, or `undefined` when it is gone. */
  ownerUid(pid: number): number | undefined;
  /** The run chain in a process's environment; `undefined` when it cannot be read. */
  runChain(pid: number): string[] | undefined;
  commandLine(pid: number): string[] | undefined;
  workingDirectory(pid: number): string | undefined;
  /** A variable of another process's initial environment. */
  environmentValue(pid: number, name: string): string | undefined;
  executable(pid: number): string | undefined;
  /** Whether a process of this user has the file open; `undefined` where that cannot be seen. */
  isOpenAnywhere(path: string): boolean | undefined;
  /** Whether a process has a pipe open that is our stdout or stderr. */
  holdsOurOutput(pid: number): boolean;
  /** Whether our stderr is a process's stdout or stderr, too; false where that cannot be seen. */
  sharesStderr(pid: number): boolean;
  /** Whether a process is a copy of its living parent that never became a program of its own: a subshell. */
  isCopyOfParent(pid: number): boolean;
  /** PSS plus swap, bytes; `undefined` where it cannot be read. */
  proportionalBytes(pid: number): number | undefined;
  /** Address space that was promised to a process, bytes: for show, nothing follows from it. */
  virtualBytes(pid: number): number | undefined;
  /** The memory of the machine and of what limits us on it. Where that is a program to start, kept for a moment. */
  machineMemory(): MachineMemory;
  send(pid: number, signal: SignalName): 'sent' | 'gone' | 'refused';
  /** Makes the kernel prefer this process over us when memory runs out. */
  offerToOomKiller(pid: number): void;
  /** Dies by this signal if the system has such a thing; returns where it has not. */
  dieBy(signal: SignalName): void;
  /** Whether our own command line is valid UTF-8; Node mangles what is not. */
  isCommandLineText(): boolean;
  /** Descriptors from 3 upwards that our caller gave us and the command should get. */
  inheritedDescriptors(): number[];
  /** All that slipped through to us when we were started, where that can be told from Node's own for certain. */
  slippedDescriptors?(): number[];
  /** True when we are the foreground group of our terminal: its Ctrl-C reaches the command without us. */
  isForeground(): boolean;
  /** Program and arguments for spawn, where the system needs more than the words themselves. */
  spawnable(argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string): SpawnPlan;
  /** The words that hand a string to this system's shell. */
  shell(line: string): string[];
}

export interface SpawnPlan {
  readonly file: string;
  readonly args: readonly string[];
  readonly isVerbatim: boolean;
}

export type Liveness = 'alive' | 'suspended' | 'dead' | 'unjudgeable';

/** What a ticket says about itself, for people and for `status`. Never trusted for a decision. */
export interface TicketRecord {
  readonly schema: 'seqx.ticket/1';
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly arrivedAt: string;
  /** Tokens of the runs that cannot end before this one; written anew when that changes while it waits. */
  readonly chain: readonly string[];
  /** How it would share the gate; an exclusive one does not say. */
  readonly share?: Share | undefined;
}

/**
 * How a run shares its gate with others. Whatever does not say so is exclusive: an entry that is empty, torn or
 * unreadable leaves room for nobody.
 */
export interface Share {
  /** How many of the gate's slots it counts for. */
  readonly weight: number;
  /** The memory it is expected to need at its peak: reserved for it from its first moment to its last. */
  readonly expectedBytes: number;
}

/** What a slot entry says about the run that holds it; rewritten by the watchdog at every heartbeat. */
export interface RunRecord {
  readonly schema: 'seqx.run/1';
  /** The gate's plain root: stands in the first line, where a shell can read it. */
  readonly root: string;
  /** The first thing after the root and never changed, so that no torn read tells it wrongly. */
  readonly share?: Share | undefined;
  /** Of the wrapper, whose forked child looks like it for a moment; absent where there is none (hold). */
  readonly executable?: string | undefined;
  readonly heldAt: string;
  /**
   * The command; absent while there is none, and where the holder is a program that holds the gate itself. The
   * holder itself where it has the gate by `seqx hold`.
   */
  readonly command?: ProcessRef | undefined;
  /** The `seqx hold` that has not yet left the gate to its owner: without it, and no watchdog, nobody has the gate. */
  readonly keeper?: ProcessRef | undefined;
  readonly watchdog?: ProcessRef | undefined;
  readonly startedAt?: string | undefined;
  readonly memory?: RunMemory | undefined;
  readonly yields?: Yielding | undefined;
}

/** How it is with memory, as one run sees it. Sizes in bytes. */
export interface MemoryMark {
  /** What all runs of the gate use. */
  readonly usedBytes: number;
  /** What the machine has available; absent where that cannot be seen. */
  readonly availableBytes?: number | undefined;
}

/** A run that makes room when memory gets short for those who share the gate. */
export interface Yielding {
  readonly how: 'suspend' | 'end';
  /** Since when it stands still, and how it was with memory then; absent while it runs. */
  readonly suspended?: (MemoryMark & { readonly since: string }) | undefined;
  /** It is being ended to make room: how it was with memory then. What it uses is about to be free. */
  readonly leaving?: MemoryMark | undefined;
}

export interface RunMemory {
  readonly bytes: number;
  readonly peakBytes: number;
  readonly limitBytes: number;
  readonly processes: number;
}

/** The queue on its medium. */
export interface TicketStore {
  publish(ticket: Ticket, record: TicketRecord): void;
  list(): Ticket[];
  read(ticket: Ticket): TicketRecord | undefined;
  /** Removes a ticket and its socket file; harmless when they are gone. */
  remove(ticket: Ticket): void;
  has(ticket: Ticket): boolean;
  socketPath(ticket: { readonly identity: Identity }): string;
}

/** What one who claims a slot asks for. */
export interface SlotAsk {
  /** Who it is: its entry's name. */
  readonly id: string;
  /** What its entry says from the first moment; nothing if it is exclusive. */
  readonly record: (() => RunRecord) | undefined;
  /** The slots from 0 to this one, exclusive, may be taken. An exclusive run takes slot 0. */
  readonly slots: number;
  /** Whether there is room for it beside these entries. */
  hasRoomBeside(others: readonly string[]): boolean;
}

/** The slots on their medium. `docs/on-disk.md` has the protocol; the names are entry names, parsed or not. */
export interface SlotStore {
  /** The entries of all slots. */
  occupants(): string[];
  /**
   * One attempt. `held` iff our entry was alone in its slot and there was room beside all others once it was
   * there for everybody to see; `busy` leaves nothing of ours behind.
   */
  claim(ask: SlotAsk): 'held' | 'busy';
  /** Unlinks exactly these entries, then their folders if they are empty. */
  clear(ids: readonly string[]): void;
  /** Removes the folders of slots that nobody is in. */
  clearEmpty(): void;
  /** True while our entry is there. */
  confirm(id: string): boolean;
  readRecord(name: string): RunRecord | undefined;
  writeRecord(id: string, record: RunRecord): void;
  /** The heartbeat alone, where the record cannot be written; false when the entry is gone. */
  beat(id: string): boolean;
  /** Last heartbeat, wall milliseconds as the file system shows it; `undefined` when the entry is gone. */
  heartbeatMs(name: string): number | undefined;
}

/** What to end: the processes that descend from `roots` or carry one of `tokens`. */
export interface RunTarget {
  readonly roots: readonly ProcessRef[];
  readonly tokens: readonly string[];
  /** Start time of the run's wrapper: nothing older can belong to it. */
  readonly bornAfter?: string | undefined;
  /** The executable of a wrapper that died: its forked child looks like it until it has become the command. */
  readonly embryoOf?: string | undefined;
}

export interface EndReport {
  /** How many processes were ended. */
  readonly ended: number;
  /** Those that SIGTERM did not end. */
  readonly killed: readonly number[];
  /** Those that could not be ended at all. */
  readonly survivors: readonly number[];
}

export interface GateInfo {
  /** 16 hex digits: the name of the gate's folder. */
  readonly hash: string;
  /** What people call it: the project's folder name, or the name given by --lock. */
  readonly name: string;
  readonly folder: string;
  /** The directory that identifies the project. */
  readonly root: string;
  /** The root, where a plain `seqx` takes this gate; empty where flags or variables have led to another. */
  readonly plainRoot: string;
  readonly scope: string;
}

/** A gate's two stores: its queue and its slots. */
export interface GateStores {
  readonly tickets: TicketStore;
  readonly slots: SlotStore;
}

/** A ticket that waits, as seen from another gate: what deadlocks are found from. */
export interface WaitingRun {
  /** Who waits: `<gate>:<id>`. */
  readonly token: string;
  /** Tokens of the runs it is nested in: they hold their slots while this one waits. */
  readonly chain: readonly string[];
  /** Tokens of the runs that hold the slots it waits for. */
  readonly behind: readonly string[];
  /** The end of any of them may be enough for it; else it needs all of them to end. */
  readonly isShared: boolean;
  /** Its command, for people. */
  readonly label: string;
}

/** Everything a step may use, handed down as the last argument. */
export interface World extends GateStores {
  readonly gate: GateInfo;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly sockets: Sockets;
  readonly platform: Platform;
  /** The stores of any gate in the same state folder. */
  gateStores(hash: string): GateStores;
  /** Everybody who waits anywhere in the state folder. */
  waitingRuns(): WaitingRun[];
  /** Tokens of all who hold a gate anywhere in the state folder. */
  holdingTokens(): string[];
  /** Whether the owner of an id lives, from all the evidence there is. */
  liveness(id: string): Promise<Liveness>;
  /** Ends a run's processes and proves them gone, or reports the survivors. */
  endRun(target: RunTarget, graceMs: number): Promise<EndReport>;
  /** Removes what crashes left beside tickets and slot; never fails. */
  sweepLitter(): Promise<void>;
  emit(event: SeqxEvent): void;
  /** Creates and checks the gate's folder again, after somebody deleted it. */
  restoreFolder(): void;
  /** Program and first arguments that start seqx itself again: `node bin/seqx.js`, or the single binary. */
  readonly selfCommand: readonly string[];
  /** What this command usually takes, milliseconds, from the journal. */
  usualMs(argv: readonly string[]): number | undefined;
  /** The memory that this command peaked at before, bytes, from the journal: nine of ten runs needed less. */
  usualPeakBytes(argv: readonly string[]): number | undefined;
  /** Everything that may tell this run to stop: signals, cancel messages, an AbortSignal. */
  readonly stop: Stop;
}
