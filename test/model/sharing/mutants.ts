// The protocol of two slots with one deliberate mistake each. The checker must find every one by the promises
// named here, each watched alone: a checker that misses one of them proves nothing.

import type { Kind, Place, Protocol, Row, State } from './protocol.ts';
import {
  bit,
  endOrphan,
  go,
  isLive,
  judgeThen,
  NO_NAME,
  namesIn,
  nextName,
  otherSlot,
  ownName,
  PROTOCOL,
  ROOM,
  sharedWeight,
  without,
} from './protocol.ts';
import type { Promised } from './sharing-machine.ts';

export interface Mutant {
  readonly mistake: string;
  readonly protocol: Protocol;
  /** Who it takes to show. */
  readonly kinds: readonly Kind[];
  readonly breaks: readonly Promised[];
}

const withRows = (changed: Partial<Record<Place, Row>>): Protocol => ({ ...PROTOCOL, ...changed });

const ROOM_IS_KEPT = 'room for all who hold';
const EVEN_BY_ORPHANS = 'room for all who hold and all orphans';

const ownAtOnce: Row = scene => [go(scene, 'owner at once', { place: 'own' })];

/** Whether there is room for it beside the entries of the other slot, read in one step. */
const hasRoom: (...args: Parameters<Row>) => boolean = scene => {
  const names = namesIn(scene.state.folders[otherSlot(scene.self.slot)].names);
  const weights = names.map(name => sharedWeight(scene, name));
  if (scene.kind === 'exclusive') return names.length === 0;
  const sum = weights.reduce((all: number, weight) => all + (weight ?? ROOM), 0);
  return sum + scene.kind <= ROOM;
};

/** Looks at the others, and only then makes its own entry. */
const mkdirThenSurvey: Row = scene =>
  PROTOCOL.mkdir(scene).map(step =>
    step.state.contenders[scene.who]?.place === 'create'
      ? { ...step, state: withPlace(step.state, scene.who, 'survey') }
      : step,
  );
const surveyThenCreate: Row = scene => [
  hasRoom(scene)
    ? go(scene, 'list the other: room', { place: 'create' })
    : go(scene, 'list the other: no room', { place: 'withdrawRmdir' }),
];

const withPlace = (state: State, who: number, place: Place): State => ({
  ...state,
  contenders: state.contenders.map((one, index) => (index === who ? { ...one, place } : one)),
});

const checkAlone: Row = scene =>
  PROTOCOL.check(scene).map(step =>
    step.state.contenders[scene.who]?.place === 'survey'
      ? go(scene, 'alone, so owner', { place: 'own' })
      : step,
  );

/** What an entry does not say weighs nothing. */
const readKindly: Row = scene =>
  PROTOCOL.read(scene).flatMap((step, index) => {
    const name = namesIn(scene.self.rest)[index] ?? NO_NAME;
    const isUnsaid = scene.kind !== 'exclusive' && sharedWeight(scene, name) === undefined;
    const rest = scene.self.rest & ~bit(name);
    return isUnsaid ? go(scene, 'read nothing: room', { place: rest === 0 ? 'own' : 'read', rest }) : step;
  });

/** Says what it takes when it has its place, not before. */
const writeAsOwner: Row = scene => [
  go(scene, 'write, start', { place: 'run' }, { written: scene.state.written | ownName(scene) }),
];
const createUnwritten: Row = scene =>
  PROTOCOL.create(scene).map(step =>
    step.state.contenders[scene.who]?.place === 'write'
      ? { ...step, state: withPlace(step.state, scene.who, 'check') }
      : step,
  );

/** A dead one takes no room, whoever it has left behind. */
const surveyLiving: Row = scene => {
  const { state, self } = scene;
  const living = namesIn(state.folders[otherSlot(self.slot)].names).filter(name => isLive(state, name));
  if (living.length === 0) return ownAtOnce(scene);
  return [
    go(scene, 'list the living', { place: 'read', rest: living.reduce((all, name) => all | bit(name), 0) }),
  ];
};

