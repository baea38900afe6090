// The words that reach cmd.exe. cross-spawn is made to believe in Windows before it is loaded; PATHEXT makes
// this very file a script to it, so that a program is found without writing one.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';

const realPlatform = vi.hoisted(() => {
  const real = process.platform;
  Object.defineProperty(process, 'platform', { value: 'win32' });
  vi.stubEnv('PATHEXT', '.exe;.test.ts');
  vi.stubEnv('ComSpec', 'C:\\Windows\\System32\\cmd.exe');
  vi.stubEnv('comspec', 'C:\\Windows\\System32\\cmd.exe');
  return real;
});

const { shell, spawnable } = await import('../../../src/platform/windows-spawn.ts');

afterAll(() => {
  Object.defineProperty(process, 'platform', { value: realPlatform });
  vi.unstubAllEnvs();
});

const HERE = dirname(fileURLToPath(import.meta.url));
const CMD = 'C:\\Windows\\System32\\cmd.exe';
const plan = (...argv: string[]) => spawnable(argv, { PATH: HERE }, HERE);

describe('spawnable', () => {
  test.each([
    ['a plain word', 'run', '^"run^"'],
    ['a space', 'two words', '^"two^ words^"'],
    ['a quote', 'say "hi"', '^"say^ \\^"hi\\^"^"'],
    ['the end of a path', 'C:\\dir\\', '^"C:\\dir\\\\^"'],
    ['a command separator', 'a&calc', '^"a^&calc^"'],
    ['a variable', '%PATH%', '^"^%PATH^%^"'],
    ['nothing', '', '^"^"'],
  ])('quotes for cmd.exe %s', (_case, word, quoted) => {
    expect(plan('windows-spawn', word)).toEqual({
      file: CMD,
      args: ['/d', '/s', '/c', `"windows-spawn ${quoted}"`],
      isVerbatim: true,
    });
  });

  test('leaves a program that is not found to spawn, which then says ENOENT', () => {
    expect(plan('no-such-program', 'a&b')).toEqual({
      file: 'no-such-program',
      args: ['a&b'],
      isVerbatim: false,
    });
  });

  test('takes the words of shell() as they are', () => {
    const line = 'echo "a  b" & exit /b 3';
    expect(plan(...shell(line))).toEqual({
      file: CMD,
      args: ['/d', '/s', '/c', `"${line}"`],
      isVerbatim: true,
    });
  });

  test.each([
    ['another program', ['sh', '/d', '/s', '/c', '"x"']],
    ['a line without its quotes', [CMD, '/d', '/s', '/c', 'x']],
    ['a word more', [CMD, '/d', '/s', '/c', '"x"', 'y']],
    ['a word less', [CMD, '/d', '/s', '/c']],
  ])('takes nothing else for the words of shell(): %s', (_case, argv) => {
    expect(plan(...argv).isVerbatim).toBe(false);
  });
});
