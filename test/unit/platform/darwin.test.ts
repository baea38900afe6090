// What the macOS platform answers without asking macOS.

import { afterEach, expect, test, vi } from 'vitest';
import { darwinPlatform } from '../../../src/platform/darwin.ts';

const platform = darwinPlatform();

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['1752055872', '1752055872', true],
  ['1752055872', '1752055874', true],
  ['1752055874', '1752055872', true],
  ['1752055872', '1752055875', false],
  ['0', '1752055875', true],
  ['1752055875', '0', true],
])('start %s against %s is the same: %s', (a, b, isSame) => {
  expect(platform.isSameStart(a, b)).toBe(isSame);
});

test('the state folder does not follow the environment', () => {
  vi.stubEnv('TMPDIR', '/var/folders/xy/T');
  expect(platform.stateFolder()).toMatch(/^\/tmp\/seqx-\d+$/);
});

test('a ticket listens below the folder of its gate', () => {
  expect(platform.socketPath('/tmp/seqx-501/0123456789abcdef', 'deadbeef')).toBe(
    '/tmp/seqx-501/0123456789abcdef/s/deadbeef',
  );
});

test('words go to spawn as they are, and a line to /bin/sh', () => {
  expect(platform.spawnable(['make', '-j', 'a b'], {}, '/')).toEqual({
    file: 'make',
    args: ['-j', 'a b'],
    isVerbatim: false,
  });
  expect(platform.shell('a | b')).toEqual(['/bin/sh', '-c', 'a | b']);
});

test('descriptors that are named but not open are not passed on', () => {
  vi.stubEnv('MAKEFLAGS', '--jobserver-auth=60000,60001');
  expect(platform.inheritedDescriptors()).toEqual([]);
});
