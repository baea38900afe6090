// What sysctl(8) and vm_stat(1) print on a Mac.

import { expect, test } from 'vitest';
import { parseDarwinMemory } from '../../../src/platform/darwin-memory.ts';

const SYSCTL = `hw.memsize: 17179869184
vm.swapusage: total = 2048.00M  used = 1024.50M  free = 1023.50M  (encrypted)
kern.memorystatus_vm_pressure_level: 1
`;
const VM_STAT = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               12345.
Pages active:                            301234.
Pages inactive:                          290000.
Pages speculative:                         5000.
Pages throttled:                              0.
Pages wired down:                        150000.
Pages purgeable:                           2000.
"Translation faults":                 123456789.
Pages copy-on-write:                    1234567.
File-backed pages:                       200000.
Anonymous pages:                         400000.
Pages stored in compressor:              300000.
`;

test('free, file-backed and purgeable pages are available', () => {
  expect(parseDarwinMemory(SYSCTL, VM_STAT)).toEqual({
    totalBytes: 16 * 2 ** 30,
    availableBytes: (12_345 + 200_000 + 2_000) * 16_384,
    swapTotalBytes: 2_048 * 2 ** 20,
    swapFreeBytes: 1_023.5 * 2 ** 20,
    pressureLevel: 'normal',
  });
});

test.each([
  ['2', 'warning'],
  ['4', 'critical'],
])('nothing is available at pressure level %s', (level, pressureLevel) => {
  const sysctl = SYSCTL.replace('level: 1', `level: ${level}`);
  expect(parseDarwinMemory(sysctl, VM_STAT)).toMatchObject({ availableBytes: 0, pressureLevel });
});

test('programs that print nothing leave what Node knows', () => {
  const { totalBytes, availableBytes, swapTotalBytes, pressureLevel } = parseDarwinMemory('', '');
  expect(availableBytes).toBeGreaterThan(0);
  expect(totalBytes).toBeGreaterThanOrEqual(availableBytes);
  expect([swapTotalBytes, pressureLevel]).toEqual([0, undefined]);
});
