// What the Windows platform answers without asking Windows.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { SeqxError } from '../../../src/base/errors.ts';
import { windowsPlatform } from '../../../src/platform/windows.ts';

const platform = windowsPlatform();
const NO_SUCH_PID = 2 ** 30;

afterEach(() => vi.unstubAllEnvs());

describe('the state folder', () => {
  test('lies in the local application data of the user', () => {
    vi.stubEnv('LOCALAPPDATA', 'C:\\Users\\ann\\AppData\\Local');
    expect(platform.stateFolder()).toBe('C:\\Users\\ann\\AppData\\Local\\seqx');
  });

  test('is an error with a way out where there is none', () => {
    vi.stubEnv('LOCALAPPDATA', undefined);
    expect(() => platform.stateFolder()).toThrow(SeqxError);
    expect(() => platform.stateFolder()).toThrow(/LOCALAPPDATA/);
  });
});

test('a ticket listens on a pipe named by gate and nonce', () => {
  const folder = 'C:\\Users\\ann\\AppData\\Local\\seqx\\0123456789abcdef';
  expect(platform.socketPath(folder, 'deadbeef')).toBe('\\\\.\\pipe\\seqx-0123456789abcdef-deadbeef');
});

test.each([
  ['133963842720000001', '133963842720000001', true],
  ['133963842720000001', '133963842720009999', true],
  ['133963842720000001', '133963842730000001', false],
  ['0', '133963842720000001', true],
  ['133963842720000001', '0', true],
])('start %s against %s is the same: %s', (a, b, isSame) => {
  expect(platform.isSameStart(a, b)).toBe(isSame);
});

test('signals but SIGKILL are taken and dropped while the process lives', () => {
  for (const signal of ['SIGTERM', 'SIGSTOP', 'SIGCONT', 'SIGINT'] as const) {
    expect(platform.send(process.pid, signal)).toBe('sent');
    expect(platform.send(NO_SUCH_PID, signal)).toBe('gone');
  }
  expect(platform.send(NO_SUCH_PID, 'SIGKILL')).toBe('gone');
});

test.each([0, -1, 1.5, Number.NaN])('refuses to send to %d, which is no process', pid => {
  expect(platform.send(pid, 'SIGKILL')).toBe('refused');
  expect(platform.send(pid, 'SIGTERM')).toBe('refused');
});

test('an owner is ours, or unknown when gone', () => {
  expect(platform.ownerUid(process.pid)).toBe(platform.uid());
  expect(platform.ownerUid(NO_SUCH_PID)).toBeUndefined();
});

test('its own identity fits the name of a ticket', () => {
  expect(platform.self()).toEqual({ pid: process.pid, start: '0', boot: '00000000', namespace: '0' });
});
