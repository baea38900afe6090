// The three answers of kill(2), told apart by errno.

import { afterEach, expect, test, vi } from 'vitest';
import { exists, isPid, send } from '../../../src/platform/kill.ts';

afterEach(() => void vi.restoreAllMocks());

const failWith = (code: string) =>
  vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error(`kill ${code}`), { code });
  });

test.each([
  ['ESRCH', 'no', 'gone'],
  ['EPERM', 'foreign', 'refused'],
  ['EUNHEARDOF', 'foreign', 'refused'],
])('%s means %s, and a signal is %s', (code, existence, answer) => {
  failWith(code);
  expect(exists(4321)).toBe(existence);
  expect(send(4321, 'SIGTERM')).toBe(answer);
});

test('no error means that it lives', () => {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  expect([exists(4321), send(4321, 'SIGCONT')]).toEqual(['yes', 'sent']);
  expect(kill.mock.calls).toEqual([
    [4321, 0],
    [4321, 'SIGCONT'],
  ]);
});

test.each([
  [2, true],
  [0, false],
  [-1, false],
  [1.5, false],
  [Number.NaN, false],
])('%d names one process: %s', (pid, isOne) => {
  expect(isPid(pid)).toBe(isOne);
});
