// The chooser: one file per operating system, loaded only where it is needed.

import { SeqxError } from '../base/errors.ts';
import type { MachineMemory, Platform } from '../base/ports.ts';
import { darwinMemory } from './darwin-memory.ts';
import { linuxPlatform } from './linux.ts';
import { linuxMemory } from './linux-memory.ts';
import { windowsMemory } from './windows-memory.ts';

/**
 * The platform seqx runs on. Linux is bundled into the hot path; the others are loaded on their systems.
 * @throws SeqxError SEQX_PLATFORM_UNSUPPORTED
 */
export async function choosePlatform(): Promise<Platform> {
  switch (process.platform) {
    case 'linux':
    case 'android':
      return linuxPlatform();
    case 'darwin':
      return (await import('./darwin.ts')).darwinPlatform();
    case 'win32':
      return (await import('./windows.ts')).windowsPlatform();
    default:
      throw new SeqxError(
        'SEQX_PLATFORM_UNSUPPORTED',
        `seqx does not know ${process.platform}; it runs on Linux, macOS and Windows`,
      );
  }
}

/** The memory of the machine at once, for callers that cannot wait for the platform to be loaded. */
export function machineMemory(): MachineMemory {
  switch (process.platform) {
    case 'darwin':
      return darwinMemory();
    case 'win32':
      return windowsMemory();
    default:
      return linuxMemory();
  }
}
