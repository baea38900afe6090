// Runs that wait for each other in a circle: found from the chains in the tickets, at once and not after
// minutes. Pure: a picture of all gates in, the circle out.

import type { WaitingRun } from '../base/ports.ts';

/**
 * The circle that `me` closes, as labels in order, or `undefined`. Only the last to arrive closes one:
 * the others in the circle go on waiting and get their turn when it gives up. Who shares its gate with others is
 * stuck only if every holder in its way is.
 */
export function findCircle(me: WaitingRun, others: readonly WaitingRun[]): string[] | undefined {
  const earlier = others.filter(other => arrivalOf(other) < arrivalOf(me));
  // Each run is visited once: whether a circle leads through it does not depend on the way to it.
  const known = new Map<WaitingRun, WaitingRun[] | undefined>();
  /** The runs from this one to the one that waits for a run around `me`. */
  const wayFrom = (run: WaitingRun): WaitingRun[] | undefined => {
    if (known.has(run)) return known.get(run);
    known.set(run, undefined);
    const ways = run.behind.map(holder => wayThrough(holder));
    const way = run.isShared && ways.includes(undefined) ? undefined : ways.find(one => one !== undefined);
    const whole = way && [run, ...way];
    known.set(run, whole);
    return whole;
  };
  const wayThrough = (holder: string): WaitingRun[] | undefined => {
    if (me.chain.includes(holder)) return [];
    for (const next of earlier) {
      const way = next.chain.includes(holder) ? wayFrom(next) : undefined;
      if (way) return way;
    }
    return undefined;
  };
  return wayFrom(me)?.map(({ label }) => label);
}

const arrivalOf = ({ token }: WaitingRun): string => token.slice(token.indexOf(':') + 1);
