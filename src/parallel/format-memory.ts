// Memory as people read it.

import { formatBytes } from '../base/units.ts';
import type { MemoryUsage } from './this-process.ts';

/**
 * `1.5 GiB` for a number of bytes; `120 MiB (heap 48.0 MiB of 4.0 GiB, buffers 2.0 MiB)` for a usage.
 * @param memory bytes, or what `memoryUsage()` answered
 */
export function formatMemory(memory: number | MemoryUsage): string {
  if (typeof memory === 'number') return formatBytes(memory);
  const { usedBytes, heapUsedBytes, heapLimitBytes, externalBytes } = memory;
  const heap = `heap ${formatBytes(heapUsedBytes)} of ${formatBytes(heapLimitBytes)}`;
  return `${formatBytes(usedBytes)} (${heap}, buffers ${formatBytes(externalBytes)})`;
}
