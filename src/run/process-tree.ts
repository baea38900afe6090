// Who belongs to a run? Pure: a table of processes and what is known of them in, the members out.
// A member descends from a root by parent chain, or carries the run's token (setsid, double fork), or was
// seen as a member before. Recycled pids do not pass: a child cannot have started before its parent.

import type { ProcessFacts, ProcessRef, RunTarget } from '../base/ports.ts';

export interface Membership {
  readonly target: Pick<RunTarget, 'roots' | 'tokens'>;
  /** The run chain of a process, `undefined` if unreadable; asked only for processes not found by descent. */
  readonly chainOf: (process: ProcessFacts) => readonly string[] | undefined;
  readonly isSameStart: (a: string, b: string) => boolean;
  /** No token is looked for in processes that started before this: the run did not exist yet. */
  readonly bornAfter?: string | undefined;
  /** Never members, whatever they carry: ourselves, our ancestors, init. */
  readonly spared: ReadonlySet<number>;
  /** Members of an earlier look that may have lost parent chain and token since. */
  readonly known: readonly ProcessRef[];
}

/** The members among `table`, parents before children; those that are gone (zombies) left out. */
export function findMembers(table: readonly ProcessFacts[], membership: Membership): ProcessFacts[] {
  const { target, chainOf, isSameStart, spared, known, bornAfter = '0' } = membership;
  const children = new Map<number, ProcessFacts[]>();
  for (const process of table) {
    const siblings = children.get(process.ppid);
    if (siblings) siblings.push(process);
    else children.set(process.ppid, [process]);
  }
  const members = new Map<number, ProcessFacts>();
  const adopt = (process: ProcessFacts) => {
    if (members.has(process.pid) || spared.has(process.pid)) return;
    members.set(process.pid, process);
    for (const child of children.get(process.pid) ?? []) {
      if (isBornAfter(child.start, process.start)) adopt(child);
    }
  };
  const anchors = new Map([...known, ...target.roots].map(ref => [ref.pid, ref.start]));
  for (const process of table) {
    const anchorStart = anchors.get(process.pid);
    const isAnchor = anchorStart !== undefined && isSameStart(anchorStart, process.start);
    if (isAnchor || carriesToken(process)) adopt(process);
  }
  return inOrder(members, children).filter(process => !isGone(process));

  function carriesToken(process: ProcessFacts): boolean {
    if (members.has(process.pid) || spared.has(process.pid) || target.tokens.length === 0) return false;
    if (!isBornAfter(process.start, bornAfter)) return false;
    return chainOf(process)?.some(token => target.tokens.includes(token)) ?? false;
  }
}

/** Parents before children, also where a child was found first: by its token, or with a pid that wrapped. */
function inOrder(
  members: ReadonlyMap<number, ProcessFacts>,
  children: ReadonlyMap<number, readonly ProcessFacts[]>,
): ProcessFacts[] {
  const placed = new Set<ProcessFacts>();
  const place = (process: ProcessFacts) => {
    if (placed.has(process) || !members.has(process.pid)) return;
    placed.add(process);
    for (const child of children.get(process.pid) ?? []) place(child);
  };
  for (const process of members.values()) if (!members.has(process.ppid)) place(process);
  // A table that was read while pids were used again may have a circle: nobody is lost over it.
  for (const process of members.values()) place(process);
  return [...placed];
}

/** A zombie whose threads still run is not gone: it works on until they have ended. */
export const isGone = ({ state, threads }: Pick<ProcessFacts, 'state' | 'threads'>): boolean =>
  (state === 'Z' || state === 'X') && threads <= 1;

/** Equal ticks are allowed: parent and child may start within one. Unknown times (`0`) prove nothing. */
const isBornAfter = (start: string, other: string): boolean =>
  start === '0' || other === '0' || Number(start) >= Number(other);

/** Own pid, every ancestor, and init: never signalled, however the question is put. */
export function sparedPids(table: readonly ProcessFacts[], ownPid: number): Set<number> {
  const parents = new Map(table.map(({ pid, ppid }) => [pid, ppid]));
  const spared = new Set([0, 1]);
  for (let pid: number | undefined = ownPid; pid !== undefined && !spared.has(pid); pid = parents.get(pid)) {
    spared.add(pid);
  }
  return spared;
}

/** Deepest first, so that no parent sees its child end before it was told itself. */
export const childrenFirst = (members: readonly ProcessFacts[]): ProcessFacts[] => [...members].reverse();
