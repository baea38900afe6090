// Text in lines, broken between words.

import { expect, test } from 'vitest';
import { wrapText } from '../../../../src/cli/report/wrap-text.ts';

test.each([
  ['', 5, ['']],
  ['one', 5, ['one']],
  ['one two', 7, ['one two']],
  ['one two', 6, ['one', 'two']],
  ['a longest b', 3, ['a', 'longest', 'b']],
  ['a b c d', 3, ['a b', 'c d']],
])('%j in %i columns is %j', (text, columns, lines) => {
  expect(wrapText(text, columns)).toEqual(lines);
});
