// What `ps -Eww` prints of words and environment on macOS, and how much of it can be told apart.

import { describe, expect, test } from 'vitest';
import { parsePsWords, showsEnvironment, valueIn } from '../../../src/platform/ps-words.ts';

const TEXT = [
  '    1 /sbin/launchd',
  ' 4301 node /w/vitest run TERM=xterm PATH=/usr/bin:/bin HOME=/Users/ann SEQX_RUN=ab12:0001-7,cd34:0002-8 LANG=C',
  ' 4302 make CC=clang all PATH=/bin GIT_DIR=/Users/ann/My Projects/web/.git SHLVL=2',
  ' 4303 printf first',
  'second PATH=/bin',
  'no number here',
].join('\n');

const words = (pid: number) => parsePsWords(TEXT).get(pid) ?? '';

describe('parsePsWords', () => {
  test('keeps each line under its pid', () => {
    expect([...parsePsWords(TEXT).keys()]).toEqual([1, 4301, 4302, 4303]);
    expect(words(1)).toBe('/sbin/launchd');
  });

  test('joins a line that is broken by a newline in an argument', () => {
    expect(words(4303)).toBe('printf first\nsecond PATH=/bin\nno number here');
  });

  test('finds nothing in nothing, nor before the first number', () => {
    expect(parsePsWords('').size).toBe(0);
    expect(parsePsWords('ps: cannot do that\n').size).toBe(0);
  });
});

describe('valueIn', () => {
  test.each([
    [4301, 'SEQX_RUN', 'ab12:0001-7,cd34:0002-8'],
    [4301, 'LANG', 'C'],
    [4302, 'GIT_DIR', '/Users/ann/My Projects/web/.git'],
    [4302, 'SEQX_RUN', undefined],
    [4301, 'RUN', undefined],
  ])('reads of %i the variable %s as %j', (pid, name, value) => {
    expect(valueIn(words(pid), name)).toBe(value);
  });

  test('prefers the environment to an argument of the same form', () => {
    expect(valueIn('env SEQX_RUN=fake sh PATH=/bin SEQX_RUN=true:1', 'SEQX_RUN')).toBe('true:1');
  });
});

describe('showsEnvironment', () => {
  test.each([
    ['a program with its environment', words(4301), true],
    ['a program that SIP protects', '/usr/bin/make CC=clang all', false],
    ['a program that is gone', '', false],
  ])('of %s', (_case, line, isShown) => {
    expect(showsEnvironment(line)).toBe(isShown);
  });
});
