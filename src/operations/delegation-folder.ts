// Where a gate's delegations are kept, and what they tell about its agents.

import { join } from 'node:path';
import { readDelegations } from '../agents/delegation-store.ts';
import type { Usual } from '../agents/estimate.ts';
import { journalFolder } from '../journal/journal.ts';
import { percentile } from '../journal/metrics.ts';
import type { Place } from '../place.ts';

/** How many of the latest runs of an agent count. */
const RECENT = 20;

/** `undefined` when no place for a journal is known. */
export function delegationFolder({ gate, env }: Pick<Place, 'gate' | 'env'>): string | undefined {
  const folder = journalFolder(gate.hash, env);
  return folder === undefined ? undefined : join(folder, 'delegations');
}

/**
 * What each agent usually takes: the median of its times, and the peak that nine of ten runs stay under. Runs
 * that ended by themselves count; what was ended by a limit says nothing about how long the work takes.
 */
export function usualOfAgents(folder: string | undefined): ReadonlyMap<string, Usual> {
  const ends =
    folder === undefined ? [] : readDelegations(folder).flatMap(({ ends }) => Object.entries(ends));
  const finished = ends.filter(([, { outcome }]) => outcome === 'exited');
  const names = new Set(finished.map(([name]) => name));
  return new Map(
    [...names].map(name => {
      const recent = finished.filter(([other]) => other === name).slice(-RECENT);
      const peaks = recent.flatMap(([, { peakBytes }]) => peakBytes ?? []);
      const times = recent.map(([, { ranMs }]) => ranMs);
      return [name, { runMs: percentile(times, 0.5), peakBytes: percentile(peaks, 0.9) }];
    }),
  );
}
