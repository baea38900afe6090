// The memory of a Mac: sysctl(8) and vm_stat(1). What macOS itself goes by is a level of pressure (the figure
// behind `memory_pressure` and DISPATCH_SOURCE_TYPE_MEMORYPRESSURE): once it warns, pages are compressed and
// swapped already, and no more counts as available. Written from the manual, not run on macOS. Parsers are pure.

import { spawnSync } from 'node:child_process';
import { freemem, totalmem } from 'node:os';
import type { MachineMemory } from '../base/ports.ts';
import { remembered } from './remembered.ts';

const KEEP_MS = 250;
const SYSCTLS = ['hw.memsize', 'vm.swapusage', 'kern.memorystatus_vm_pressure_level'];

export const darwinMemory: () => MachineMemory = remembered(KEEP_MS, () =>
  parseDarwinMemory(read('/usr/sbin/sysctl', SYSCTLS), read('/usr/bin/vm_stat', [])),
);

/** What a program printed; nothing if it failed. Numbers come with a point in the C locale. */
function read(file: string, args: readonly string[]): string {
  const { stdout } = spawnSync(file, args, { encoding: 'utf8', env: { LC_ALL: 'C' }, timeout: 10_000 });
  return stdout ?? '';
}

/** `name: value` lines of sysctl, and the page counts of vm_stat. */
export function parseDarwinMemory(sysctl: string, vmStat: string): MachineMemory {
  const value = (name: string) => new RegExp(`^${name.replaceAll('.', '\\.')}: (.*)$`, 'm').exec(sysctl)?.[1];
  const swap = value('vm.swapusage') ?? '';
  const pressureLevel = LEVELS.get(value('kern.memorystatus_vm_pressure_level') ?? '');
  const isPressed = pressureLevel === 'warning' || pressureLevel === 'critical';
  return {
    totalBytes: Number(value('hw.memsize') ?? totalmem()),
    availableBytes: isPressed ? 0 : (reclaimableBytes(vmStat) ?? freemem()),
    swapTotalBytes: megabytes(swap, 'total'),
    swapFreeBytes: megabytes(swap, 'free'),
    pressureLevel,
  };
}

/** NOTE_MEMORYSTATUS_PRESSURE_* of XNU's sys/event.h. */
const LEVELS: ReadonlyMap<string, 'normal' | 'warning' | 'critical'> = new Map([
  ['1', 'normal'],
  ['2', 'warning'],
  ['4', 'critical'],
]);

/** `total = 2048.00M  used = 1024.50M  free = 1023.50M  (encrypted)` */
const megabytes = (swap: string, name: string): number =>
  Math.round(Number(new RegExp(`${name} = ([\\d.]+)M`).exec(swap)?.[1] ?? 0) * 2 ** 20);

/** Free, file-backed and purgeable pages: all but what Activity Monitor calls used. */
function reclaimableBytes(vmStat: string): number | undefined {
  const pageBytes = /page size of (\d+) bytes/.exec(vmStat)?.[1];
  const pages = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)\\.`, 'm').exec(vmStat)?.[1] ?? 0);
  if (pageBytes === undefined) return undefined;
  return (pages('Pages free') + pages('File-backed pages') + pages('Pages purgeable')) * Number(pageBytes);
}
