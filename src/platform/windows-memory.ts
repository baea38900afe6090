// The memory of a Windows machine, by one PowerShell call. Windows promises memory before it is used: an
// allocation fails when the commit limit (RAM plus page files) is reached, however much RAM is free. So the
// lesser of both is available. From the documentation of Win32_OperatingSystem, not run. The parser is pure.

import { spawnSync } from 'node:child_process';
import { freemem, totalmem } from 'node:os';
import { win32 } from 'node:path';
import type { MachineMemory } from '../base/ports.ts';
import { remembered } from './remembered.ts';

/** PowerShell takes some 300 ms of processor time to answer. */
const KEEP_MS = 1_000;

/** Holds no double quote, so that it passes the quoting of a Windows command line unchanged. */
export const MEMORY_QUERY = [
  "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'",
  'Get-CimInstance Win32_OperatingSystem | Select-Object TotalVisibleMemorySize, FreePhysicalMemory, ' +
    'FreeVirtualMemory, SizeStoredInPagingFiles, FreeSpaceInPagingFiles | ConvertTo-Json -Compress',
].join('; ');

export const windowsMemory: () => MachineMemory = remembered(KEEP_MS, () => {
  const folder = win32.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'WindowsPowerShell', 'v1.0');
  const words = ['-NoProfile', '-NonInteractive', '-Command', MEMORY_QUERY];
  const options = { encoding: 'utf8', windowsHide: true, timeout: 20_000 } as const;
  return parseWindowsMemory(spawnSync(win32.join(folder, 'powershell.exe'), words, options).stdout ?? '');
});

/** Every figure of Win32_OperatingSystem is in KiB; FreeVirtualMemory is what is left of the commit limit. */
export function parseWindowsMemory(text: string): MachineMemory {
  const fields = parseObject(text);
  const bytes = (name: string): number | undefined => {
    const kib = fields[name];
    return Number.isSafeInteger(kib) && Number(kib) >= 0 ? Number(kib) * 1024 : undefined;
  };
  return {
    totalBytes: bytes('TotalVisibleMemorySize') ?? totalmem(),
    availableBytes: Math.min(
      bytes('FreePhysicalMemory') ?? freemem(),
      bytes('FreeVirtualMemory') ?? Infinity,
    ),
    swapTotalBytes: bytes('SizeStoredInPagingFiles') ?? 0,
    swapFreeBytes: bytes('FreeSpaceInPagingFiles') ?? 0,
  };
}

function parseObject(text: string): Partial<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return typeof answer === 'object' && answer !== null ? { ...answer } : {};
  } catch {
    return {};
  }
}
