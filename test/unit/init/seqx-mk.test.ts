// seqx.mk as a file: known to be ours, as we wrote it or with edits. What make does with it is tested with make.

import { describe, expect, test } from 'vitest';
import { gateHash } from '../../../src/base/project.ts';
import { judgeSeqxMk, seqxMk } from '../../../src/init/seqx-mk.ts';

const text = seqxMk();

test.each([
  ['as we write it', text, 'current'],
  ['with the line ends of a checkout on Windows', text.replaceAll('\n', '\r\n'), 'current'],
  ['with one more line', `${text}X := 1\n`, 'edited'],
  ['with one character changed', text.replace('kill-all', 'kill-ill'), 'edited'],
  ['of an older seqx', `# seqx.mk ${gateHash('seqx.mk', 'A := 1\n')}: an older one.\nA := 1\n`, 'older'],
  ['without our first line', text.slice(text.indexOf('\n') + 1), 'foreign'],
  ['of somebody else', 'all: ; true\n', 'foreign'],
  ['that is empty', '', 'foreign'],
])('a seqx.mk %s', (_what, content, state) => {
  expect(judgeSeqxMk(Buffer.from(content))).toBe(state);
});

describe('its text', () => {
  test('has no line that could be a target or a recipe: assignments and remarks alone', () => {
    const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
    for (const line of lines) expect(line).toMatch(/^(seqx\.[a-z]+ :?=|MAKEFILE_LIST :=|SEQX_UNGATED \?=) ?/);
  });

  test('has no literal colon inside a $(…) but where BSD make is meant to see one', () => {
    const calls = [...text.matchAll(/\$\([^\n]*/g)].map(([call]) => call);
    const colons = calls.filter(call => call.includes(':'));
    expect(colons).toEqual([
      '$(eval seqx.colon := :)$(seqx.colon)',
      expect.stringMatching(/^\$\(value :!echo/),
    ]);
  });

  test('keeps to 120 columns', () => {
    expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(120);
  });
});
