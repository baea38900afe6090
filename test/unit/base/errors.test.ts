// The table of errors, and docs/errors.md and docs/exit-codes.md that explain it: held together here.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assert, InvariantError, unreachable } from '../../../src/base/assert.ts';
import { ERROR_TABLE, type ErrorCode, errnoOf, messageOf, SeqxError } from '../../../src/base/errors.ts';
import { ROOT } from '../../helpers/paths.ts';

const CODES = Object.keys(ERROR_TABLE) as ErrorCode[];
const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');

/** The text under `## CODE`, up to the next heading. */
const sectionOf = (code: string): string =>
  page.split(/^## /m).find(section => section.startsWith(`${code}\n`)) ?? '';

describe('docs/errors.md', () => {
  test.each(CODES)('explains %s with its exit code, meaning and hint', code => {
    const { exit, meaning, hint } = ERROR_TABLE[code];
    const section = sectionOf(code);
    expect(section, `docs/errors.md has no section "## ${code}"`).not.toBe('');
    expect(section).toContain(`exit ${exit}`);
    expect(section).toContain(meaning);
    expect(section).toContain(hint);
    const story = section.replace(meaning, '').replace(hint, '');
    expect(story.length, 'says when it happens and what to do').toBeGreaterThan(150);
  });

  test('explains nothing that does not exist', () => {
    const explained = [...page.matchAll(/^## (\S+)/gm)].map(([, code]) => code);
    expect(explained).toEqual(CODES);
  });
});

test.each(['75', '124', '125', '126', '127', '137', '128'])('docs/exit-codes.md speaks of %s', code => {
  expect(readFileSync(join(ROOT, 'docs', 'exit-codes.md'), 'utf8')).toMatch(new RegExp(`\\b${code}\\b`));
});

describe('the table', () => {
  test.each(CODES)('%s is named SEQX_NOUN_STATE, fails, and has something to type next', code => {
    const { exit, meaning, hint } = ERROR_TABLE[code];
    expect(code).toMatch(/^SEQX(_[A-Z]+){2}$/);
    expect([75, 125]).toContain(exit);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    expect(hint).not.toBe('');
  });
});

describe('SeqxError', () => {
  test('takes exit and hint from its row', () => {
    const error = new SeqxError('SEQX_GATE_BUSY', 'web is taken');
    expect(error).toMatchObject({
      name: 'SeqxError',
      code: 'SEQX_GATE_BUSY',
      exit: 75,
      message: 'web is taken',
    });
    expect(error.hint).toBe(ERROR_TABLE.SEQX_GATE_BUSY.hint);
    expect(error).toBeInstanceOf(Error);
  });

  test('says what the thrower knows better, and keeps the cause', () => {
    const cause = new Error('EACCES');
    const error = new SeqxError('SEQX_STATE_UNUSABLE', 'no', 'df /tmp', { cause });
    expect([error.hint, error.cause]).toEqual(['df /tmp', cause]);
  });
});

test.each([
  [Object.assign(new Error('x'), { code: 'ENOENT' }), 'ENOENT', 'x'],
  [Object.assign(new Error('x'), { code: 5 }), '', 'x'],
  [new Error('x'), '', 'x'],
  [{ code: 'ENOENT' }, '', '[object Object]'],
  ['text', '', 'text'],
  [undefined, '', 'undefined'],
])('of %o the errno is %j and the message %j', (error, errno, message) => {
  expect([errnoOf(error), messageOf(error)]).toEqual([errno, message]);
});

test('a broken invariant names what was expected', () => {
  expect(() => assert(false, 'one owner')).toThrow(new InvariantError('broken invariant: one owner'));
  expect(() => assert(1, 'one owner')).not.toThrow();
  expect(() => unreachable('new-case' as never)).toThrow('broken invariant: unexpected "new-case"');
});
