// Family by pidtree, memory by pidusage: what is made of their answers, and of their failures.

import { beforeEach, expect, test, vi } from 'vitest';
import { sampledFamily } from '../../../src/platform/sampled-family.ts';

const { pidtree, pidusage } = vi.hoisted(() => ({ pidtree: vi.fn(), pidusage: vi.fn() }));
vi.mock('pidtree', () => ({ pidtree }));
vi.mock('pidusage', () => ({ default: pidusage }));

const NO_SUCH_PID = 2 ** 30;
const stat = (pid: number, ppid: number, memory: number) => ({
  ...{ pid, ppid, memory, cpu: 0, ctime: 0, elapsed: 2_500, timestamp: 1_752_055_875_000 },
});
const seconds = (epochMs: number) => String(Math.floor(epochMs / 1000));

beforeEach(() => {
  pidtree.mockReset().mockResolvedValue([
    { pid: 10, ppid: 1 },
    { pid: 11, ppid: 10 },
    { pid: 20, ppid: 1 },
  ]);
  pidusage.mockReset().mockResolvedValue({ 10: stat(10, 1, 4096), 11: stat(11, 10, 8192) });
});

test('asks for the memory of the family alone, and for the table once', async () => {
  await sampledFamily([10, 11], seconds);
  expect(pidtree.mock.calls).toEqual([[-1, { advanced: true }]]);
  expect(pidusage.mock.calls[0]?.[0].toSorted()).toEqual([10, 11]);
});

test('reckons the start from age and moment', async () => {
  const [first, second] = await sampledFamily([10], seconds);
  expect(first).toMatchObject({ pid: 10, ppid: 1, rssBytes: 4096, start: '1752055872' });
  expect(second).toMatchObject({ pid: 11, ppid: 10, rssBytes: 8192 });
});

test('leaves the start unknown where the age is none', async () => {
  pidusage.mockResolvedValue({ 10: { ...stat(10, 1, 1), elapsed: Number.NaN } });
  expect(await sampledFamily([10], seconds)).toMatchObject([{ start: '0' }]);
});

test('passes over a process that ended between the two questions', async () => {
  pidusage.mockResolvedValue({ 10: stat(10, 1, 1), 11: undefined });
  expect(await sampledFamily([10], seconds)).toHaveLength(1);
});

test('asks for no memory when the roots are gone', async () => {
  expect(await sampledFamily([NO_SUCH_PID], seconds)).toEqual([]);
  expect(pidusage).not.toHaveBeenCalled();
});

const noMatch = Object.assign(new Error('No matching pid found'), { code: 'ENOENT' });

test('takes "no matching pid" for an empty family only when nobody is left', async () => {
  pidtree.mockResolvedValue([{ pid: NO_SUCH_PID, ppid: 1 }]);
  pidusage.mockRejectedValue(noMatch);
  expect(await sampledFamily([NO_SUCH_PID], seconds)).toEqual([]);
  pidtree.mockResolvedValue([{ pid: process.pid, ppid: 1 }]);
  await expect(sampledFamily([process.pid], seconds)).rejects.toBe(noMatch);
});

test('lets a failed sample be seen', async () => {
  pidtree.mockRejectedValue(new Error('spawn ps EAGAIN'));
  await expect(sampledFamily([10], seconds)).rejects.toThrow('EAGAIN');
});
