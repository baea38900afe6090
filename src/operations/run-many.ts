// How the agents of one stage are run: they only read and do not follow each other, so any order is right. As many
// go to the gate at once as it could let in; it admits them as it would anybody, by slots and by memory.

import type { Settings } from '../base/settings.ts';

/** More than these would only stand in line behind each other. */
export const mostAtOnce = ({ slots, exclusive }: Pick<Settings, 'slots' | 'exclusive'>): number =>
  exclusive ? 1 : slots;

/**
 * Runs all, so many at once. After one that throws no other begins, and what it threw is thrown when none runs
 * any more.
 */
export async function runMany(runs: readonly (() => Promise<void>)[], most: number): Promise<void> {
  const left = runs.values();
  let failure: { readonly reason: unknown } | undefined;
  const work = async () => {
    for (const run of left) {
      if (failure) return;
      try {
        await run();
      } catch (reason) {
        failure ??= { reason };
      }
    }
  };
  await Promise.all(Array.from({ length: most }, work));
  if (failure) throw failure.reason;
}
