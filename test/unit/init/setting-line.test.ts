// One setting in somebody else's file: found in all its spellings, added at the top, taken out without a trace.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addSetting,
  findSetting,
  freshSetting,
  isPlainYaml,
  NPMRC,
  PNPM_WORKSPACE,
  removeSetting,
} from '../../../src/init/setting-line.ts';

const BOM = '\u00ef\u00bb\u00bf';

test.each([
  ['script-shell=seqx\n', { kind: 'ours' }],
  ['fund=false\r\nscript-shell=seqx\r\n', { kind: 'ours' }],
  ['script-shell = "seqx"', { kind: 'same' }],
  ["script-shell='/usr/local/bin/seqx'\n", { kind: 'same' }],
  ['script-shell=/bin/bash\n', { kind: 'other', value: '/bin/bash' }],
  ['script-shell=seqx\nscript-shell=zsh\n', { kind: 'other', value: 'zsh' }],
  ['script-shell=\n', { kind: 'other', value: '' }],
  ['; script-shell=bash\n', { kind: 'none' }],
  ['[section]\nscript-shell=bash\n', { kind: 'none' }],
  ['my-script-shell=bash\n', { kind: 'none' }],
  ['"script-shell"=bash\n', { kind: 'other', value: 'bash' }],
  ["script-shell=seqx\n'script-shell' = bash", { kind: 'other', value: 'bash' }],
  ['script-shell=seqx\nscript-shell\n', { kind: 'other', value: '' }],
  ['script-shell[]=bash\n', { kind: 'other', value: 'bash' }],
  ['script-shell=seqx ; gate\n', { kind: 'same' }],
  ['script-shell=seqx\na=b\rscript-shell=bash\n', { kind: 'other', value: 'bash' }],
  ['[section\nscript-shell=bash\n', { kind: 'other', value: 'bash' }],
  [' [section]\nscript-shell=bash\n', { kind: 'other', value: 'bash' }],
  ['', { kind: 'none' }],
])('.npmrc %j', (text, found) => {
  expect(findSetting(text, NPMRC)).toEqual(found);
});

test.each([
  ['scriptShell: seqx\n', { kind: 'ours' }],
  ['packages:\n  - a\n"scriptShell": seqx # gate\n', { kind: 'same' }],
  ['scriptShell: "/bin/bash"\n', { kind: 'other', value: '/bin/bash' }],
  ['nested:\n  scriptShell: bash\n', { kind: 'none' }],
])('pnpm-workspace.yaml %j', (text, found) => {
  expect(findSetting(text, PNPM_WORKSPACE)).toEqual(found);
});

describe('adding', () => {
  test.each([
    ['an empty file', NPMRC, '', 'script-shell=seqx\n'],
    ['a file without a final newline', NPMRC, 'fund=false', 'script-shell=seqx\nfund=false'],
    ['a file with CRLF', NPMRC, 'fund=false\r\n', 'script-shell=seqx\r\nfund=false\r\n'],
    ['a byte order mark', NPMRC, `${BOM}fund=false\n`, `${BOM}script-shell=seqx\nfund=false\n`],
    ['a file with a section', NPMRC, '[a]\nb=c\n', 'script-shell=seqx\n[a]\nb=c\n'],
    ['YAML', PNPM_WORKSPACE, 'packages:\n  - a', 'scriptShell: seqx\npackages:\n  - a'],
    ['YAML of two documents', PNPM_WORKSPACE, 'a: b\n---\nc: d\n', 'scriptShell: seqx\na: b\n---\nc: d\n'],
    ['YAML with ---', PNPM_WORKSPACE, '# x\n---\na: b\n', '# x\n---\nscriptShell: seqx\na: b\n'],
  ] as const)('to %s', (_what, file, before, after) => {
    expect(addSetting(before, file)).toBe(after);
    expect(findSetting(after, file).kind).toBe('ours');
    expect(removeSetting(after, file)).toBe(before);
  });

  test.each([NPMRC, PNPM_WORKSPACE])('and removing gives back every byte of any $name', file => {
    const ours = [`${file.line}\n`, `${file.line}\r\n`, file.line];
    const pieces = fc.constantFrom(
      '\n',
      '\r\n',
      '---\n',
      '[a]',
      '[a]\n',
      'a=b',
      'a: b\n',
      BOM,
      '# x',
      ...ours,
    );
    const texts = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary-ascii' }))).map(all => all.join(''));
    fc.assert(
      fc.property(texts, text => {
        fc.pre(findSetting(text, file).kind === 'none');
        expect(removeSetting(addSetting(text, file), file)).toBe(text);
      }),
    );
  });
});

test.each([
  ['one in a section', '[a]\r\nscript-shell=seqx\r\n[b]\r\nscript-shell=seqx'],
  ['one in a section, without a final newline', 'a=b\n[a]\nscript-shell=seqx'],
])('taking out leaves %s', (_what, before) => {
  expect(removeSetting(addSetting(before, NPMRC), NPMRC)).toBe(before);
  expect(removeSetting(before, NPMRC)).toBe(before);
});

test('of two lines the first is taken out', () => {
  expect(removeSetting('script-shell=seqx\r\na=b\nscript-shell=seqx', NPMRC)).toBe('a=b\nscript-shell=seqx');
});

test.each([NPMRC, PNPM_WORKSPACE])('of a $name that seqx created nothing is left', file => {
  expect(findSetting(freshSetting(file), file).kind).toBe('ours');
  expect(removeSetting(freshSetting(file), file)).toBeUndefined();
  expect(removeSetting(freshSetting(file).replaceAll('\n', '\r\n'), file)).toBeUndefined();
  expect(removeSetting(`${freshSetting(file)}a=b\n`, file)).toBe('a=b\n');
});

test.each([
  ['packages:\n  - a\n', true],
  ['# remark\n\n---\n"a": b\n', true],
  ['', true],
  ['{packages: [a]}\n', false],
  ['- a\n', false],
  ['%YAML 1.2\n---\na: b\n', false],
  ['a b c', false],
])('%j is a plain list of settings: %s', (text, isPlain) => {
  expect(isPlainYaml(text)).toBe(isPlain);
});
