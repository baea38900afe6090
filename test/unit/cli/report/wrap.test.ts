import { describe, expect, test } from 'vitest';
import { entry, wrap } from '../../../../src/cli/report/wrap.ts';

describe('wrap', () => {
  test.each([
    ['a text that fits', 'one two', { columns: 7 }, ['one two']],
    ['one that is a letter too long', 'one twoo', { columns: 7 }, ['one', 'twoo']],
    ['spaces before each line count', 'one two', { indent: 1, columns: 7 }, [' one', ' two']],
    ['a word wider than the page', 'a wonderfully b', { columns: 5 }, ['a', 'wonderfully', 'b']],
    ['no limit', 'one two three', { columns: Infinity }, ['one two three']],
    ['nothing', '', {}, ['']],
  ])('%s', (_what, text, page, lines) => {
    expect(wrap(text, page)).toEqual(lines);
  });
});

describe('entry', () => {
  const page = { indent: 6, columns: 13 };

  test('goes on below its own text', () => {
    expect(entry('  -q', 'say nothing more', page)).toEqual(['  -q  say', '      nothing', '      more']);
  });

  test('a head that reaches into the text has a line of its own', () => {
    expect(entry('--wait', 'give up', page)).toEqual(['--wait', '      give up']);
  });
});
