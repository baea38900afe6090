// The protocol of one slot (protocol.ts) as a machine that the checker can try, and what it promises.

import { ALL_CAN_FINISH, check, type Machine, type Report } from './checker.ts';
import type { Bounds, Names, Protocol, State, Step } from './protocol.ts';
import { bit, firstState, isFinished, isLive, label, namesIn, runOf, stepsFrom, WRECK } from './protocol.ts';
import { keyMaker } from './state-key.ts';

export const PROMISES = [
  'one holder',
  'no orphan beside a run',
  'a live name stays',
  ALL_CAN_FINISH,
] as const;
export type Promised = (typeof PROMISES)[number];

export interface Question {
  readonly protocol: Protocol;
  readonly bounds: Bounds;
  /** How often the liveness oracle may be wrong. */
  readonly lies?: number;
  /** What to watch; all promises unless said otherwise. */
  readonly promises?: readonly Promised[];
}

export const checkProtocol = ({ promises = PROMISES, ...question }: Question): Report<Promised> =>
  check(machineOf(question), promises);

function machineOf({ protocol, bounds, lies = 0 }: Question): Machine<State, Promised> {
  return {
    first: firstState(bounds, lies),
    stepsFrom: state => stepsFrom(state, protocol, bounds.turns),
    isFinished: ({ contenders }) => contenders.every(one => isFinished(one, bounds.turns)),
    keyWords: bounds.contenders + 1,
    keyOf: keyMaker(bounds.contenders),
    isBroken: (promised, step, before) => isBroken(promised, step, before, protocol),
    inWords,
  };
}

function isBroken(promised: Promised, step: Step, before: State, { nameOf }: Protocol): boolean {
  const { contenders, wrecks } = step.state;
  switch (promised) {
    case 'one holder':
      return contenders.filter(({ place }) => place === 'own' || place === 'run').length > 1;
    case 'no orphan beside a run':
      return wrecks.includes(WRECK.orphan) && contenders.some(({ place }) => place === 'run');
    case 'a live name stays':
      return namesIn(removedBy(step, before, nameOf)).some(name => isLive(before, name, nameOf));
    case ALL_CAN_FINISH:
      return false; // Not a matter of one step: the checker sees to it.
  }
}

/** The names that this step took away, but for the actor's own. */
function removedBy({ by, who, state }: Step, before: State, nameOf: Protocol['nameOf']): Names {
  const actor = by === 'contender' ? before.contenders[who] : undefined;
  const own = actor ? bit(nameOf(runOf(who, actor.turn))) : 0;
  return before.names & ~state.names & ~own;
}

function inWords({ by, who, says, state }: Step, before: State): string {
  const run = by === 'watchdog' ? who : runOf(who, before.contenders[who]?.turn ?? 0);
  const inside = state.folder ? `{${namesIn(state.names).map(label).join(' ')}}` : 'none';
  return `${label(run)}${by === 'watchdog' ? "'s watchdog" : ''}: ${says} (folder: ${inside})`;
}
