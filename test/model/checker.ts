// Tries every order of steps of a protocol within its bounds, breadth first, and holds every step against the
// four promises below. Answers how many different states there are, and the shortest way to a broken promise.

import type { Bounds, Names, Protocol, State, Step } from './protocol.ts';
import { bit, firstState, isFinished, isLive, label, namesIn, runOf, stepsFrom, WRECK } from './protocol.ts';
import { KeySet, keyMaker } from './state-key.ts';

export const PROMISES = [
  'one holder',
  'no orphan beside a run',
  'a live name stays',
  'all can finish',
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

export interface Report {
  readonly states: number;
  readonly broken?: Promised;
  /** The steps to the broken promise, in words. */
  readonly trace: readonly string[];
}

/** The states by number, in the order in which they were first reached. */
interface Graph {
  readonly seen: KeySet;
  readonly parents: number[];
  readonly finished: number[];
  /** `edges` from `firstEdge[n]` on lead out of state n by contenders' own steps: finishing may need no other. */
  readonly firstEdge: number[];
  readonly edges: number[];
}

interface Breach {
  readonly promised: Promised;
  readonly at: number;
}

export function checkProtocol(question: Question): Report {
  const { promises = PROMISES } = question;
  const graph: Graph = {
    seen: new KeySet(question.bounds.contenders + 1),
    parents: [0],
    finished: [],
    firstEdge: [],
    edges: [],
  };
  const breach = explore(question, promises, graph) ?? findStuck(promises, graph);
  if (!breach) return { states: graph.seen.size, trace: [] };
  return { states: graph.seen.size, broken: breach.promised, trace: tellWay(question, graph, breach) };
}

/** Fills the graph level by level; stops at the first step that breaks a promise. */
function explore(
  { protocol, bounds, lies = 0 }: Question,
  promises: readonly Promised[],
  graph: Graph,
): Breach | undefined {
  const keyOf = keyMaker(bounds.contenders);
  let level = [firstState(bounds, lies)];
  for (const state of level) graph.seen.add(keyOf(state));
  let at = 0;
  while (level.length > 0) {
    const next: State[] = [];
    for (const state of level) {
      graph.firstEdge.push(graph.edges.length);
      if (state.contenders.every(one => isFinished(one, bounds.turns))) graph.finished.push(at);
      for (const step of stepsFrom(state, protocol, bounds.turns)) {
        const promised = promises.find(one => isBroken(one, step, state, protocol));
        if (promised) return { promised, at };
        const to = graph.seen.add(keyOf(step.state));
        const isNew = to === graph.parents.length;
        if (isNew) next.push(step.state);
        if (isNew) graph.parents.push(at);
        if (step.by === 'contender') graph.edges.push(to);
      }
      at += 1;
    }
    level = next;
  }
  return undefined;
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
    case 'all can finish':
      return false; // Not a matter of one step: see findStuck.
  }
}

/** The names that this step took away, but for the actor's own. */
function removedBy({ by, who, state }: Step, before: State, nameOf: Protocol['nameOf']): Names {
  const actor = by === 'contender' ? before.contenders[who] : undefined;
  const own = actor ? bit(nameOf(runOf(who, actor.turn))) : 0;
  return before.names & ~state.names & ~own;
}

/** The first state from which nobody's own steps lead to a finish, waits and retries included. */
function findStuck(
  promises: readonly Promised[],
  { parents, finished, firstEdge, edges }: Graph,
): Breach | undefined {
  if (!promises.includes('all can finish')) return undefined;
  const canFinish = new Uint8Array(parents.length);
  for (const at of finished) canFinish[at] = 1;
  const leadsOn = (at: number): boolean => {
    const end = firstEdge[at + 1] ?? edges.length;
    for (let edge = firstEdge[at] as number; edge < end; edge += 1)
      if (canFinish[edges[edge] as number]) return true;
    return false;
  };
  // Most steps lead from lower to higher numbers, so that a few backward passes settle it.
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (let at = parents.length - 1; at >= 0; at -= 1) {
      if (canFinish[at] || !leadsOn(at)) continue;
      canFinish[at] = 1;
      isSettled = false;
    }
  }
  const at = canFinish.indexOf(0);
  return at < 0 ? undefined : { promised: 'all can finish', at };
}

/** Walks the way again from the start, so that every contender keeps its name from step to step. */
function tellWay(
  { protocol, bounds, lies = 0 }: Question,
  { seen, parents }: Graph,
  { promised, at }: Breach,
): string[] {
  const keyOf = keyMaker(bounds.contenders);
  const way: number[] = [];
  for (let number = at; number > 0; number = parents[number] as number) way.unshift(number);
  let state = firstState(bounds, lies);
  const told: string[] = [];
  const tell = (isWanted: (step: Step) => boolean): void => {
    const step = stepsFrom(state, protocol, bounds.turns).find(isWanted);
    if (!step) return;
    told.push(inWords(step, state));
    state = step.state;
  };
  for (const number of way) tell(step => seen.isAt(number, keyOf(step.state)));
  tell(step => isBroken(promised, step, state, protocol));
  return [...told, `broken: ${promised}`];
}

function inWords({ by, who, says, state }: Step, before: State): string {
  const run = by === 'watchdog' ? who : runOf(who, before.contenders[who]?.turn ?? 0);
  const inside = state.folder ? `{${namesIn(state.names).map(label).join(' ')}}` : 'none';
  return `${label(run)}${by === 'watchdog' ? "'s watchdog" : ''}: ${says} (folder: ${inside})`;
}
