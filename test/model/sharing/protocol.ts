// The protocol of two slots as a step machine: runs that share them, by weight, and runs that are exclusive. One
// step is one atomic call on the slots' folders, one look at one owner's liveness, or one command starting or
// ending. A contender that is killed comes back as a new run while it has turns left.
// What one slot is by itself, the model beside this one tells; here it is the rule across slots. A weight stands
// for whatever is counted: slots, or the memory that a run is expected to need.

import type { Step as CheckedStep } from '../checker.ts';

/** idle ─▶ mkdir ─▶ create ─▶ write ─▶ check ─▶ survey ⇄ (read) ─▶ own ─▶ run ─▶ release ─▶ releaseRmdir ─▶ idle
 *            │                            └──────┴──────▶ withdraw ─▶ withdrawRmdir ─▶ look
 *            └▶ look ─▶ judge ⇄ (sweep ─▶ unlink ─▶ unlinkRmdir) ─▶ clearEmpty ─▶ mkdir
 *  An exclusive one writes nothing: what an entry does not say is exclusive. */
const CLAIMING = ['idle', 'mkdir', 'create', 'write', 'check', 'survey', 'surveyRmdir', 'read'] as const;
const LEAVING = ['withdraw', 'withdrawRmdir'] as const;
const HOLDING = ['own', 'run', 'release', 'releaseRmdir'] as const;
const CLEARING = ['look', 'judge', 'sweep', 'unlink', 'unlinkRmdir', 'clearEmpty'] as const;
export const PLACES = [...CLAIMING, ...LEAVING, ...HOLDING, ...CLEARING] as const;
export type Place = (typeof PLACES)[number];

/** A set of names: bit n stands for name n. */
export type Names = number;
export const SLOTS = [0, 1] as const;
export type Slot = (typeof SLOTS)[number];
export const NO_NAME = -1;
export const TURNS_MAX = 2;
export const CONTENDERS_MAX = 3;
/** What may be taken of the two slots together. */
export const ROOM = 2;

/** What a contender takes of the room, or all of it. */
export type Kind = 'exclusive' | 1 | 2;

export interface Contender {
  readonly place: Place;
  /** Turns done or lost to a kill; `idle` with all turns behind it is finished. */
  readonly turn: number;
  /** The slot it claims or holds; while it clears, that of its target. */
  readonly slot: Slot;
  /** Names of the last listing that are still to be read or judged. */
  readonly rest: Names;
  /** The weights it has read so far. */
  readonly sum: number;
  /** The dead name being cleared. */
  readonly target: number;
}

/** What a killed run may leave behind. Its watchdog may do its next step at any time, or never. */
export const WRECK = { none: 0, orphan: 1, unlink: 2, rmdir0: 3, rmdir1: 4 } as const;
export type Wreck = (typeof WRECK)[keyof typeof WRECK];

export interface Folder {
  readonly isThere: boolean;
  readonly names: Names;
}

export interface State {
  readonly folders: readonly [Folder, Folder];
  /** Names whose entries say how they share. */
  readonly written: Names;
  /** One per run (see `runOf`). */
  readonly wrecks: readonly Wreck[];
  readonly contenders: readonly Contender[];
  readonly crashesLeft: number;
}

export interface Bounds {
  /** The contenders, at most three. */
  readonly kinds: readonly Kind[];
  readonly turns: number;
  readonly crashes: number;
}

export type Step = CheckedStep<State>;

/** What one contender's next step can see: everything, as if it were alone for that instant. */
export interface Scene {
  readonly state: State;
  readonly who: number;
  readonly self: Contender;
  readonly kind: Kind;
  readonly kindOf: (name: number) => Kind;
}
export type Row = (scene: Scene) => readonly Step[];
/** A mutant is the protocol with another row in its table. */
export type Protocol = Readonly<Record<Place, Row>>;

