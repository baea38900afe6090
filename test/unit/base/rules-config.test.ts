// Rules: which command they match, what they say, and what a malformed one is answered with.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob } from '../../../src/base/glob.ts';
import { readRules, rulesFor } from '../../../src/base/rules-config.ts';
import { fileSource, settle } from '../../../src/base/settings.ts';

const file = (rules: unknown, where = '/w/seqx.toml', rest: Record<string, unknown> = {}) =>
  fileSource(where, { ...rest, rules });
const flags = (values: Record<string, string>) => ({ values, describe: (flag: string) => `--${flag}` });

describe('a glob', () => {
  test.each([
    ['*migrate*', 'npm run db:migrate -- --all', true],
    ['*migrate*', 'migrate', true],
    ['npm *', 'npm test', true],
    ['npm *', 'npm', false],
    ['npm *', 'pnpm test', false],
    ['npm test', 'npm test', true],
    ['npm test', 'npm test -- -u', false],
    ['*/bin/?c *', '/usr/bin/cc -c a.c', true],
    ['a*b*c', 'a1b2b3c', true],
    ['a*b*c', 'a1b2b3', false],
    ['?', 'é', true],
    ['[a]', 'a', false],
    ['a.c', 'abc', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
  ])('%j and %j: %j', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });

  test('says of any text what the same regular expression says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 8 });
    const globs = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 });
    fc.assert(
      fc.property(globs, letters, (glob, text) => {
        const same = new RegExp(`^${glob.replaceAll('?', '.').replaceAll('*', '.*')}$`, 's');
        expect(matchesGlob(glob, text)).toBe(same.test(text));
      }),
    );
  });

  test('is quick where a regular expression would not be', () => {
    expect(matchesGlob(`${'*a'.repeat(30)}*b`, 'a'.repeat(20_000))).toBe(false);
  });
});

describe('rules', () => {
  const settledFor = (line: string, files: ReturnType<typeof file>[], given = {}) =>
    settle([flags(given), ...rulesFor(line.split(' '), readRules(files)), ...files]);
  const RULES = [
    { match: '*migrate*', exclusive: true, timeout: '10m' },
    { match: ['npm *', 'npx *'], memory: '1G', timeout: '1h', priority: 'low', weight: 2 },
  ];

  test('that match say what they say, the first of them first', () => {
    const { settings, origins } = settledFor('npm run migrate', [file(RULES)]);
    expect(settings).toMatchObject({
      exclusive: true,
      timeout: 600_000,
      memoryExpected: 2 ** 30,
      priority: 'low',
    });
    expect(settings.weight).toBe(2);
    expect(origins).toMatchObject({
      exclusive: 'exclusive of rule "*migrate*" in /w/seqx.toml',
      memoryExpected: 'memory of rule "npm *" in /w/seqx.toml',
    });
  });

  test('that do not match say nothing', () => {
    expect(settledFor('make', [file(RULES)]).origins.exclusive).toBe('default');
  });

  test('are stronger than what the files say for all, and weaker than a flag', () => {
    const strong = file(undefined, '/w/seqx.toml', { timeout: '1s' });
    const weak = file(RULES, '/home/config.toml');
    expect(settledFor('npx x', [strong, weak]).settings.timeout).toBe(3_600_000);
    expect(settledFor('npx x', [strong, weak], { timeout: '2s' }).settings.timeout).toBe(2_000);
  });

  test('of the stronger file come first', () => {
    const files = [
      file([{ match: '*', weight: 3 }]),
      file([{ match: '*', weight: 4, priority: 'high' }], '/b'),
    ];
    expect(settledFor('x', files).settings).toMatchObject({ weight: 3, priority: 'high' });
  });

  test.each<[unknown, string]>([
    ['x', 'rules in /w/seqx.toml must be a list of tables: [[rules]]'],
    [['x'], 'rule 1 in /w/seqx.toml must be a table: [[rules]]'],
    [[{ exclusive: true }], 'match of rule 1 in /w/seqx.toml must be a text such as "*migrate*"'],
    [[{ match: '' }], 'match of rule 1 in /w/seqx.toml must be a text'],
    [[{ match: [] }], 'match of rule 1 in /w/seqx.toml must be a text'],
    [
      [{ match: 'a' }, { match: 'b', memry: 1 }],
      'rule 2 in /w/seqx.toml has the unknown key "memry"; did you mean memory?',
    ],
    [
      [{ match: 'b', quux: 1 }],
      'has the unknown key "quux"; it takes match, exclusive, weight, memory, timeout, priority',
    ],
    [[{ match: 'b', memory: 'lots' }], 'memory of rule "b" in /w/seqx.toml is "lots"; it takes a size'],
    [
      [{ match: 'b', weight: 0 }],
      'weight of rule "b" in /w/seqx.toml is 0; it takes a whole number from 1 to 64',
    ],
    [
      [{ match: 'b', exclusive: 'perhaps' }],
      'exclusive of rule "b" in /w/seqx.toml is "perhaps"; it takes 1 or 0',
    ],
    [[{ match: 'b', timeout: [1] }], 'timeout of rule "b" in /w/seqx.toml is [1]; it takes a duration'],
    [
      [{ match: 'b', priority: 'top' }],
      'priority of rule "b" in /w/seqx.toml is "top"; it takes one of low, normal, high',
    ],
  ])('%j are refused by file and key, whatever the command', (rules, message) => {
    expect(() => readRules([file(rules)])).toThrow(message);
  });
});
