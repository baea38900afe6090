// Who descends from whom, from a list of processes alone. Pure: no clock, no disk, no process.

import type { ProcessFacts } from '../base/ports.ts';

interface Link {
  readonly pid: number;
  readonly ppid: number;
}

/** The processes of `all` that are one of `roots` or descend from one, each once. */
export function familyOf<T extends Link>(all: readonly T[], roots: readonly number[]): T[] {
  const children = new Map<number, number[]>();
  for (const { pid, ppid } of all) children.set(ppid, [...(children.get(ppid) ?? []), pid]);
  const byPid = new Map(all.map(process => [process.pid, process]));
  const found = new Map<number, T>();
  const open = [...roots];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const process = byPid.get(pid);
    if (!process || found.has(pid)) continue;
    found.set(pid, process);
    open.push(...(children.get(pid) ?? []));
  }
  return [...found.values()];
}

/**
 * Windows never gives a child a new parent: when the parent has died its number may belong to a stranger.
 * A parent that was created after its child is such a stranger, and its number becomes 0.
 */
export function withProvenParents<T extends ProcessFacts>(all: readonly T[]): T[] {
  const starts = new Map(all.map(process => [process.pid, BigInt(process.start)]));
  return all.map(process => {
    const parentStart = starts.get(process.ppid) ?? 0n;
    const isStranger = process.start !== '0' && parentStart > BigInt(process.start);
    return isStranger ? { ...process, ppid: 0 } : process;
  });
}
