// The one line in a Makefile: where it goes, how it is found, and that taking it out gives back every byte.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addInclude, findInclude, removeInclude } from '../../../src/init/makefile.ts';

const BOM = '\u00ef\u00bb\u00bf';
const LINE = '-include seqx.mk\n';

const pieces = fc.constantFrom(
  '\n',
  '\r\n',
  '\\\n',
  '#!/usr/bin/make -f',
  'all:\n',
  '\t@echo hi',
  '-include other.mk\n',
  '\u00e9',
  BOM,
  LINE,
  'define X\n',
  'endef\n',
  'ifdef X\n',
  'endif\n',
  '# remark \\\n',
);
const makefiles = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary-ascii' }))).map(all => all.join(''));

describe('adding', () => {
  test.each([
    ['an empty file', '', LINE],
    ['a file without a final newline', 'all: ; true', `${LINE}all: ; true`],
    ['a file with CRLF, where ours is LF all the same', 'all:\r\n', `${LINE}all:\r\n`],
    ['a byte order mark, which stays the first', `${BOM}all:\n`, `${BOM}${LINE}all:\n`],
    ['#!, which stays the first', '#!/usr/bin/make -f\nall:\n', `#!/usr/bin/make -f\n${LINE}all:\n`],
    ['#! with CRLF', '#!/usr/bin/make -f\r\nall:\n', `#!/usr/bin/make -f\r\n${LINE}all:\n`],
    ['#! that goes on in the next line', '#!make \\\nx\n', `${LINE}#!make \\\nx\n`],
    ['#! that is all there is', '#!make', `${LINE}#!make`],
  ])('to %s', (_what, before, after) => {
    expect(addInclude(before)).toBe(after);
    expect(removeInclude(after)).toBe(before);
  });

  test('and removing gives back every byte of any Makefile', () => {
    fc.assert(
      fc.property(makefiles, text => {
        fc.pre(findInclude(text) === undefined);
        const added = addInclude(text);
        expect(findInclude(added)).toBe('ours');
        expect(added.length).toBe(text.length + LINE.length);
        expect(removeInclude(added)).toBe(text);
      }),
    );
  });
});

describe('the include', () => {
  test.each([
    ['-include seqx.mk\nall:\n', 'ours'],
    ['SEQX_UNGATED := lint\n-include seqx.mk\nall:\n', 'ours'],
    ['-include seqx.mk\r\nall:\r\n', 'ours'],
    [`${BOM}-include seqx.mk\n`, 'ours'],
    ['all:\n-include seqx.mk', 'ours'],
    ['include seqx.mk\n', 'other'],
    ['sinclude ./seqx.mk # gate\n', 'other'],
    ['  -include common.mk seqx.mk\n', 'other'],
    ['-include tools/seqx.mk other.mk\n', 'other'],
    ['-include seqx.mk.old\n', undefined],
    ['-include my-seqx.mk\n', undefined],
    ['# -include seqx.mk\n', undefined],
    ['\t-include seqx.mk\n', undefined],
    ['', undefined],
    ['define X\n-include seqx.mk\nendef\n', undefined],
    ['override  define X =\n define Y\n endef\n-include seqx.mk\nendef\n', undefined],
    ['define X\nifdef Y\nendef\n-include seqx.mk\n', 'ours'],
    ['define X\n\tendef\nendef \\\nendef\n-include seqx.mk\n', 'ours'],
    ['ifdef X\n-include seqx.mk\nendif\n', undefined],
    ['ifeq (a,b)\nelse\n-include seqx.mk\nendif\n', undefined],
    ['ifdef X\n  ifneq ($(A),b)\n  endif\ninclude seqx.mk\nendif\n', undefined],
    ['ifdef X\nendif\n-include seqx.mk\n', 'ours'],
    ['all:\n\tif true; then true; fi\n-include seqx.mk\n', 'ours'],
    ['# a remark that goes on \\\n-include seqx.mk\n', undefined],
    ['X := a \\\r\n-include seqx.mk\r\n', undefined],
    ['X := a \\\\\n-include seqx.mk\n', 'ours'],
    ['X := a \\\\\\\n-include seqx.mk\n', undefined],
    ['all:\n\techo \\\n-include seqx.mk\n', undefined],
    ['.RECIPEPREFIX = -\nall:\n-include seqx.mk\n', undefined],
  ])('of %j is %s', (text, found) => {
    expect(findInclude(text)).toBe(found);
  });

  test('is taken out where make obeys it, and nowhere else', () => {
    const text = 'define X\n-include seqx.mk\nendef\n# \\\n-include seqx.mk\n';
    expect(removeInclude(addInclude(text))).toBe(text);
    expect(removeInclude(text)).toBe(text);
  });

  test('is taken out wherever it is, with the line end it has got', () => {
    expect(removeInclude('A := 1\n-include seqx.mk\r\nall:\n')).toBe('A := 1\nall:\n');
    expect(removeInclude('all:\n-include seqx.mk')).toBe('all:\n');
  });
});