export const runOf = (who: number, turn: number): number => who * TURNS_MAX + turn;
export const whoseIs = (name: number): number => Math.floor(name / TURNS_MAX);
export const bit = (name: number): Names => 1 << name;
export const namesIn = (set: Names): number[] => NAME_LISTS[set] ?? [];
const NAME_LISTS = Array.from({ length: 1 << (CONTENDERS_MAX * TURNS_MAX) }, (_, set) =>
  [0, 1, 2, 3, 4, 5].filter(n => set & bit(n)),
);
/** Names as a trace spells them: contender and turn. */
export const label = (name: number): string => ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'][name] ?? '?';

export const ownName = ({ who, self }: Scene): Names => bit(runOf(who, self.turn));
export const allNames = ({ folders }: State): Names => folders[0].names | folders[1].names;
export const otherSlot = (slot: Slot): Slot => (slot === 0 ? 1 : 0);

export const isLive = ({ contenders }: State, name: number): boolean =>
  contenders.some((one, who) => one.place !== 'idle' && runOf(who, one.turn) === name);

/** The step that says `says`, takes this contender on by `self` and changes the world by `world`. */
export function go(scene: Scene, says: string, self: Partial<Contender>, world: Partial<State> = {}): Step {
  const contenders = scene.state.contenders.with(scene.who, { ...scene.self, ...self });
  return { by: 'contender', who: scene.who, says, state: { ...scene.state, ...world, contenders } };
}

const withFolder = ({ folders }: State, slot: Slot, folder: Folder): Partial<State> => ({
  folders: slot === 0 ? [folder, folders[1]] : [folders[0], folder],
});

/** The folders without these names, by unlink of each exact name. */
export const without = ({ folders }: State, names: Names): Partial<State> => {
  const [a, b] = folders;
  return {
    folders: [
      { ...a, names: a.names & ~names },
      { ...b, names: b.names & ~names },
    ],
  };
};

/** rmdir fails harmlessly if the folder is missing or somebody is inside. */
export function rmdirIfEmpty(state: State, slot: Slot): Partial<State> {
  const { isThere, names } = state.folders[slot];
  return withFolder(state, slot, { isThere: isThere && names !== 0, names });
}

/** Where a run may come in: an exclusive one by slot 0, the others by any. */
const waysIn = (kind: Kind): readonly Slot[] => (kind === 'exclusive' ? [0] : SLOTS);

const mkdir: Row = scene =>
  waysIn(scene.kind).map(slot =>
    scene.state.folders[slot].isThere
      ? go(scene, `mkdir ${slot}: EEXIST`, { place: 'look', slot: 0 })
      : go(
          scene,
          `mkdir ${slot}`,
          { place: 'create', slot },
          withFolder(scene.state, slot, { isThere: true, names: 0 }),
        ),
  );

const create: Row = scene => {
  const { state, self, kind } = scene;
  const { isThere, names } = state.folders[self.slot];
  if (!isThere) return [go(scene, 'create: ENOENT', { place: 'look', slot: 0 })];
  const place = kind === 'exclusive' ? 'check' : 'write';
  const folder = { isThere, names: names | ownName(scene) };
  return [go(scene, 'create', { place }, withFolder(state, self.slot, folder))];
};

const write: Row = scene => [
  go(scene, 'write how it shares', { place: 'check' }, { written: scene.state.written | ownName(scene) }),
];

const check: Row = scene =>
  scene.state.folders[scene.self.slot].names === ownName(scene)
    ? [go(scene, 'list own slot: alone', { place: 'survey' })]
    : [go(scene, 'list own slot: not alone', { place: 'withdraw' })];

/** Who is in the other slot? Its folder, found empty, is taken along. */
const survey: Row = scene => {
  const { isThere, names } = scene.state.folders[otherSlot(scene.self.slot)];
  if (!isThere) return [go(scene, 'list the other: ENOENT, so owner', { place: 'own' })];
  if (names === 0) return [go(scene, 'list the other: empty', { place: 'surveyRmdir' })];
  return [go(scene, 'list the other: names', { place: 'read', rest: names, sum: 0 })];
};

