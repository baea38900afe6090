// Lists of agents, always the same for the same seed.

/** A tenth of what people run: agents of 400 MB to 2 GB under a threshold of 4 GB; and minutes as seconds. */
export const BUDGET_MB = 400;
export const MB = { least: 40, most: 200 };
export const MS = { least: 750, most: 2_500 };

/**
 * @param pace what their lives are multiplied by
 * @returns `{ name, mb, ms }` each: at its peak it has `mb`, and it lives for `ms`
 */
export function agentList(count, seed, pace = 1) {
  const next = randomFrom(seed);
  const between = ({ least, most }) => Math.round(least + (most - least) * next());
  return Array.from({ length: count }, (_, index) => ({
    name: `agent-${index + 1}`,
    mb: between(MB),
    ms: Math.round(between(MS) * pace),
  }));
}

/** Numbers from 0 to 1 that look random: mulberry32. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