const unlinkFirst: Row = scene => [
  go(scene, 'unlink', { place: 'sweep' }, without(scene.state, bit(scene.self.target))),
];
const sweepSecond: Row = scene => [
  go(scene, 'sweep', nextName(scene, { target: NO_NAME }), endOrphan(scene.state, scene.self.target)),
];

/** The room is empty, all of it: away with whatever is there now. */
const clearTree: Row = scene => {
  const none = { isThere: false, names: 0 };
  return [go(scene, 'rm -rf', { place: 'mkdir' }, { folders: [none, none] })];
};

/** One whose room is not enough waits where it is. */
const keepEntry: Row = scene => [go(scene, 'keep the entry', { place: 'look', slot: 0 })];

const judgeOwnToo: Row = scene =>
  PROTOCOL.look(scene).map(step => ({
    ...step,
    state: go(scene, '', nextName(scene, { rest: namesOf(scene) & ~ownName(scene) })).state,
  }));
const namesOf: (...args: Parameters<Row>) => number = ({ state }) =>
  state.folders[0].names | state.folders[1].names;

const neverRmdir: Row = scene => [go(scene, 'try again', { place: 'mkdir' })];
const surveyAndLeave: Row = scene => [go(scene, 'so owner', { place: 'own' })];
const unlinkAndLeave: Row = scene =>
  PROTOCOL.releaseRmdir(scene).map(step => ({
    ...step,
    state: { ...step.state, folders: scene.state.folders },
  }));

export const MUTANTS: readonly Mutant[] = [
  {
    mistake: 'looks at its own slot alone',
    protocol: withRows({ check: checkAlone }),
    kinds: ['exclusive', 1, 1],
    breaks: [ROOM_IS_KEPT, EVEN_BY_ORPHANS],
  },
  {
    mistake: 'looks at the others before its own entry is there',
    protocol: withRows({
      idle: mkdirThenSurvey,
      mkdir: mkdirThenSurvey,
      survey: surveyThenCreate,
      check: checkAlone,
    }),
    kinds: ['exclusive', 1, 1],
    breaks: [ROOM_IS_KEPT],
  },
  {
    mistake: 'takes an entry that does not say how it shares for one that takes nothing',
    protocol: withRows({ read: readKindly }),
    kinds: ['exclusive', 1, 1],
    breaks: [ROOM_IS_KEPT],
  },
  {
    mistake: 'says what it takes only when it has its place',
    protocol: withRows({ create: createUnwritten, own: writeAsOwner, read: readKindly }),
    kinds: [2, 2, 1],
    breaks: [ROOM_IS_KEPT],
  },
  {
    mistake: 'counts only the living',
    protocol: withRows({ survey: surveyLiving }),
    kinds: ['exclusive', 1, 1],
    breaks: [EVEN_BY_ORPHANS],
  },
  {
    mistake: 'unlinks a dead name before it ends the orphan',
    protocol: withRows({ judge: judgeThen('unlink'), unlink: unlinkFirst, sweep: sweepSecond }),
    kinds: ['exclusive', 1, 1],
    breaks: [EVEN_BY_ORPHANS],
  },
  {
    mistake: 'clears what it found empty with rm -rf',
    protocol: withRows({ clearEmpty: clearTree }),
    kinds: ['exclusive', 1, 1],
    breaks: [ROOM_IS_KEPT, 'a live name stays'],
  },
  {
    mistake: 'keeps its entry while it waits',
    protocol: withRows({ withdraw: keepEntry, look: judgeOwnToo }),
    kinds: ['exclusive', 1, 1],
    breaks: ['all can finish'],
  },
  {
    mistake: 'never removes a folder found empty',
    protocol: withRows({ clearEmpty: neverRmdir, surveyRmdir: surveyAndLeave, releaseRmdir: unlinkAndLeave }),
    kinds: ['exclusive', 1, 1],
    breaks: ['all can finish'],
  },
];
