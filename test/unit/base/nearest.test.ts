// "Did you mean": near enough helps, too far is worse than nothing.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '../../../src/base/nearest.ts';

const WORDS = ['wait', 'timeout', 'memory-limit', 'kill-grace', 'scope'];

test.each([
  ['wiat', 'wait'],
  ['tiemout', 'timeout'],
  ['memorylimit', 'memory-limit'],
  ['memory-limmits', 'memory-limit'],
  ['skope', 'scope'],
  ['completely-different', undefined],
  ['xyz', undefined],
  ['', undefined],
])('%j means %j', (word, candidate) => {
  expect(nearest(word, WORDS)).toBe(candidate);
});

test('knows nothing when nothing is known', () => {
  expect(nearest('wait', [])).toBeUndefined();
});

test('every word is nearest to itself, and so is one with a slip', () => {
  fc.assert(
    fc.property(fc.constantFrom(...WORDS), fc.nat(11), (word, at) => {
      expect(nearest(word, WORDS)).toBe(word);
      const slipped = word.slice(0, at) + word.slice(at + 1);
      expect(nearest(slipped, WORDS)).toBe(word);
    }),
  );
});
