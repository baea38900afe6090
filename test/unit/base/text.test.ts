// Other people's text: nothing a terminal would obey, and none of the secrets that command lines carry.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText, count, maskSecrets, showCommand } from '../../../src/base/text.ts';

/** Control characters, and all that Unicode says can reorder or break a line. */
const OBEYED = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\u001b[2J', '\r', '\n', '\u0007', '\u009b31m', '\u202e', '\u2066', '\u061c', '\u2028'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

describe('cleanText', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', '[31mred [0m'],
    ['one\r\ntwo\tthree', 'one two three'],
    ['a\u0000b\u007fc\u0085d\u009be', 'a b c d e'],
    ['exe\u202etxt.\u2069', 'exe txt.'],
    ['a\u2028b\u2029c\ufeffd', 'a b c d'],
    ['  über  日本 👍 ', 'über  日本 👍'],
    ['\u001b', ''],
  ])('shows %j as %j', (text, shown) => {
    expect(cleanText(text)).toBe(shown);
  });

  test('cuts with a mark', () => {
    expect(cleanText('x'.repeat(300))).toBe(`${'x'.repeat(199)}…`);
    expect(cleanText('abcdef', 6)).toBe('abcdef');
    expect(cleanText('abcdefg', 6)).toBe('abcde…');
  });

  test('never lets through what a terminal obeys, nor more than the columns', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, columns) => {
        const shown = cleanText(text, columns);
        expect(shown).not.toMatch(OBEYED);
        expect(shown.length).toBeLessThanOrEqual(columns);
        expect(cleanText(shown, columns)).toBe(shown);
      }),
    );
  });
});

describe('showCommand', () => {
  test.each([
    [['npm', 'test'], 'npm test'],
    [['printf', '', 'a b', "it's", '$HOME'], "printf '' 'a b' 'it'\\''s' '$HOME'"],
    [['sh', '-c', 'echo\nhi'], "sh -c 'echo hi'"],
    [['make', 'CC=gcc', 'a/b.c', '*.o', '50%', 'x@y,z:1'], 'make CC=gcc a/b.c *.o 50% x@y,z:1'],
    [[], ''],
  ])('%j is shown as %j', (argv, shown) => {
    expect(showCommand(argv)).toBe(shown);
  });

  test('never lets through what a terminal obeys', () => {
    fc.assert(
      fc.property(fc.array(hostile), argv => {
        expect(showCommand(argv)).not.toMatch(OBEYED);
      }),
    );
  });
});

describe('maskSecrets', () => {
  test.each([
    ['--token=hunter2'],
    ['--api-key=hunter2'],
    ['--apikey', 'hunter2'],
    ['--password', 'hunter2'],
    ['-password', 'hunter2'],
    ['--private-key', 'hunter2'],
    ['TOKEN=hunter2'],
    ['GITHUB_TOKEN=hunter2'],
    ['AWS_SECRET_ACCESS_KEY=hunter2'],
    ['PASSWD=two\nlines hunter2'],
    ['-H', 'Authorization: Bearer hunter2'],
    ['-H', 'X-Api-Key: hunter2'],
    ['--header=Authorization: Bearer hunter2'],
    ['-HAuthorization: Bearer hunter2'],
    ['https://ann:hunter2@example.org/x'],
    ['https://ann:p@hunter2@example.org/x'],
    ['redis://:hunter2@cache:6379/0'],
    ['DATABASE_URL=postgres://ann:hunter2@db/web'],
    ['--db=postgres://ann:hunter2@db/web'],
    ['sh', '-c', 'cd web && TOKEN=hunter2 make deploy'],
    ['sh', '-c', 'make deploy --token=hunter2'],
    ['sh', '-c', 'make deploy --password hunter2'],
    ['sh', '-c', "curl -H 'Authorization: Bearer hunter2' http://x"],
  ])('hides the secret of %j %j %j', (...words) => {
    expect(maskSecrets(words).join(' ')).not.toContain('hunter2');
    expect(showCommand(words, 500)).not.toContain('hunter2');
    expect(maskSecrets(words)).toHaveLength(words.length);
  });

  test.each([
    [
      ['npm', 'test', '--', '--coverage'],
      ['npm', 'test', '--', '--coverage'],
    ],
    [
      ['make', 'CC=gcc', 'all'],
      ['make', 'CC=gcc', 'all'],
    ],
    [
      ['curl', 'https://example.org:8080/a@b'],
      ['curl', 'https://example.org:8080/a@b'],
    ],
    [
      ['git', 'clone', 'ssh://git@example.org/x'],
      ['git', 'clone', 'ssh://git@example.org/x'],
    ],
    [
      ['tool', '--token', '--verbose', 'x'],
      ['tool', '--token', '--verbose', 'x'],
    ],
    [
      ['tool', '--token'],
      ['tool', '--token'],
    ],
    [
      ['tool', '--token', 'a', 'b'],
      ['tool', '--token', '***', 'b'],
    ],
    [
      ['npm', 'run', 'test:auth'],
      ['npm', 'run', 'test:auth'],
    ],
  ])('of %j leaves %j', (argv, shown) => {
    expect(maskSecrets(argv)).toEqual(shown);
  });

  test('masking twice is masking once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(hostile, fc.constantFrom('--token=x', '--token', 'a:b', '://u:p@h'))),
        argv => {
          const once = maskSecrets(argv);
          expect(maskSecrets(once)).toEqual(once);
        },
      ),
    );
  });
});

test('counts in words', () => {
  expect([count(1, 'run'), count(0, 'run'), count(7, 'process', 'processes')]).toEqual([
    '1 run',
    '0 runs',
    '7 processes',
  ]);
});
