import { expect, test } from 'vitest';
import { agentList, BUDGET_MB } from '../../../bench/parts/agents/list.js';
import { type Agent, bestMs, inOrderMs } from '../../../bench/parts/agents/schedule.js';

/** Such as `3x2`: for 3 ms, 2 MB. */
const list = (text: string): Agent[] =>
  text.split(' ').map(word => {
    const [ms = 0, mb = 0] = word.split('x').map(Number);
    return { ms, mb };
  });

test.each([
  { agents: '5x4', inOrder: 5, best: 5, why: 'one alone' },
  { agents: '5x4 5x4', inOrder: 5, best: 5, why: 'two that fit' },
  { agents: '5x6 3x6', inOrder: 8, best: 8, why: 'two that never fit together' },
  { agents: '5x5 3x5 2x5', inOrder: 5, best: 5, why: 'the third beside the longest' },
  { agents: '4x6 4x6 4x4 4x4', inOrder: 12, best: 8, why: 'two in a row that do not fit together' },
  { agents: '2x6 2x6 2x4', inOrder: 4, best: 4, why: 'the last beside the second' },
  { agents: '6x3 2x8 6x3', inOrder: 14, best: 8, why: 'the middle one holds up the last' },
  { agents: '1x5 3x5 2x8 4x5', inOrder: 9, best: 6, why: 'what fits first is not best first' },
])('$agents in 10 MB, $why: $inOrder in order, $best at best', ({ agents, inOrder, best }) => {
  expect(inOrderMs(list(agents), 10)).toBe(inOrder);
  expect(bestMs(list(agents), 10)).toBe(best);
});

test.each([
  { jobs: 1, ms: 12 },
  { jobs: 2, ms: 7 },
  { jobs: 3, ms: 5 },
])('with $jobs at once, however much memory there is: $ms', ({ jobs, ms }) => {
  expect(inOrderMs(list('5x1 3x1 2x1 2x1'), 10, jobs)).toBe(ms);
});

/** Every order, each agent at the first moment from which on there is room for all its life. */
function byAllOrders(agents: readonly Agent[], budgetMb: number): number {
  const place = (placed: readonly (Agent & { fromMs: number })[], { ms, mb }: Agent): number => {
    const used = (atMs: number) =>
      placed.reduce((sum, one) => sum + (one.fromMs <= atMs && atMs < one.fromMs + one.ms ? one.mb : 0), 0);
    const moments = [0, ...placed.map(one => one.fromMs + one.ms)].sort((a, b) => a - b);
    const hasRoom = (fromMs: number) =>
      [fromMs, ...placed.map(one => one.fromMs).filter(at => at > fromMs && at < fromMs + ms)].every(
        at => used(at) + mb <= budgetMb,
      );
    return moments.find(hasRoom) ?? 0;
  };
  let least = Infinity;
  const visit = (placed: readonly (Agent & { fromMs: number })[], left: readonly Agent[]): void => {
    if (left.length === 0) least = Math.min(least, Math.max(...placed.map(({ fromMs, ms }) => fromMs + ms)));
    for (const agent of left) {
      const next = { ...agent, fromMs: place(placed, agent) };
      visit(
        [...placed, next],
        left.filter(one => one !== agent),
      );
    }
  };
  visit([], agents);
  return least;
}

test('the best is what trying every order finds, and never more than any order takes', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const agents = agentList(3 + (seed % 4), seed);
    const best = bestMs(agents, BUDGET_MB);
    expect(best, `seed ${seed}`).toBe(byAllOrders(agents, BUDGET_MB));
    for (const jobs of [1, 2, 3, Infinity]) {
      expect(inOrderMs(agents, BUDGET_MB, jobs)).toBeGreaterThanOrEqual(best);
    }
  }
});

test('no number of jobs beats memory alone, in the same order', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const agents = agentList(10, seed);
    const times = [Infinity, 3, 2, 1].map(jobs => inOrderMs(agents, BUDGET_MB, jobs));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  }
});

test('the same seed makes the same list, and another another', () => {
  expect(agentList(10, 7)).toEqual(agentList(10, 7));
  expect(agentList(10, 7)).not.toEqual(agentList(10, 8));
  expect(agentList(10, 7).every(({ mb }) => mb <= BUDGET_MB)).toBe(true);
});
