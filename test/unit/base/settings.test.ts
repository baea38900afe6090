// Where a setting comes from, which source wins, and what a malformed value is answered with.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeqxError } from '../../../src/base/errors.ts';
import {
  environmentName,
  environmentSource,
  fileSource,
  oldNamesSource,
  SETTING_FLAGS,
  SETTING_ROWS,
  type SettingName,
  type SettingSource,
  settle,
} from '../../../src/base/settings.ts';

const NAMES = Object.keys(SETTING_ROWS) as SettingName[];
const flags = (values: Record<string, string>): SettingSource => ({ values, describe: flag => `--${flag}` });

function errorOf(action: () => unknown): SeqxError {
  try {
    action();
  } catch (error) {
    if (error instanceof SeqxError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('settle', () => {
  test('without a source gives every default', () => {
    const { settings, origins } = settle([]);
    for (const name of NAMES) {
      expect(settings[name]).toBe(SETTING_ROWS[name].fallback);
      expect(origins[name]).toBe('default');
    }
    expect(settings).toMatchObject({
      wait: undefined,
      conflictExitCode: 75,
      stuckTimeout: 300_000,
      scope: 'repo',
      priority: 'normal',
      timeout: undefined,
      killGrace: 5_000,
      leftovers: 'auto',
      memoryLimit: 2 ** 31,
      processMemoryLimit: 0,
      checkInterval: 5_000,
      gitWait: 10_000,
      gitBusy: 'auto',
    });
  });

  test('takes each setting from the strongest source that has it, and says which', () => {
    const env = { SEQX_WAIT: '2m', SEQX_TIMEOUT: '3m', TIMEOUT: '4m', MEMORY_LIMIT_MB: '512', VERBOSE: '1' };
    const file = fileSource('/w/seqx.toml', { wait: 5, timeout: '6m', 'memory-limit': '7G', scope: 'user' });
    const { settings, origins } = settle([
      flags({ wait: '1m' }),
      environmentSource(env),
      oldNamesSource(env),
      file,
    ]);
    expect(settings).toMatchObject({ wait: 60_000, timeout: 180_000, memoryLimit: 2 ** 29, scope: 'user' });
    expect(settings.verbose).toBe(true);
    expect(origins).toMatchObject({
      wait: '--wait',
      timeout: 'SEQX_TIMEOUT',
      memoryLimit: 'MEMORY_LIMIT_MB',
      scope: 'scope in /w/seqx.toml',
      verbose: 'VERBOSE',
      priority: 'default',
    });
  });

  test('the first of any sources wins', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(255))), codes => {
        const sources = codes.map(code => flags(code === null ? {} : { 'conflict-exit-code': String(code) }));
        expect(settle(sources).settings.conflictExitCode).toBe(codes.find(code => code !== null) ?? 75);
      }),
    );
  });

  test('an empty variable counts as unset, an empty flag does not', () => {
    expect(
      settle([environmentSource({ SEQX_WAIT: '' }), oldNamesSource({ TIMEOUT: '' })]).origins,
    ).toMatchObject({
      wait: 'default',
      timeout: 'default',
    });
    expect(() => settle([flags({ wait: '' })])).toThrow('--wait is ""');
  });

  test.each([
    ['wait', '5 minutes'],
    ['conflict-exit-code', '256'],
    ['conflict-exit-code', '-1'],
    ['conflict-exit-code', '0x10'],
    ['stuck-timeout', '2999ms'],
    ['scope', 'everything'],
    ['lock', ''],
    ['lock', 'a/b'],
    ['lock', 'a\\b'],
    ['lock', 'a\nb'],
    ['lock', 'x'.repeat(101)],
    ['priority', 'highest'],
    ['timeout', '0'],
    ['kill-grace', '-1s'],
    ['leftovers', 'keep'],
    ['memory-limit', '2 bananas'],
    ['memory-limit', '-1'],
    ['check-interval', '9ms'],
    ['git-busy', 'wait'],
    ['quiet', 'maybe'],
    ['quiet', 'constructor'],
    ['verbose', '__proto__'],
    ['progress', 'bar'],
  ])('refuses --%s %j and names value, source and what is taken', (flag, text) => {
    const error = errorOf(() => settle([flags({ [flag]: text })]));
    expect([error.code, error.exit]).toEqual(['SEQX_SETTING_INVALID', 125]);
    expect(error.message.startsWith(`--${flag} is ${JSON.stringify(text)}; it takes `)).toBe(true);
  });

  test('a malformed value of a stronger source is never passed over for a weaker one', () => {
    expect(() => settle([flags({ wait: 'soon' }), flags({ wait: '5m' })])).toThrow('--wait is "soon"');
  });

  test.each([
    ['lock', 'über 日本', 'lock', 'über 日本'],
    ['wait', '0', 'wait', 0],
    ['memory-limit', '0', 'memoryLimit', 0],
    ['memory-limit', '1024', 'memoryLimit', 2 ** 30],
    ['stuck-timeout', '3s', 'stuckTimeout', 3_000],
    ['quiet', 'YES', 'quiet', true],
    ['quiet', 'off', 'quiet', false],
    ['conflict-exit-code', '0', 'conflictExitCode', 0],
  ] as const)('takes --%s %j', (flag, text, name, value) => {
    expect(settle([flags({ [flag]: text })]).settings[name]).toBe(value);
  });
});

describe('fileSource', () => {
  test('takes texts, numbers and true or false', () => {
    const { values } = fileSource('f', { wait: '1m', 'conflict-exit-code': 3, quiet: true });
    expect(values).toEqual({ wait: '1m', 'conflict-exit-code': '3', quiet: 'true' });
  });

  test('refuses an unknown key and suggests the nearest', () => {
    const error = errorOf(() => fileSource('/w/seqx.toml', { 'memory-limt': '1G' }));
    expect(error.code).toBe('SEQX_SETTING_INVALID');
    expect(error.message).toBe(
      '/w/seqx.toml has the unknown setting "memory-limt"; did you mean memory-limit?',
    );
    expect(() => fileSource('f', { entirely: 1 })).toThrow(/unknown setting "entirely"$/);
  });

  test.each([[['1m']], [{}], [null], [new Date(0)]])('refuses the value %j', value => {
    expect(() => fileSource('f', { wait: value })).toThrow(
      'wait in f must be a text, a number or true/false',
    );
  });
});

test('every flag has its environment name, and no two share one', () => {
  expect(environmentName('memory-limit')).toBe('SEQX_MEMORY_LIMIT');
  expect(new Set(SETTING_FLAGS.map(environmentName)).size).toBe(NAMES.length);
});
