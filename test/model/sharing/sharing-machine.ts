// The protocol of two slots (protocol.ts) as a machine that the checker can try, and what it promises.

import { ALL_CAN_FINISH, check, type Machine, type Report } from '../checker.ts';
import type { Bounds, Kind, Names, Protocol, State, Step } from './protocol.ts';
import {
  allNames,
  bit,
  firstState,
  isFinished,
  isLive,
  label,
  NO_NAME,
  namesIn,
  PLACES,
  ROOM,
  runOf,
  stepsFrom,
  WRECK,
  whoseIs,
} from './protocol.ts';

export const PROMISES = [
  'room for all who hold',
  'room for all who hold and all orphans',
  'a live name stays',
  ALL_CAN_FINISH,
] as const;
export type Promised = (typeof PROMISES)[number];

export interface Question {
  readonly protocol: Protocol;
  readonly bounds: Bounds;
  /** What to watch; all promises unless said otherwise. */
  readonly promises?: readonly Promised[];
}

export const checkSharing = ({ promises = PROMISES, ...question }: Question): Report<Promised> =>
  check(machineOf(question), promises);

function machineOf({ protocol, bounds }: Question): Machine<State, Promised> {
  const { kinds, turns } = bounds;
  return {
    first: firstState(bounds),
    stepsFrom: state => stepsFrom(state, protocol, bounds),
    isFinished: ({ contenders }) => contenders.every(one => isFinished(one, turns)),
    keyWords: kinds.length + 2,
    keyOf: keyMaker(kinds.length),
    isBroken: (promised, step, before) => isBroken(promised, step, before, kinds),
    inWords,
  };
}

function isBroken(promised: Promised, step: Step, before: State, kinds: readonly Kind[]): boolean {
  const { contenders, wrecks } = step.state;
  const at = (places: readonly string[]) =>
    kinds.filter((_, who) => places.includes(contenders[who]?.place ?? ''));
  switch (promised) {
    case 'room for all who hold':
      return isCrowded(at(['own', 'run']));
    case 'room for all who hold and all orphans': {
      const orphans = wrecks.flatMap((wreck, run) =>
        wreck === WRECK.orphan ? (kinds[whoseIs(run)] ?? []) : [],
      );
      const running = at(['run']);
      return running.length > 0 && isCrowded([...running, ...orphans]);
    }
    case 'a live name stays':
      return namesIn(removedBy(step, before)).some(name => isLive(before, name));
    case ALL_CAN_FINISH:
      return false; // Not a matter of one step: the checker sees to it.
  }
}

/** One alone is never too many. */
function isCrowded(present: readonly Kind[]): boolean {
  if (present.length < 2) return false;
  if (present.includes('exclusive')) return true;
  return present.reduce((sum: number, kind) => sum + Number(kind), 0) > ROOM;
}

/** The names that this step took away, but for the actor's own. */
function removedBy({ by, who, state }: Step, before: State): Names {
  const actor = by === 'contender' ? before.contenders[who] : undefined;
  const own = actor ? bit(runOf(who, actor.turn)) : 0;
  return allNames(before) & ~allNames(state) & ~own;
}

/** The key is exact, so no state is ever taken for another. */
function keyMaker(contenders: number): (state: State) => Uint32Array {
  const key = new Uint32Array(contenders + 2);
  return ({ folders, written, wrecks, contenders: all, crashesLeft }) => {
    all.forEach(({ place, turn, slot, rest, sum, target }, who) => {
      const first = (PLACES.indexOf(place) << 3) | (turn << 1) | slot;
      const named = target === NO_NAME ? 7 : target;
      key[who] = (first << 12) | (rest << 6) | (sum << 3) | named;
    });
    const [a, b] = folders;
    const there = (Number(a.isThere) << 1) | Number(b.isThere);
    key[contenders] = (crashesLeft << 20) | (there << 18) | (a.names << 12) | (b.names << 6) | written;
    key[contenders + 1] = wrecks.reduce<number>((bits, wreck) => (bits << 3) | wreck, 0);
    return key;
  };
}

function inWords({ by, who, says, state }: Step, before: State): string {
  const run = by === 'watchdog' ? who : runOf(who, before.contenders[who]?.turn ?? 0);
  const slots = state.folders.map(({ isThere, names }) =>
    isThere ? `{${namesIn(names).map(label).join(' ')}}` : 'none',
  );
  return `${label(run)}${by === 'watchdog' ? "'s watchdog" : ''}: ${says} (slots: ${slots.join(', ')})`;
}
