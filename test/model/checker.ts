// Tries every order of steps of a machine within its bounds, breadth first, and holds every step against the
// machine's promises. Answers how many different states there are, and the shortest way to a broken promise.

import { KeySet } from './state-key.ts';

export interface Step<S> {
  readonly by: 'contender' | 'crash' | 'watchdog';
  readonly who: number;
  readonly says: string;
  readonly state: S;
}

/** What can be checked: where it begins, what can come next, what must never come. */
export interface Machine<S, P extends string> {
  readonly first: S;
  stepsFrom(state: S): readonly Step<S>[];
  isFinished(state: S): boolean;
  /** So many 32-bit words tell a state from all others. */
  readonly keyWords: number;
  /** The words; valid until it is called again. */
  keyOf(state: S): Uint32Array;
  isBroken(promised: P, step: Step<S>, before: S): boolean;
  inWords(step: Step<S>, before: S): string;
}

/** The promise that no single step can break: from everywhere, the contenders' own steps lead to a finish. */
export const ALL_CAN_FINISH = 'all can finish';

export interface Report<P extends string> {
  readonly states: number;
  readonly broken?: P;
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

interface Breach<P> {
  readonly promised: P;
  readonly at: number;
}

export function check<S, P extends string>(machine: Machine<S, P>, promises: readonly P[]): Report<P> {
  const seen = new KeySet(machine.keyWords);
  const graph: Graph = { seen, parents: [0], finished: [], firstEdge: [], edges: [] };
  const breach = explore(machine, promises, graph) ?? findStuck(promises, graph);
  if (!breach) return { states: graph.seen.size, trace: [] };
  return { states: graph.seen.size, broken: breach.promised, trace: tellWay(machine, graph, breach) };
}

/** Fills the graph level by level; stops at the first step that breaks a promise. */
function explore<S, P extends string>(
  machine: Machine<S, P>,
  promises: readonly P[],
  graph: Graph,
): Breach<P> | undefined {
  let level = [machine.first];
  for (const state of level) graph.seen.add(machine.keyOf(state));
  let at = 0;
  while (level.length > 0) {
    const next: S[] = [];
    for (const state of level) {
      graph.firstEdge.push(graph.edges.length);
      if (machine.isFinished(state)) graph.finished.push(at);
      for (const step of machine.stepsFrom(state)) {
        const promised = promises.find(one => machine.isBroken(one, step, state));
        if (promised) return { promised, at };
        const to = graph.seen.add(machine.keyOf(step.state));
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

/** The first state from which nobody's own steps lead to a finish, waits and retries included. */
function findStuck<P extends string>(
  promises: readonly P[],
  { parents, finished, firstEdge, edges }: Graph,
): Breach<P> | undefined {
  const promised = promises.find(one => one === ALL_CAN_FINISH);
  if (!promised) return undefined;
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
  return at < 0 ? undefined : { promised, at };
}

/** Walks the way again from the start, so that every contender keeps its name from step to step. */
function tellWay<S, P extends string>(
  machine: Machine<S, P>,
  { seen, parents }: Graph,
  { promised, at }: Breach<P>,
): string[] {
  const way: number[] = [];
  for (let number = at; number > 0; number = parents[number] as number) way.unshift(number);
  let state = machine.first;
  const told: string[] = [];
  const tell = (isWanted: (step: Step<S>) => boolean): void => {
    const step = machine.stepsFrom(state).find(isWanted);
    if (!step) return;
    told.push(machine.inWords(step, state));
    state = step.state;
  };
  for (const number of way) tell(step => seen.isAt(number, machine.keyOf(step.state)));
  tell(step => machine.isBroken(promised, step, state));
  return [...told, `broken: ${promised}`];
}
