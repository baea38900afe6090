// The memory of the machine as reports show it.

import type { MachineMemory } from '../base/ports.ts';
import { memoryOf } from '../run/await-memory.ts';

/** Sizes in bytes. `memoryBytes` is what there is in all: of the machine, or of the cgroup that gives less. */
export interface MachineReport {
  readonly memoryBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
  readonly totalBytes: number;
  readonly cgroupLimitBytes: number | null;
  readonly cgroupUsedBytes: number | null;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
  /** Percent of the last ten seconds in which some task waited for memory. */
  readonly waitedPercent: number | null;
}

/** The machine as reports show it. */
export function machineReport(machine: MachineMemory): MachineReport {
  const memoryBytes = memoryOf(machine);
  return {
    memoryBytes,
    usedBytes: Math.max(0, memoryBytes - machine.availableBytes),
    availableBytes: machine.availableBytes,
    totalBytes: machine.totalBytes,
    cgroupLimitBytes: machine.cgroupLimitBytes ?? null,
    cgroupUsedBytes: machine.cgroupUsedBytes ?? null,
    swapTotalBytes: machine.swapTotalBytes,
    swapFreeBytes: machine.swapFreeBytes,
    waitedPercent: machine.pressure?.someAvg10 ?? null,
  };
}
