// The JSON of Win32_OperatingSystem, whose figures are in KiB.

import { expect, test } from 'vitest';
import { MEMORY_QUERY, parseWindowsMemory } from '../../../src/platform/windows-memory.ts';

const ANSWER = {
  TotalVisibleMemorySize: 16_703_872,
  FreePhysicalMemory: 8_000_000,
  FreeVirtualMemory: 3_000_000,
  SizeStoredInPagingFiles: 2_490_368,
  FreeSpaceInPagingFiles: 2_400_000,
};
const parse = (fields: object = {}) => parseWindowsMemory(JSON.stringify({ ...ANSWER, ...fields }));

test('what is left of the commit limit counts where it is less than free RAM', () => {
  expect(parse()).toEqual({
    totalBytes: 16_703_872 * 1024,
    availableBytes: 3_000_000 * 1024,
    swapTotalBytes: 2_490_368 * 1024,
    swapFreeBytes: 2_400_000 * 1024,
  });
});

test('free RAM counts where it is less', () => {
  expect(parse({ FreeVirtualMemory: 9_000_000 }).availableBytes).toBe(8_000_000 * 1024);
});

test('a machine without page files', () => {
  const none = { SizeStoredInPagingFiles: 0, FreeSpaceInPagingFiles: null };
  expect(parse(none)).toMatchObject({ swapTotalBytes: 0, swapFreeBytes: 0 });
});

test.each(['', 'null', '[]', 'not json', '{"FreePhysicalMemory":-1}'])(
  'an answer of %j leaves what Node knows',
  text => {
    const { totalBytes, availableBytes } = parseWindowsMemory(text);
    expect(availableBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThanOrEqual(availableBytes);
  },
);

test('the question passes the quoting of a command line', () => {
  expect(MEMORY_QUERY).not.toContain('"');
});
