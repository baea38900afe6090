// The protocol with one deliberate mistake each, as real lock programs have made them. The checker must find
// every one by the promises named here, each watched alone: a checker that misses one of them proves nothing.

import type { Place, Protocol, Row } from './protocol.ts';
import {
  bit,
  endOrphans,
  go,
  isLive,
  judgeThen,
  label,
  NO_NAME,
  namesIn,
  nextName,
  PROTOCOL,
  TURNS_MAX,
  withoutTarget,
} from './protocol.ts';
import type { Promised } from './slot-machine.ts';

export interface Mutant {
  readonly mistake: string;
  readonly protocol: Protocol;
  readonly breaks: readonly Promised[];
  readonly lies?: number;
}

const { rows } = PROTOCOL;
const FOLDER_GONE = { folder: false, names: 0 };

const withRows = (changed: Partial<Record<Place, Row>>): Protocol => ({
  ...PROTOCOL,
  rows: { ...rows, ...changed },
});

/** What is in the folder now goes, not what was judged. */
const removeTree: Row = scene => [go(scene, 'rm -rf', nextName(scene, { target: NO_NAME }), FOLDER_GONE)];

const removeTreeAndExit: Row = scene =>
  rows
    .releaseRmdir(scene)
    .map(step => ({ ...step, says: 'rm -rf, exit', state: { ...step.state, ...FOLDER_GONE } }));

/** All listed were dead: rename instead of unlinking them one by one. */
const sweepThenRename: Row = scene => {
  const isLast = scene.self.rest === 0 && !scene.self.sawLive;
  const next = isLast ? { place: 'unlink' as const } : nextName(scene, { target: NO_NAME });
  return [go(scene, 'sweep', next, endOrphans(scene, scene.self.target))];
};

/** Moves whatever folder is there now, then looks at what it caught, and puts a live one back if it still can. */
const renameAside: Row = scene => {
  const { state, self, nameOf } = scene;
  if (self.target !== NO_NAME)
    return [go(scene, 'rename', { rest: state.names, target: NO_NAME }, FOLDER_GONE)];
  const hasLive = namesIn(self.rest).some(name => isLive(state, name, nameOf));
  const back = hasLive && state.names === 0 ? { folder: true, names: self.rest } : {};
  return [go(scene, hasLive ? 'rename back' : 'all dead', { place: 'mkdir', rest: 0 }, back)];
};

const judgeWrongly: Row = scene => {
  const { state, self, nameOf } = scene;
  const live = state.liesLeft > 0 ? namesIn(self.rest).filter(name => isLive(state, name, nameOf)) : [];
  const wrong = live.map(name => {
    const change = { place: 'sweep', rest: self.rest & ~bit(name), target: name } as const;
    return go(scene, `judge ${label(name)}: dead, wrongly`, change, { liesLeft: state.liesLeft - 1 });
  });
  return [...rows.judge(scene), ...wrong];
};

const unlinkFirst: Row = scene => [go(scene, 'unlink', { place: 'sweep' }, withoutTarget(scene))];

const sweepSecond: Row = scene => [
  go(scene, 'sweep', nextName(scene, { target: NO_NAME }), endOrphans(scene, scene.self.target)),
];

const unlinkAndRemember: Row = scene => [go(scene, 'unlink', nextName(scene, {}), withoutTarget(scene))];

const sweepAsOwner: Row = scene => [
  go(scene, 'sweep, start', { place: 'run', target: NO_NAME }, endOrphans(scene, scene.self.target)),
];

const neverRmdir: Row = scene =>
  rows.look(scene).filter(({ state }) => state.contenders[scene.who]?.place !== 'rmdir');

export const MUTANTS: readonly Mutant[] = [
  {
    mistake: 'owns without looking whether it is alone',
    protocol: withRows({ check: scene => [go(scene, 'owner at once', { place: 'own' })] }),
    breaks: ['one holder'],
  },
  {
    mistake: 'clears a dead name with rm -rf',
    protocol: withRows({ unlink: removeTree }),
    breaks: ['one holder', 'a live name stays'],
  },
  {
    mistake: 'renames a dead folder aside, and back if it caught a live one',
    protocol: withRows({ sweep: sweepThenRename, unlink: renameAside }),
    breaks: ['one holder', 'a live name stays'],
  },
  {
    mistake: 'releases with rm -rf',
    protocol: withRows({ releaseRmdir: removeTreeAndExit }),
    breaks: ['one holder', 'a live name stays'],
  },
  {
    mistake: 'takes a live run for dead, once',
    protocol: withRows({ judge: judgeWrongly }),
    breaks: ['one holder', 'a live name stays'],
    lies: 1,
  },
  {
    mistake: 'uses a name again in a later run',
    protocol: { rows, nameOf: run => run - (run % TURNS_MAX) },
    breaks: ['one holder', 'a live name stays'],
  },
  {
    mistake: 'unlinks a dead name before it ends the orphan',
    protocol: withRows({ judge: judgeThen('unlink'), unlink: unlinkFirst, sweep: sweepSecond }),
    breaks: ['no orphan beside a run'],
  },
  {
    mistake: 'ends the orphan only once it owns the slot',
    protocol: withRows({ judge: judgeThen('unlink'), unlink: unlinkAndRemember, own: sweepAsOwner }),
    breaks: ['no orphan beside a run'],
  },
  {
    mistake: 'keeps its name in the folder while it waits',
    protocol: withRows({ withdraw: scene => [go(scene, 'keep the name', { place: 'mkdir' })] }),
    breaks: ['all can finish'],
  },
  {
    mistake: 'never removes a folder found empty',
    protocol: withRows({ look: neverRmdir }),
    breaks: ['all can finish'],
  },
];
