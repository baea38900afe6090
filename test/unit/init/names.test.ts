// Which names a shim and a hook may have.

import { describe, expect, test } from 'vitest';
import { SeqxError } from '../../../src/base/errors.ts';
import { checkHookName, HOOK_NAMES } from '../../../src/init/hook-script.ts';
import { checkShimName } from '../../../src/init/shim-names.ts';

const messageOf = (check: () => void): string => {
  try {
    check();
    return '';
  } catch (error) {
    return error instanceof SeqxError ? `${error.code}: ${error.message}` : String(error);
  }
};

describe('a shim', () => {
  test.each(['make', 'npm', 'git', 'g++', 'python3.12', 'a b', 'bash'])('may be called %s', name => {
    expect(messageOf(() => checkShimName(name))).toBe('');
  });

  test.each([
    ['seqx', 'starts seqx'],
    ['node', 'started by node'],
    ['env', 'started by env'],
    ['sh', 'a script for sh'],
    ['ps', 'asks ps'],
    ['', 'names no tool'],
    ['..', 'names no tool'],
    ['bin/make', 'without slashes'],
    ['-x', 'begin with a dash'],
    ['a\nb', 'control characters'],
  ])('may not be called %j, and the reason is said', (name, reason) => {
    expect(messageOf(() => checkShimName(name))).toMatch(/^SEQX_USAGE_INVALID: /);
    expect(messageOf(() => checkShimName(name))).toContain(reason);
  });
});

describe('a hook', () => {
  test.each(HOOK_NAMES)('may be %s', name => {
    expect(messageOf(() => checkHookName(name))).toBe('');
  });

  test.each([
    ['precommit', 'did you mean pre-commit?'],
    ['pre-psuh', 'did you mean pre-push?'],
    ['reference-transaction', 'is no hook that seqx installs'],
    ['', 'is no hook that seqx installs'],
  ])('may not be %j', (name, text) => {
    expect(messageOf(() => checkHookName(name))).toContain(text);
  });
});
