// A fork that has not become another program shows its parent's program and words. So does a program that starts
// itself again with the same words (make in make): a system that knows better asks further.

import type { Platform } from '../base/ports.ts';

export function looksLikeParent(
  pid: number,
  { look, commandLine, executable }: Pick<Platform, 'look' | 'commandLine' | 'executable'>,
): boolean {
  const parent = look(pid)?.ppid;
  if (!parent) return false;
  const words = commandLine(pid)?.join('\0');
  if (!words || words !== commandLine(parent)?.join('\0')) return false;
  return executable(pid) === executable(parent);
}
