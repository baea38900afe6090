// Words in, call out: which flags are seqx's, and that the command's own words come back untouched.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONG_FLAGS, readWords, SUBCOMMANDS } from '../../../src/cli/words.ts';

const NASTY = [
  '',
  ' ',
  '-',
  '--',
  '-n',
  '-c',
  '1e3',
  '0x10',
  '--wait',
  '--help',
  "it's",
  'a\nb',
  '*',
  '$HOME',
  'status',
];
const words = fc.array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' })));
const commands = fc.string({ unit: 'binary' }).filter(word => {
  const isFlag = word.startsWith('-') && word !== '-';
  return !isFlag && !SUBCOMMANDS.some(name => name === word);
});
const ours = fc.array(
  fc.constantFrom(
    ['--wait', '5m'],
    ['--timeout=1h'],
    ['--quiet'],
    ['-v'],
    ['-E', '3'],
    ['-E3'],
    ['--no-wait'],
    ['--cwd', '--'],
  ),
);

describe('the command', () => {
  test('that begins with a word that is no flag comes back as it is', () => {
    fc.assert(
      fc.property(commands, words, (command, rest) => {
        const argv = [command, ...rest];
        expect(readWords(argv)).toEqual({
          kind: 'run',
          flags: {},
          cwd: undefined,
          line: undefined,
          words: argv,
        });
      }),
    );
  });

  test('comes back as it is behind any flags of ours', () => {
    fc.assert(
      fc.property(ours, commands, words, (flags, command, rest) => {
        const argv = [command, ...rest];
        expect(readWords([...flags.flat(), ...argv])).toMatchObject({ kind: 'run', words: argv });
      }),
    );
  });

  test('comes back as it is behind --, whatever it begins with', () => {
    fc.assert(
      fc.property(words, rest => {
        fc.pre(rest.length > 0);
        expect(readWords(['--', ...rest])).toMatchObject({ kind: 'run', words: rest });
      }),
    );
  });

  test('changes nothing given', () => {
    const argv = Object.freeze(['--wait', '5m', 'make', 'test']);
    expect(readWords(argv).words).toEqual(['make', 'test']);
  });
});

describe('flags of ours', () => {
  test.each([
    [['--wait', '5m', 'make'], { wait: '5m' }],
    [['--wait=5m', 'make'], { wait: '5m' }],
    [['--wait=', 'make'], { wait: '' }],
    [['--lock=a=b', 'make'], { lock: 'a=b' }],
    [['--wait', '--', 'make'], { wait: '--' }],
    [['--no-wait', 'make'], { wait: '0' }],
    [['--wait', '1m', '--wait', '2m', 'make'], { wait: '2m' }],
    [['-E', '3', 'make'], { 'conflict-exit-code': '3' }],
    [['-E3', 'make'], { 'conflict-exit-code': '3' }],
    [['-q', '-v', 'make'], { quiet: 'yes', verbose: 'yes' }],
    [['--quiet=no', '--no-verbose', 'make'], { quiet: 'no', verbose: 'no' }],
    [['--memory-limit', '512M', '--', 'make'], { 'memory-limit': '512M' }],
  ])('%j', (argv, flags) => {
    expect(readWords(argv)).toMatchObject({ kind: 'run', flags, words: ['make'] });
  });

  test('a value that looks like a flag or a subcommand is a value', () => {
    expect(readWords(['--lock', 'status', 'make'])).toMatchObject({ kind: 'run', flags: { lock: 'status' } });
    expect(readWords(['--lock', '--help', 'make'])).toMatchObject({ kind: 'run', flags: { lock: '--help' } });
  });

  test('--cwd and -c are told apart from settings', () => {
    expect(readWords(['--cwd', '/w', '-c', 'make && make test'])).toEqual({
      kind: 'run',
      flags: {},
      cwd: '/w',
      line: 'make && make test',
      words: [],
    });
    expect(readWords(['--command', ''])).toMatchObject({ kind: 'run', line: '' });
  });
});

describe('other calls', () => {
  test.each([
    [[], 'nothing', []],
    [['--'], 'nothing', []],
    [['--quiet'], 'nothing', []],
    [['--help'], 'help', []],
    [['-h', 'make'], 'help', ['make']],
    [['-V'], 'version', []],
    [['--version', 'make'], 'version', ['make']],
    [['make', '--help'], 'run', ['make', '--help']],
    [['--', '--help'], 'run', ['--help']],
    [['-'], 'run', ['-']],
  ] as const)('%j is %s', (argv, kind, rest) => {
    expect(readWords(argv)).toMatchObject({ kind, words: rest });
  });

  test.each(SUBCOMMANDS)('%s is a subcommand, and behind -- a command', name => {
    expect(readWords([name, '--json'])).toMatchObject({ kind: 'subcommand', words: [name, '--json'] });
    expect(readWords(['--scope', 'user', name])).toMatchObject({
      kind: 'subcommand',
      flags: { scope: 'user' },
    });
    expect(readWords(['--', name])).toMatchObject({ kind: 'run', words: [name] });
  });
});

describe('what is not understood is an error and never runs', () => {
  test.each([
    [['--wiat', '5m', 'make'], 'unknown flag --wiat; did you mean --wait? Nothing was run'],
    [['--memorylimit=5', 'make'], 'unknown flag --memorylimit; did you mean --memory-limit? Nothing was run'],
    [['--entirely-other', 'make'], 'unknown flag --entirely-other; nothing was run'],
    [['-x', 'make'], 'unknown flag -x; nothing was run'],
    [['--wait'], '--wait needs a value'],
    [['-E'], '-E needs a value'],
    [['-c'], '-c needs a value'],
    [['--no-wait=1', 'make'], '--no-wait takes no value'],
    [['-qv', 'make'], '-qv is not a flag; write short flags one by one, as in -q …'],
    [['-c', 'make', 'test'], '-c takes one string; "test" is one word too many'],
    [['---', 'make'], 'unknown flag ---; nothing was run'],
  ])('%j: %s', (argv, message) => {
    expect(() => readWords(argv)).toThrow(
      expect.objectContaining({ code: 'SEQX_USAGE_INVALID', exit: 125, message }),
    );
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
    '--%s, which every object has',
    name => {
      expect(() => readWords([`--${name}`, 'make'])).toThrow(`unknown flag --${name}`);
    },
  );

  test('any flag that nobody knows', () => {
    const known = new Set<string>([...LONG_FLAGS, 'no-quiet', 'no-verbose']);
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z_-]{1,20}$/), name => {
        fc.pre(!known.has(name));
        expect(() => readWords([`--${name}`, 'make'])).toThrow(`unknown flag --${name}`);
      }),
    );
  });
});
