// The chain of run tokens in the environment.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRunChain, parseRunChain, runToken } from '../../../src/base/run-token.ts';

const tokens = fc.tuple(fc.stringMatching(/^[0-9a-f]{16}$/), fc.stringMatching(/^[0-9a-f-]{1,60}$/));

test('every chain comes back, outermost first', () => {
  fc.assert(
    fc.property(fc.array(tokens), parts => {
      const chain = parts.map(([gate, id]) => runToken(gate, id));
      expect(parseRunChain(formatRunChain(chain))).toEqual(chain);
    }),
  );
});

test.each([
  [undefined, []],
  ['', []],
  [',', []],
  [',,a:1,', ['a:1']],
  ['a:1,b:2', ['a:1', 'b:2']],
])('%j is the chain %j', (value, chain) => {
  expect(parseRunChain(value)).toEqual(chain);
});
