// The protocol of several slots, tried in every order of steps with a SIGKILL at any of them, for every mix of
// runs that share and runs that are exclusive; and proof that the checker can see: every seeded mistake is
// found, by the promise it breaks.

import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { type Kind, PROTOCOL } from './protocol.ts';
import { checkSharing } from './sharing-machine.ts';

// 20 s on two cores for all; the limit leaves room for a busy machine.
const LIMIT_MS = 120_000;

/** Who takes part, how often each comes, how many are killed, and how many states there are at the least. */
const MIXES: readonly [readonly Kind[], number, number, number][] = [
  [['exclusive', 1, 1], 1, 2, 115_000],
  [['exclusive', 1, 2], 1, 2, 110_000],
  [['exclusive', 'exclusive', 1], 1, 2, 46_000],
  [[1, 1, 1], 1, 2, 200_000],
  [[2, 1, 1], 1, 2, 240_000],
  [[2, 2, 1], 1, 2, 200_000],
  [['exclusive', 1], 2, 2, 140_000],
  [[2, 1], 2, 2, 140_000],
];

describe('protocol of two slots', () => {
  it.each(MIXES)(
    'keeps every promise with %j, %i turns each and %i kills anywhere',
    {
      timeout: LIMIT_MS,
    },
    (kinds, turns, crashes, leastStates) => {
      const report = checkSharing({ protocol: PROTOCOL, bounds: { kinds, turns, crashes } });
      expect(report.trace, report.trace.join('\n')).toEqual([]);
      expect(report.broken).toBeUndefined();
      // An emptied model would keep its promises too.
      expect(report.states).toBeGreaterThan(leastStates);
    },
  );

  for (const { mistake, protocol, kinds, breaks } of MUTANTS) {
    it.each(breaks)(`is broken if a contender ${mistake}: %s`, { timeout: LIMIT_MS }, promised => {
      const report = checkSharing({
        protocol,
        bounds: { kinds, turns: 1, crashes: 1 },
        promises: [promised],
      });
      expect(report.broken).toBe(promised);
      expect(report.trace.length).toBeGreaterThan(1);
    });
  }
});
