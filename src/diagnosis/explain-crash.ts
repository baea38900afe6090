// A crash log explained: what died, its figures, why, and what to change. Pure.

import { type Advice, adviseOn } from './crash-advice.ts';
import { type Finding, findCauses } from './crash-causes.ts';
import { type CrashFigures, crashFigures } from './crash-figures.ts';
import { type CrashFacts, readCrashLog } from './crash-log.ts';

export interface CrashDiagnosis {
  readonly schema: 'seqx.crash/1';
  readonly facts: Omit<CrashFacts, 'collections'> & { readonly collections: number };
  readonly figures: CrashFigures;
  readonly causes: readonly Finding[];
  readonly advice: readonly Advice[];
}

/**
 * @param text the log, as it was written
 * @param machineBytes what this machine (or its container) has in all: the log may be of another
 */
export function explainCrash(text: string, machineBytes: number): CrashDiagnosis {
  const facts = readCrashLog(text);
  const figures = crashFigures(facts);
  const causes = findCauses(facts, figures, machineBytes);
  const isDead = facts.death !== undefined || facts.collections.length > 0;
  const advice = isDead
    ? adviseOn(
        causes.map(({ cause }) => cause),
        facts,
        figures,
        machineBytes,
      )
    : [];
  return {
    schema: 'seqx.crash/1',
    facts: { ...facts, collections: facts.collections.length },
    figures,
    causes,
    advice,
  };
}
