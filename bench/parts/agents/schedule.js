// How soon a list of agents can be done when each has its memory from its first moment to its last, as admission
// promises it: in the order given, and in the best order there is. Pure; exact, for a dozen agents or so.

/**
 * Each starts as soon as everybody before it has started and there is room for it. In this order nothing is
 * sooner: an earlier start of one never makes a later start of the next.
 * @param agents `{ ms, mb }` each, none over the budget by itself
 * @param jobs how many at once
 * @returns milliseconds until the last has ended
 */
export function inOrderMs(agents, budgetMb, jobs = Infinity) {
  let running = [];
  let nowMs = 0;
  for (const agent of agents) {
    while (running.length >= jobs || usedMb(running) + agent.mb > budgetMb) {
      nowMs = firstEndMs(running);
      running = stillAt(nowMs, running);
    }
    running.push(startedAt(nowMs, agent));
  }
  return lastEndMs(nowMs, running);
}

/**
 * The least that any order and any waiting can reach, by trying them: an agent starts at the beginning or when
 * another ends (an earlier start never hurts), and a branch is left when it cannot beat what is known.
 */
export function bestMs(agents, budgetMb) {
  const byArea = [...agents].sort((a, b) => b.ms * b.mb - a.ms * a.mb);
  let least = Math.min(inOrderMs(agents, budgetMb), inOrderMs(byArea, budgetMb));
  const seen = new Set();
  const visit = (nowMs, running, left) => {
    if (leastPossibleMs(nowMs, running, left, budgetMb) >= least) return;
    if (left.length === 0) {
      least = lastEndMs(nowMs, running);
      return;
    }
    const state = [
      nowMs,
      ...running.map(({ endMs, mb }) => `${endMs}:${mb}`),
      '',
      ...left.map(({ index }) => index),
    ].join();
    if (seen.has(state)) return;
    seen.add(state);
    for (const chosen of fittingSets(left, budgetMb - usedMb(running))) {
      const all = [...running, ...chosen.map(agent => startedAt(nowMs, agent))];
      if (all.length === 0) continue;
      const nextMs = firstEndMs(all);
      visit(
        nextMs,
        stillAt(nextMs, all),
        left.filter(agent => !chosen.includes(agent)),
      );
    }
  };
  visit(
    0,
    [],
    byArea.map((agent, index) => ({ ...agent, index })),
  );
  return least;
}

/** Nobody is done sooner than the longest, than all memory over all time, than those that cannot be two at once. */
function leastPossibleMs(nowMs, running, left, budgetMb) {
  const rest = [...left, ...running.map(({ endMs, mb }) => ({ ms: endMs - nowMs, mb }))];
  let area = 0;
  let alone = 0;
  let longest = 0;
  for (const { ms, mb } of rest) {
    area += ms * mb;
    if (mb * 2 > budgetMb) alone += ms;
    longest = Math.max(longest, ms);
  }
  return nowMs + Math.max(area / budgetMb, alone, longest);
}

/** Every set of agents that fits, the largest first in the order of the list, down to none. */
function fittingSets([first, ...others], freeMb) {
  if (first === undefined) return [[]];
  const without = fittingSets(others, freeMb);
  if (first.mb > freeMb) return without;
  return [...fittingSets(others, freeMb - first.mb).map(set => [first, ...set]), ...without];
}

const startedAt = (nowMs, { ms, mb }) => ({ endMs: nowMs + ms, mb });
const stillAt = (nowMs, running) => running.filter(({ endMs }) => endMs > nowMs);
const usedMb = running => running.reduce((total, { mb }) => total + mb, 0);
const firstEndMs = running => Math.min(...running.map(({ endMs }) => endMs));
const lastEndMs = (nowMs, running) => Math.max(nowMs, ...running.map(({ endMs }) => endMs));
