// The slot protocol, tried in every order of steps with a SIGKILL at any of them; and proof that the
// checker can see: every seeded mistake is found, by the promise it breaks.

import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { PROTOCOL } from './protocol.ts';
import { checkProtocol } from './slot-machine.ts';

// 1,665,803 states in about 13 s on two cores; the limit leaves room for a busy machine.
const LIMIT_MS = 120_000;

describe('slot protocol', () => {
  it('keeps every promise with 3 contenders, 2 turns each and 2 kills anywhere', {
    timeout: LIMIT_MS,
  }, () => {
    const report = checkProtocol({ protocol: PROTOCOL, bounds: { contenders: 3, turns: 2, crashes: 2 } });
    expect(report.trace, report.trace.join('\n')).toEqual([]);
    expect(report.broken).toBeUndefined();
    // An emptied model would keep its promises too.
    expect(report.states).toBeGreaterThan(1_600_000);
  });

  for (const { mistake, breaks, ...mutant } of MUTANTS) {
    it.each(breaks)(`is broken if a contender ${mistake}: %s`, { timeout: LIMIT_MS }, promised => {
      const bounds = { contenders: 3, turns: 2, crashes: 1 };
      const report = checkProtocol({ ...mutant, bounds, promises: [promised] });
      expect(report.broken).toBe(promised);
      expect(report.trace.length).toBeGreaterThan(1);
    });
  }
});
