// The words of a sentence, in one form for singular and plural.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordsAsWritten, wordsOf } from '../../../src/base/words-of.ts';

test.each([
  ['Add Button component', ['add', 'button', 'component']],
  ['unit-tests, e2e!', ['unit', 'test', 'e2e']],
  ['rename_column in Node.js', ['rename', 'column', 'in', 'node', 'js']],
  ['C++ and c# or .NET', ['c++', 'and', 'c#', 'or', 'net']],
  ['Füge ﬁles hinzu', ['füge', 'file', 'hinzu']],
  ['', []],
  ['--- \u0000 🙂', []],
])('%j is %j', (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test.each([
  ['test', 'tests'],
  ['query', 'queries'],
  ['cookie', 'cookies'],
  ['cache', 'caches'],
  ['size', 'sizes'],
  ['box', 'boxes'],
  ['class', 'classes'],
  ['search', 'searches'],
  ['API', 'apis'],
  ['css', 'CSS'],
])('%s and %s are one word', (one, many) => {
  expect(wordsOf(one)).toEqual(wordsOf(many));
});

test.each([
  ['test', 'testing'],
  ['test', 'contest'],
  ['form', 'format'],
  ['pass', 'pas'],
  ['as', 'a'],
])('%s and %s are two', (one, other) => {
  expect(wordsOf(one)).not.toEqual(wordsOf(other));
});

test('small and capital letters are the same, and nothing is a word that was not there', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      for (const word of wordsAsWritten(text)) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+[+#]*$/u);
      expect(wordsOf(text)).toHaveLength(wordsAsWritten(text).length);
    }),
  );
});
