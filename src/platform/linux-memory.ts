// The memory of a Linux machine: MemAvailable of /proc/meminfo (proc_meminfo(5)), the limits of every cgroup
// from ours up to the mount (v2 memory.max and memory.high, v1 memory.limit_in_bytes), pressure (PSI).
// A limit above us counts as ours does, so every level is asked. The parsers are pure.

import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { posix } from 'node:path';
import type { MachineMemory } from '../base/ports.ts';
import { readProc } from './proc.ts';

export interface CgroupMount {
  readonly version: 1 | 2;
  /** The cgroup that is shown at `point`: `/`, or, in a container, its own. */
  readonly root: string;
  readonly point: string;
}

/** A cgroup with a limit: both as the kernel counts, reclaimable file pages already taken off `usedBytes`. */
export interface CgroupMemory {
  readonly limitBytes: number;
  readonly usedBytes: number;
}

let knownMounts: readonly CgroupMount[] | undefined;

/** Reads it all anew, but for where cgroups are mounted. Costs some 0.1 ms. */
export function linuxMemory(): MachineMemory {
  const machine = parseMeminfo(readProc('/proc/meminfo') ?? '');
  knownMounts ??= parseCgroupMounts(readAll('/proc/self/mountinfo'));
  const folders = cgroupFolders(readProc('/proc/self/cgroup') ?? '', knownMounts);
  const tightest = tightestOf(
    folders.flatMap(
      ({ version, path }) => cgroupMemory(version, name => readProc(posix.join(path, name))) ?? [],
    ),
    machine.totalBytes,
  );
  const own = folders.find(({ version }) => version === 2);
  return {
    ...machine,
    availableBytes: Math.min(machine.availableBytes, tightest ? leftIn(tightest) : Infinity),
    cgroupLimitBytes: tightest?.limitBytes,
    cgroupUsedBytes: tightest?.usedBytes,
    pressure: worsePressure(
      parsePressure(readProc('/proc/pressure/memory')),
      own && parsePressure(readProc(posix.join(own.path, 'memory.pressure'))),
    ),
  };
}

/** Files of the kernel that may be long come a page at a time: read until nothing comes. */
function readAll(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Kernels before 3.14 have no MemAvailable; what is free is then the honest least. */
export function parseMeminfo(text: string) {
  const bytes = (name: string): number | undefined => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  };
  return {
    totalBytes: bytes('MemTotal') ?? totalmem(),
    availableBytes: bytes('MemAvailable') ?? bytes('MemFree') ?? freemem(),
    swapTotalBytes: bytes('SwapTotal') ?? 0,
    swapFreeBytes: bytes('SwapFree') ?? 0,
  };
}

/** Lines such as `31 23 0:28 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw`: proc_pid_mountinfo(5). */
export function parseCgroupMounts(text: string): CgroupMount[] {
  return text.split('\n').flatMap(line => {
    const [places = '', kinds = ''] = line.split(' - ');
    const [, , , root, point] = places.split(' ').map(unescaped);
    const [type, , options = ''] = kinds.split(' ');
    if (root === undefined || point === undefined) return [];
    if (type === 'cgroup2') return { version: 2, root, point };
    return type === 'cgroup' && options.split(',').includes('memory') ? { version: 1, root, point } : [];
  });
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
const unescaped = (word: string): string =>
  word.replace(/\\([0-7]{3})/g, (_all, digits) => String.fromCharCode(Number.parseInt(digits, 8)));

/**
 * The folders of our memory cgroup and all above it, innermost first. Lines of /proc/self/cgroup are
 * `4:memory:/path` (v1) and `0::/path` (v2): cgroups(7). A path that the mount does not show (no cgroup
 * namespace, or one around us) leaves the mount itself.
 */
export function cgroupFolders(
  text: string,
  mounts: readonly CgroupMount[],
): { readonly version: 1 | 2; readonly path: string }[] {
  return mounts.flatMap(({ version, root, point }) => {
    const own = text.split('\n').flatMap(line => {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const isIt = version === 2 ? controllers === '' : controllers?.split(',').includes('memory');
      return isIt && path !== undefined ? path : [];
    })[0];
    if (own === undefined) return [];
    const below = posix.relative(root, own);
    // `/..` is what lies outside our cgroup namespace; relative() would quietly drop the dots.
    const isShown =
      below !== '' && !below.startsWith('..') && !own.startsWith('/..') && !root.startsWith('/..');
    const names = isShown ? below.split('/') : [];
    return [...names.keys(), names.length]
      .reverse()
      .map(depth => ({ version, path: posix.join(point, ...names.slice(0, depth)) }));
  });
}

/** File names, and in memory.stat the file pages that nobody has used of late: they go when room is needed. */
const FILES = {
  1: { limits: ['memory.limit_in_bytes'], used: 'memory.usage_in_bytes', idle: 'total_inactive_file' },
  2: { limits: ['memory.max', 'memory.high'], used: 'memory.current', idle: 'inactive_file' },
} as const;

/** The limit of one cgroup, by a function that reads its files; nothing where it has none. */
export function cgroupMemory(
  version: 1 | 2,
  read: (name: string) => string | undefined,
): CgroupMemory | undefined {
  const { limits, used, idle } = FILES[version];
  // What stands there without a limit is `max`, or in v1 a number far above every machine.
  const numbers = limits.map(name => Number(read(name) || Number.NaN)).filter(Number.isFinite);
  if (numbers.length === 0) return undefined;
  return {
    limitBytes: Math.min(...numbers),
    usedBytes: usedIn(read(used) ?? '', read('memory.stat') ?? '', idle),
  };
}

/** What a cgroup uses and could not give back at once. */
function usedIn(usage: string, stat: string, idleName: string): number {
  const idle = Number(new RegExp(`^${idleName} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
  return Math.max(0, Number(usage) - idle);
}

const leftIn = ({ limitBytes, usedBytes }: CgroupMemory): number => Math.max(0, limitBytes - usedBytes);

/** The cgroup that leaves least; a limit above all of the machine is none. */
export function tightestOf(levels: readonly CgroupMemory[], totalBytes: number): CgroupMemory | undefined {
  return levels
    .filter(({ limitBytes }) => limitBytes < totalBytes)
    .reduce<CgroupMemory | undefined>(
      (least, level) => (least === undefined || leftIn(level) < leftIn(least) ? level : least),
      undefined,
    );
}

/** `some avg10=0.00 avg60=…` and `full avg10=…`: Documentation/accounting/psi.rst of the kernel. */
export function parsePressure(text: string | undefined): MachineMemory['pressure'] {
  const average = (name: string) => new RegExp(`^${name} avg10=([\\d.]+)`, 'm').exec(text ?? '')?.[1];
  const some = average('some');
  return some === undefined
    ? undefined
    : { someAvg10: Number(some), fullAvg10: Number(average('full') ?? 0) };
}

/** Inside a container /proc/pressure is the host's; a tight cgroup on an idle host shows in its own file. */
function worsePressure(
  a: MachineMemory['pressure'],
  b: MachineMemory['pressure'],
): MachineMemory['pressure'] {
  if (!a || !b) return a ?? b;
  return {
    someAvg10: Math.max(a.someAvg10, b.someAvg10),
    fullAvg10: Math.max(a.fullAvg10, b.fullAvg10),
  };
}