const surveyRmdir: Row = scene => [
  go(
    scene,
    'rmdir the other, so owner',
    { place: 'own' },
    rmdirIfEmpty(scene.state, otherSlot(scene.self.slot)),
  ),
];

/** What an entry says; `undefined` if it is gone, or does not say how it shares. */
export function sharedWeight({ state, kindOf }: Scene, name: number): number | undefined {
  const kind = kindOf(name);
  const says = allNames(state) & state.written & bit(name);
  return says && kind !== 'exclusive' ? kind : undefined;
}

const read: Row = scene =>
  namesIn(scene.self.rest).map(name => {
    const weight = sharedWeight(scene, name);
    const leave = { place: 'withdraw', rest: 0, sum: 0 } as const;
    if (scene.kind === 'exclusive' || weight === undefined)
      return go(scene, `read ${label(name)}: no room`, leave);
    const sum = scene.self.sum + weight;
    if (sum + scene.kind > ROOM) return go(scene, `read ${label(name)}: too much`, leave);
    const rest = scene.self.rest & ~bit(name);
    if (rest !== 0) return go(scene, `read ${label(name)}: room`, { rest, sum });
    return go(scene, `read ${label(name)}: room, so owner`, { place: 'own', rest, sum: 0 });
  });

/** Goes on to judge, or is through. */
export const nextName = ({ self }: Scene, change: Partial<Contender>): Partial<Contender> => {
  const next = { ...self, ...change };
  return { ...next, place: next.rest === 0 ? 'clearEmpty' : 'judge' };
};

const look: Row = scene => [go(scene, 'list all', nextName(scene, { rest: allNames(scene.state) }))];

/** Judges any one of the names still to be judged; what is done about a dead one is the next place's matter. */
export const judgeThen = (place: Place): Row => {
  return scene =>
    namesIn(scene.self.rest).map(name => {
      const rest = scene.self.rest & ~bit(name);
      return isLive(scene.state, name)
        ? go(scene, `judge ${label(name)}: alive`, nextName(scene, { rest }))
        : go(scene, `judge ${label(name)}: dead`, { place, rest, target: name });
    });
};

/** Ends the command that the dead run left behind, and proves it gone. */
export const endOrphan = ({ wrecks }: State, name: number): Partial<State> => ({
  wrecks: wrecks.map((wreck, run) => (wreck === WRECK.orphan && run === name ? WRECK.unlink : wreck)),
});

const sweep: Row = scene => [
  go(scene, 'sweep: no orphan lives', { place: 'unlink' }, endOrphan(scene.state, scene.self.target)),
];

const slotOf = ({ folders }: State, name: number): Slot => (folders[1].names & bit(name) ? 1 : 0);

const unlink: Row = scene => {
  const { target } = scene.self;
  const next = { place: 'unlinkRmdir', slot: slotOf(scene.state, target), target: NO_NAME } as const;
  return [go(scene, `unlink ${label(target)}`, next, without(scene.state, bit(target)))];
};

const unlinkRmdir: Row = scene => [
  go(scene, 'rmdir', nextName(scene, { slot: 0 }), rmdirIfEmpty(scene.state, scene.self.slot)),
];

/** The grace for an empty folder is courtesy; safety must not need it. */
const clearEmpty: Row = scene => [
  go(scene, 'try again', { place: 'mkdir' }),
  ...SLOTS.filter(slot => scene.state.folders[slot].isThere).map(slot =>
    go(scene, `rmdir ${slot}, try again`, { place: 'mkdir' }, rmdirIfEmpty(scene.state, slot)),
  ),
];

const unlinkOwn = (place: Place): Row => {
  return scene => [go(scene, 'unlink own', { place }, without(scene.state, ownName(scene)))];
};

