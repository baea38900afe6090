// The slot protocol as a step machine, so that a checker can try every order of steps there is.
// One step is one atomic system call on the slot folder, one look at one owner's liveness, or one command
// starting or ending. A contender that is killed comes back as a new run with a new name while it has turns left.
// Not modelled: clocks and pauses (a step may be delayed for ever, which covers every pause), a listing torn by
// changes while it is read, a sweep that misses a process, the gap between fork and exec when a command starts.

import type { Step as CheckedStep } from './checker.ts';

/** idle ─▶ mkdir ─▶ create ─▶ check ─▶ own ─▶ run ─▶ release ─▶ releaseRmdir ─▶ idle (next turn)
 *            │        ▲          └▶ withdraw ─▶ withdrawRmdir ─▶ mkdir
 *            └▶ look ─▶ judge ⇄ (sweep ─▶ unlink) ─▶ rmdir ─▶ mkdir */
const CLAIMING = ['idle', 'mkdir', 'create', 'check', 'withdraw', 'withdrawRmdir'] as const;
const HOLDING = ['own', 'run', 'release', 'releaseRmdir'] as const;
const CLEARING = ['look', 'judge', 'sweep', 'unlink', 'rmdir'] as const;
export const PLACES = [...CLAIMING, ...HOLDING, ...CLEARING] as const;
export type Place = (typeof PLACES)[number];

/** A set of names: bit n stands for name n. */
export type Names = number;
export const NO_NAME = -1;
export const TURNS_MAX = 2;

export interface Contender {
  readonly place: Place;
  /** Turns done or lost to a kill; `idle` with all turns behind it is finished. */
  readonly turn: number;
  /** Names of the last listing that are still to be judged. */
  readonly rest: Names;
  /** The dead name being cleared. */
  readonly target: number;
  readonly sawLive: boolean;
}

/** What a killed run may leave behind. Its watchdog may do its next step at any time, or never. */
export const WRECK = { none: 0, orphan: 1, unlink: 2, rmdir: 3 } as const;
export type Wreck = (typeof WRECK)[keyof typeof WRECK];

export interface State {
  readonly folder: boolean;
  readonly names: Names;
  /** One per run (see `runOf`). */
  readonly wrecks: readonly Wreck[];
  readonly contenders: readonly Contender[];
  readonly crashesLeft: number;
  /** How often the liveness oracle may still be wrong; only a mutant makes use of it. */
  readonly liesLeft: number;
}

/** At most 4 contenders, `TURNS_MAX` turns each and 7 crashes: what a state's key has room for. */
export interface Bounds {
  readonly contenders: number;
  readonly turns: number;
  readonly crashes: number;
}

export type Step = CheckedStep<State>;

/** What one contender's next step can see: everything, as if it were alone for that instant. */
export interface Scene {
  readonly state: State;
  readonly who: number;
  readonly self: Contender;
  readonly nameOf: (run: number) => number;
}
export type Row = (scene: Scene) => readonly Step[];

/** A mutant is the protocol with another row in its table, or with other names. */
export interface Protocol {
  readonly rows: Readonly<Record<Place, Row>>;
  readonly nameOf: (run: number) => number;
}

export const runOf = (who: number, turn: number): number => who * TURNS_MAX + turn;
export const bit = (name: number): Names => 1 << name;
export const ownName = (scene: Scene): Names => bit(scene.nameOf(runOf(scene.who, scene.self.turn)));
export const namesIn = (set: Names): number[] => NAME_LISTS[set] ?? [];
const NAME_LISTS = Array.from({ length: 1 << 8 }, (_, set) =>
  [0, 1, 2, 3, 4, 5, 6, 7].filter(n => set & bit(n)),
);
/** Names as a trace spells them: contender and turn. */
export const label = (name: number): string => LABELS[name] ?? '?';
const LABELS = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'd1', 'd2'];

export function isLive(state: State, name: number, nameOf: Scene['nameOf']): boolean {
  return state.contenders.some((one, who) => one.place !== 'idle' && nameOf(runOf(who, one.turn)) === name);
}

