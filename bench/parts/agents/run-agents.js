// One list of agents, run one way; and what an agent costs that nobody runs.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { summarise } from '../stats.js';
import { BUDGET_MB } from './list.js';
import { UNLIMITED } from './ways.js';

const AGENT = fileURLToPath(new URL('./agent.pl', import.meta.url));
const BARE = { mb: 100, ms: 100, runs: 5 };

/**
 * An agent has crashed if it never came to its end.
 * @throws Error if one that seqx started has crashed, or if none of the others has: that is no figure
 */
export async function runAgents(place, keeper, way, agents) {
  const log = place.path('agents.log');
  writeFileSync(log, '');
  const budget = keeper.open(BUDGET_MB);
  const all = agents.map(agent => ({ ...agent, words: wordsOf(agent, log, budget) }));
  const beganMs = performance.now();
  const codes = await Promise.all(way.start(place, all).map(({ ended }) => ended));
  const wallMs = performance.now() - beganMs;
  const [kills, peakMb] = [budget.kills(), budget.peakMb()];
  await budget.close();
  const notes = readFileSync(log, 'utf8').split('\n');
  const crashes = agents.filter(({ name }) => !notes.includes(`end ${name}`)).length;
  const failed = codes.filter(code => code !== 0).length;
  const isRight = way.label === UNLIMITED ? crashes > 0 : crashes + kills + failed === 0;
  if (isRight) return { wallMs, peakMb, crashes };
  throw new Error(
    `${way.label}: ${crashes} crashed, ${kills} killed for their memory, exit codes ${codes.join(' ')}`,
  );
}

/** What it takes beyond its life to start an agent and see it end, by itself: no schedule is without that. */
export async function bareCostMs(place, keeper) {
  const log = place.path('bare.log');
  const budget = keeper.open(BUDGET_MB);
  const costs = [];
  for (let run = 0; run < BARE.runs; run++) {
    const beganMs = performance.now();
    await place.start(wordsOf({ name: 'bare', ...BARE }, log, budget)).ended;
    costs.push(performance.now() - beganMs - BARE.ms);
  }
  await budget.close();
  return summarise(costs).median;
}

const wordsOf = ({ name, mb, ms }, log, budget) =>
  budget.wrap(['perl', AGENT, log, name, String(mb), String(ms)]);