const rmdirThen = (next: (scene: Scene) => Partial<Contender>): Row => {
  return scene => [go(scene, 'rmdir', next(scene), rmdirIfEmpty(scene.state, scene.self.slot))];
};

export const PROTOCOL: Protocol = {
  idle: mkdir,
  mkdir,
  create,
  write,
  check,
  survey,
  surveyRmdir,
  read,
  withdraw: unlinkOwn('withdrawRmdir'),
  withdrawRmdir: rmdirThen(() => ({ place: 'look', slot: 0 })),
  own: scene => [go(scene, 'start the command', { place: 'run' })],
  run: scene => [go(scene, 'the command ends', { place: 'release' })],
  release: unlinkOwn('releaseRmdir'),
  releaseRmdir: rmdirThen(({ self }) => ({ place: 'idle', slot: 0, turn: self.turn + 1 })),
  look,
  judge: judgeThen('sweep'),
  sweep,
  unlink,
  unlinkRmdir,
  clearEmpty,
};

const FRESH: Contender = { place: 'idle', turn: 0, slot: 0, rest: 0, sum: 0, target: NO_NAME };

export function firstState({ kinds, turns, crashes }: Bounds): State {
  if (kinds.length > CONTENDERS_MAX || turns > TURNS_MAX || crashes > 7)
    throw new RangeError('beyond the bounds');
  const none: Folder = { isThere: false, names: 0 };
  return {
    folders: [none, none],
    written: 0,
    wrecks: kinds.flatMap(() => [WRECK.none, WRECK.none]),
    contenders: kinds.map(() => FRESH),
    crashesLeft: crashes,
  };
}

export const isFinished = ({ place, turn }: Contender, turns: number): boolean =>
  place === 'idle' && turn >= turns;

/** Every step that can come next: each contender's own, a SIGKILL of each, each dead run's watchdog's. */
export function stepsFrom(state: State, protocol: Protocol, { kinds, turns }: Bounds): Step[] {
  const steps: Step[] = [];
  const kindOf = (name: number): Kind => kinds[whoseIs(name)] ?? 'exclusive';
  state.contenders.forEach((self, who) => {
    const kind = kinds[who] ?? 'exclusive';
    if (!isFinished(self, turns)) steps.push(...protocol[self.place]({ state, who, self, kind, kindOf }));
    if (self.place !== 'idle' && state.crashesLeft > 0) steps.push(crash(state, who, self));
  });
  state.wrecks.forEach((wreck, run) => {
    if (wreck !== WRECK.none) steps.push(watchdogStep(state, run, wreck));
  });
  return steps;
}

/** The command becomes an orphan if it was running; the watchdog is there from owning to release. */
function crash(state: State, who: number, { place, turn }: Contender): Step {
  const isHolding = HOLDING.some(one => one === place);
  const left = place === 'run' ? WRECK.orphan : isHolding ? WRECK.unlink : WRECK.none;
  const wrecks = state.wrecks.with(runOf(who, turn), left);
  const contenders = state.contenders.with(who, { ...FRESH, turn: turn + 1 });
  const after = { ...state, wrecks, contenders, crashesLeft: state.crashesLeft - 1 };
  return { by: 'crash', who, says: `SIGKILL at ${place}`, state: after };
}

function watchdogStep(state: State, run: number, wreck: Wreck): Step {
  const step = (says: string, next: Wreck, world: Partial<State> = {}): Step => {
    return {
      by: 'watchdog',
      who: run,
      says,
      state: { ...state, ...world, wrecks: state.wrecks.with(run, next) },
    };
  };
  if (wreck === WRECK.orphan) return step('ends the orphan', WRECK.unlink);
  if (wreck === WRECK.unlink) {
    const next = slotOf(state, run) === 0 ? WRECK.rmdir0 : WRECK.rmdir1;
    return step('unlinks its name', next, without(state, bit(run)));
  }
  return step('rmdir', WRECK.none, rmdirIfEmpty(state, wreck === WRECK.rmdir0 ? 0 : 1));
}
