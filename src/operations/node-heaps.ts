// Node processes among others, each with the heap it may have.

import type { MachineMemory, Platform } from '../base/ports.ts';
import { maskSecrets } from '../base/text.ts';
import type { NodeHeap } from '../diagnosis/memory-advice.ts';
import { heapLimit, majorFromPath } from '../diagnosis/node-heap.ts';
import { isNode } from '../diagnosis/program-name.ts';

export const OWN_MAJOR = Number.parseInt(process.versions.node, 10);

/** An idle Node has more than this: to look at what a process runs may mean to start a program (lsof). */
const LEAST_BYTES = 30 * 2 ** 20;

/** @param processes with their command lines; those that are no Node are passed over */
export function nodeHeaps(
  processes: readonly { readonly pid: number; readonly argv: readonly string[]; readonly rssBytes: number }[],
  platform: Platform,
  machine: MachineMemory,
): NodeHeap[] {
  return processes.flatMap(({ pid, argv, rssBytes }) => {
    if (!isNode(argv) && rssBytes < LEAST_BYTES) return [];
    const executable = platform.executable(pid);
    // Many set a title of their own; what they run tells.
    if (!isNode(argv) && !isNode([executable ?? ''])) return [];
    const nodeOptions = platform.environmentValue(pid, 'NODE_OPTIONS');
    const limit = heapLimit({ argv, nodeOptions, major: majorOf(executable) }, machine);
    const limitBytes = limit && limit.mb * 2 ** 20;
    return { pid, command: maskSecrets(argv), rssBytes, limitBytes, from: limit?.from ?? 'unknown' };
  });
}

/** Only what the path tells: nobody's program is started to ask it. */
function majorOf(executable: string | undefined): number | undefined {
  if (executable === undefined) return undefined;
  return executable === process.execPath ? OWN_MAJOR : majorFromPath(executable);
}
