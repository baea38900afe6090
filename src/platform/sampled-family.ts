// The one door to pidtree (who descends from whom) and pidusage (how much memory). Both are loaded at the first
// sample, so nobody pays for them who does not watch a tree. They start `ps` or PowerShell by name from PATH.
// The facts are a sample's, not a look's: group, session and state stay unknown, the start is a reckoning.

import type { Status } from 'pidusage';
import { errnoOf } from '../base/errors.ts';
import type { ProcessFacts } from '../base/ports.ts';
import { familyOf } from './descent.ts';
import { exists } from './kill.ts';

/** Turns wall milliseconds since 1970 into the platform's own unit of start times. */
export type StartOf = (epochMs: number) => string;

/**
 * The processes below and including `roots`, with their resident memory; empty when all are gone.
 * @throws whatever the packages throw: a sample that failed must not pass for an empty tree
 */
export async function sampledFamily(roots: readonly number[], startOf: StartOf): Promise<ProcessFacts[]> {
  const { pidtree } = await import('pidtree');
  // -1 lists every process: one program started, however many roots there are.
  const pids = familyOf(await pidtree(-1, { advanced: true }), roots).map(({ pid }) => pid);
  return pids.length === 0 ? [] : toFacts(await memoryOf(pids), startOf);
}

async function memoryOf(pids: number[]): Promise<Partial<Record<string, Status>>> {
  const { default: pidusage } = await import('pidusage');
  try {
    return await pidusage(pids);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && pids.every(pid => exists(pid) === 'no')) return {};
    throw error;
  }
}

/** Processes that ended between the two questions have no entry, or an empty one. */
export function toFacts(stats: Partial<Record<string, Status>>, startOf: StartOf): ProcessFacts[] {
  return Object.values(stats).flatMap(stat => {
    if (!stat) return [];
    const startMs = stat.timestamp - stat.elapsed;
    return {
      pid: stat.pid,
      ppid: stat.ppid,
      group: 0,
      session: 0,
      state: '?',
      threads: 1,
      start: Number.isFinite(startMs) && startMs > 0 ? startOf(startMs) : '0',
      rssBytes: stat.memory,
    };
  });
}
