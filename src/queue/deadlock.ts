// Runs that wait for each other in a circle: found from the chains in the tickets, at once and not after
// minutes. Pure: a picture of all gates in, the circle out.

import type { WaitingRun } from '../base/ports.ts';

/**
 * The circle that `me` closes, as labels in order, or `undefined`. Only the last to arrive closes one:
 * the others in the circle go on waiting and get their turn when it gives up.
 */
export function findCircle(me: WaitingRun, others: readonly WaitingRun[]): string[] | undefined {
  const visit = (current: WaitingRun, path: readonly WaitingRun[]): WaitingRun[] | undefined => {
    for (const holder of current.behind) {
      if (me.chain.includes(holder)) return [...path, current];
      for (const next of others) {
        if (path.includes(next) || next === current || !next.chain.includes(holder)) continue;
        const circle = visit(next, [...path, current]);
        if (circle) return circle;
      }
    }
    return undefined;
  };
  const circle = visit(me, []);
  if (!circle) return undefined;
  const arrival = ({ token }: WaitingRun) => token.slice(token.indexOf(':') + 1);
  const isLast = circle.every(other => other === me || arrival(other) < arrival(me));
  return isLast ? circle.map(({ label }) => label) : undefined;
}
