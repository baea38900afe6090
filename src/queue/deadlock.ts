// Runs that wait for each other in a circle: found from the chains in the tickets, at once and not after
// minutes. Pure: a picture of all gates in, the circle out.

import type { WaitingRun } from '../base/ports.ts';

/**
 * The circle that `me` closes, as labels in order, or `undefined`. Only the last to arrive closes one:
 * the others in the circle go on waiting and get their turn when it gives up.
 */
export function findCircle(me: WaitingRun, others: readonly WaitingRun[]): string[] | undefined {
  const earlier = others.filter(other => arrivalOf(other) < arrivalOf(me));
  // Each run is visited once: whether a circle leads through it does not depend on the way to it.
  const visited = new Set<WaitingRun>();
  const visit = (current: WaitingRun, before: readonly WaitingRun[]): WaitingRun[] | undefined => {
    const path = [...before, current];
    for (const holder of current.behind) {
      if (me.chain.includes(holder)) return path;
      for (const next of earlier) {
        if (visited.has(next) || !next.chain.includes(holder)) continue;
        visited.add(next);
        const circle = visit(next, path);
        if (circle) return circle;
      }
    }
    return undefined;
  };
  return visit(me, [])?.map(({ label }) => label);
}

const arrivalOf = ({ token }: WaitingRun): string => token.slice(token.indexOf(':') + 1);