/** The step that says `says`, takes this contender on by `self` and changes the folder by `world`. */
export function go(scene: Scene, says: string, self: Partial<Contender>, world: Partial<State> = {}): Step {
  const contenders = scene.state.contenders.with(scene.who, { ...scene.self, ...self });
  return { by: 'contender', who: scene.who, says, state: { ...scene.state, ...world, contenders } };
}

/** One name of the listing is done with: judge the next, or draw the conclusion. */
export function nextName({ self }: Scene, change: Partial<Contender>): Partial<Contender> {
  const next = { ...self, ...change };
  if (next.rest !== 0) return { ...next, place: 'judge' };
  return { ...next, place: next.sawLive ? 'mkdir' : 'rmdir', sawLive: false };
}

/** rmdir fails harmlessly if the folder is missing or somebody is inside. */
export const rmdirIfEmpty = ({ names, folder }: State): Partial<State> => ({ folder: folder && names !== 0 });

/** The folder without the name being cleared: one unlink by exact name; ENOENT is as good. */
export const withoutTarget = ({ state, self }: Scene): Partial<State> => ({
  names: state.names & ~bit(self.target),
});

/** Ends the commands that the dead runs of this name left behind, and proves them gone. */
export function endOrphans({ state, nameOf }: Scene, name: number): Partial<State> {
  const end = (wreck: Wreck, run: number) =>
    wreck === WRECK.orphan && nameOf(run) === name ? WRECK.unlink : wreck;
  return { wrecks: state.wrecks.map(end) };
}

const mkdir: Row = scene =>
  scene.state.folder
    ? [go(scene, 'mkdir: EEXIST', { place: 'look' })]
    : [go(scene, 'mkdir', { place: 'create' }, { folder: true })];

const create: Row = scene => {
  const { folder, names } = scene.state;
  if (!folder) return [go(scene, 'create: ENOENT', { place: 'mkdir' })];
  if (names & ownName(scene)) return [go(scene, 'create: EEXIST', { place: 'mkdir' })];
  return [go(scene, 'create', { place: 'check' }, { names: names | ownName(scene) })];
};

const check: Row = scene =>
  scene.state.names === ownName(scene)
    ? [go(scene, 'list: alone, so owner', { place: 'own' })]
    : [go(scene, 'list: not alone', { place: 'withdraw' })];

/** An empty folder may be removed at once: its 200 ms of grace are courtesy, safety must not need them. */
const look: Row = scene => {
  const { folder, names } = scene.state;
  if (!folder) return [go(scene, 'list: ENOENT', { place: 'mkdir' })];
  if (names !== 0) return [go(scene, 'list: names', { place: 'judge', rest: names })];
  return [
    go(scene, 'list: empty, wait', { place: 'mkdir' }),
    go(scene, 'list: still empty', { place: 'rmdir' }),
  ];
};

/** Judges any one of the names still to be judged; what is done about a dead one is the next place's matter. */
export const judgeThen = (place: Place): Row => {
  return scene =>
    namesIn(scene.self.rest).map(name => {
      const rest = scene.self.rest & ~bit(name);
      return isLive(scene.state, name, scene.nameOf)
        ? go(scene, `judge ${label(name)}: alive`, nextName(scene, { rest, sawLive: true }))
        : go(scene, `judge ${label(name)}: dead`, { place, rest, target: name });
    });
};

const sweep: Row = scene => [
  go(scene, 'sweep: no orphan lives', { place: 'unlink' }, endOrphans(scene, scene.self.target)),
];

const unlink: Row = scene => [
  go(scene, 'unlink the dead name', nextName(scene, { target: NO_NAME }), withoutTarget(scene)),
];

const unlinkOwn = (place: Place): Row => {
  return scene => [go(scene, 'unlink own', { place }, { names: scene.state.names & ~ownName(scene) })];
};

