// Lists of 3, 5 and 10 agents under one memory budget, each way in turn (A B C A B C), then more lists of ten by
// `auto` alone. Beside each round: what a bare agent costs there and then, which the best schedule pays as well.

import { ratioOf, sum, summarise } from '../stats.js';
import { budgetKeeper } from './budget.js';
import { agentList, BUDGET_MB } from './list.js';
import { bareCostMs, runAgents } from './run-agents.js';
import { bestMs, inOrderMs } from './schedule.js';
import { AUTO, byJobs, WAYS } from './ways.js';

const COUNTS = [3, 5, 10];
/** A batch starts in the order given; lists of which that costs more than this are among the others. */
const ORDER_COSTS = 1.05;
/** The other lists are many, and their agents live shorter. */
const OTHERS = { count: 10, seed: 1_000, pace: 0.75 };

/**
 * @param rounds how often each way runs each list
 * @param autoRounds rounds of ten agents by `auto`, in all
 * @param played the budget is kept by the benchmark itself, whoever else could
 */
export async function measureAgents(place, { rounds, autoRounds, played }, say) {
  const keeper = budgetKeeper(place, { played });
  say(`agents: ${BUDGET_MB} MB, ${keeper.how}`);
  const lists = COUNTS.map(fixedList);
  const runs = [];
  for (let round = 1; round <= rounds; round++) {
    for (const list of lists) {
      say(`agents, round ${round} of ${rounds}: ${list.length}, ${WAYS.length} ways`);
      const costMs = await bareCostMs(place, keeper);
      for (const way of WAYS) {
        runs.push({ list, way: way.label, costMs, ...(await runAgents(place, keeper, way, list)) });
      }
    }
  }
  const others = await runOthers(place, keeper, autoRounds - rounds, say);
  const { how } = keeper;
  const rows = lists.map(list => rowsOf(list, runs));
  return { how, budgetMb: BUDGET_MB, rounds, autoRounds, lists: rows, others };
}

/** The first seed whose agents are too many at once, and whose order is near the best. */
function fixedList(count) {
  for (let seed = 1; ; seed++) {
    const agents = agentList(count, seed);
    const isTooMuch = sum(agents.map(({ mb }) => mb)) > BUDGET_MB * 1.2;
    if (isTooMuch && inOrderMs(agents, BUDGET_MB) <= bestMs(agents, BUDGET_MB) * ORDER_COSTS) return agents;
  }
}

async function runOthers(place, keeper, count, say) {
  say(`agents, ${count} more lists by auto`);
  const auto = WAYS.find(({ label }) => label === AUTO);
  const runs = [];
  for (let seed = 1; seed <= count; seed++) {
    const agents = agentList(OTHERS.count, OTHERS.seed + seed, OTHERS.pace);
    const paying = paid(agents, await bareCostMs(place, keeper));
    const schedule = { bestMs: bestMs(paying, BUDGET_MB), inOrderMs: inOrderMs(paying, BUDGET_MB) };
    runs.push({ ...schedule, ...(await runAgents(place, keeper, auto, agents)) });
  }
  return runs;
}

const paid = (agents, costMs) => agents.map(agent => ({ ...agent, ms: agent.ms + costMs }));

/** One list as all ways ran it; ratios are between neighbours of a round. */
function rowsOf(agents, runs) {
  const own = runs.filter(({ list }) => list === agents);
  const of = (label, what) => own.filter(({ way }) => way === label).map(run => run[what]);
  const costs = of(AUTO, 'costMs');
  const best = costs.map(costMs => bestMs(paid(agents, costMs), BUDGET_MB));
  const rows = WAYS.map(({ label }) => ({
    label,
    wallMs: summarise(of(label, 'wallMs')),
    bestRatio: ratioOf(of(label, 'wallMs'), best),
    pairRatio: ratioOf(of(label, 'wallMs'), of(byJobs(2), 'wallMs')),
    peakMb: summarise(of(label, 'peakMb')),
    crashes: sum(of(label, 'crashes')),
    ran: best.length * agents.length,
  }));
  return { count: agents.length, rows, bestMs: summarise(best), costMs: summarise(costs) };
}
