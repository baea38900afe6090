// The words of a sentence, so that they can be compared: in small letters, without the s of a plural. Pure.

// A + or # belongs to its word (c++, c#); everything else that is no letter or digit lies between words.
const WORD = /[\p{L}\p{N}\p{M}]+[+#]*/gu;

/** The words in order, in small letters. */
export const wordsAsWritten = (text: string): string[] =>
  text.normalize('NFKC').toLowerCase().match(WORD) ?? [];

/** The words in order, one form for each: `Add unit-tests` is `add`, `unit`, `test`. */
export const wordsOf = (text: string): string[] => wordsAsWritten(text).map(singular);

/**
 * Not grammar: one form for both of any pair that is compared, so that tests and test, caches and cache, cookies
 * and cookie, queries and query are the same.
 */
function singular(word: string): string {
  const one = word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
  if (one.length <= 3) return one;
  return one.replace(/ie$/, 'y').replace(/(ss|sh|ch|x|z)e$/, '$1');
}