const rmdirThen = (place: Place): Row => {
  return scene => [go(scene, 'rmdir', { place }, rmdirIfEmpty(scene.state))];
};

const endTurn: Row = scene => [
  go(scene, 'rmdir, exit', { place: 'idle', turn: scene.self.turn + 1 }, rmdirIfEmpty(scene.state)),
];

export const PROTOCOL: Protocol = {
  nameOf: run => run,
  rows: {
    idle: mkdir,
    mkdir,
    create,
    check,
    withdraw: unlinkOwn('withdrawRmdir'),
    withdrawRmdir: rmdirThen('mkdir'),
    own: scene => [go(scene, 'start the command', { place: 'run' })],
    run: scene => [go(scene, 'the command ends', { place: 'release' })],
    release: unlinkOwn('releaseRmdir'),
    releaseRmdir: endTurn,
    look,
    judge: judgeThen('sweep'),
    sweep,
    unlink,
    rmdir: rmdirThen('mkdir'),
  },
};

export function firstState({ contenders, turns, crashes }: Bounds, lies: number): State {
  if (contenders > 4 || turns > TURNS_MAX || crashes > 7 || lies > 1)
    throw new RangeError('beyond the bounds');
  const fresh: Contender = { place: 'idle', turn: 0, rest: 0, target: NO_NAME, sawLive: false };
  return {
    folder: false,
    names: 0,
    wrecks: Array.from({ length: contenders * TURNS_MAX }, () => WRECK.none),
    contenders: Array.from({ length: contenders }, () => fresh),
    crashesLeft: crashes,
    liesLeft: lies,
  };
}

export const isFinished = ({ place, turn }: Contender, turns: number): boolean =>
  place === 'idle' && turn >= turns;

/** Every step that can come next: each contender's own, a SIGKILL of each, each dead run's watchdog's. */
export function stepsFrom(state: State, { rows, nameOf }: Protocol, turns: number): Step[] {
  const steps: Step[] = [];
  state.contenders.forEach((self, who) => {
    if (!isFinished(self, turns)) steps.push(...rows[self.place]({ state, who, self, nameOf }));
    if (self.place !== 'idle' && state.crashesLeft > 0) steps.push(crash(state, who, self));
  });
  state.wrecks.forEach((wreck, run) => {
    if (wreck !== WRECK.none) steps.push(watchdogStep(state, run, wreck, nameOf(run)));
  });
  return steps;
}

/** The command becomes an orphan if it was running; the watchdog is there from owning to release. */
function crash(state: State, who: number, { place, turn }: Contender): Step {
  const isHolding = HOLDING.some(one => one === place);
  const left = place === 'run' ? WRECK.orphan : isHolding ? WRECK.unlink : WRECK.none;
  const after = withWreck({ ...state, crashesLeft: state.crashesLeft - 1 }, runOf(who, turn), left);
  const reborn: Contender = { place: 'idle', turn: turn + 1, rest: 0, target: NO_NAME, sawLive: false };
  return { by: 'crash', who, says: `SIGKILL at ${place}`, state: withContender(after, who, reborn) };
}

function watchdogStep(state: State, run: number, wreck: Wreck, name: number): Step {
  const step = (says: string, next: Wreck, world: Partial<State> = {}): Step => {
    return { by: 'watchdog', who: run, says, state: withWreck({ ...state, ...world }, run, next) };
  };
  if (wreck === WRECK.orphan) return step('ends the orphan', WRECK.unlink);
  if (wreck === WRECK.unlink)
    return step('unlinks its name', WRECK.rmdir, { names: state.names & ~bit(name) });
  return step('rmdir', WRECK.none, rmdirIfEmpty(state));
}

function withContender(state: State, who: number, change: Partial<Contender>): State {
  return {
    ...state,
    contenders: state.contenders.map((one, index) => (index === who ? { ...one, ...change } : one)),
  };
}

function withWreck(state: State, run: number, wreck: Wreck): State {
  return { ...state, wrecks: state.wrecks.with(run, wreck) };
}
