// How the agents of one stage are run: they only read and do not follow each other, so any order is right. How many
// of them are at work at once is for the gate to say, which admits them as it would anybody.

import type { Settings } from '../base/settings.ts';

/** Runs all and waits for all; what the first of them throws is thrown when none runs any more. */
export type RunMany = (runs: readonly (() => Promise<void>)[]) => Promise<void>;

/** One after the other; one that throws is the last. */
const oneByOne: RunMany = async runs => {
  for (const run of runs) await run();
};

/** All at once, each at the gate: as many are let in as there are slots and memory. */
const sideBySide: RunMany = async runs => {
  const results = await Promise.allSettled(runs.map(run => run()));
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
};

/** Where only one is let in at a time, nobody need stand in line meanwhile. */
export const runManyFor = ({ slots }: Pick<Settings, 'slots'>): RunMany =>
  slots > 1 ? sideBySide : oneByOne;
