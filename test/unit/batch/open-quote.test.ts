// Lines that look as if a quote were open: its no must be right, its yes is only a reason to ask.

import { expect, test } from 'vitest';
import { hasOpenQuote } from '../../../src/batch/open-quote.ts';

test.each([
  ['echo a', false],
  ['echo "a b" \'c d\' `e`', false],
  ['echo "it\'s"', false],
  ["echo 'a \\'", false],
  ['echo it\\\'s "a\\"b"', false],
  ['echo a\\\\', false],
  ['echo "a', true],
  ["echo 'a", true],
  ['echo `a', true],
  ["echo it's", true],
  ["echo 'a\\'b'", true],
  ['echo a \\', true],
  ["true # don't", true],
])('%s: %s', (line, expected) => {
  expect(hasOpenQuote(line)).toBe(expected);
});
