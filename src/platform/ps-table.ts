// The process table of macOS as `/bin/ps` prints it. Pure: text in, facts out; a line that cannot be read is
// left out. The column `sess` is not asked for: ps(1) of macOS prints a kernel address there, 0 to most of us.

import type { ProcessFacts } from '../base/ports.ts';

/** Wants LC_TIME=C and TZ=UTC, since lstart is a date for people: `Wed Jul  9 10:11:12 2025`. */
export const PS_COLUMNS = 'pid=,ppid=,pgid=,uid=,rss=,stat=,lstart=';

export type PsRow = ProcessFacts & { readonly uid: number };

const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(-?\d+)\s+(\d+)\s+(\S+)(?:\s+(.*))?$/;
const DATE = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function parsePsTable(text: string): PsRow[] {
  const rows = text.split('\n').flatMap(line => parseLine(line) ?? []);
  const byPid = new Map(rows.map(row => [row.pid, row]));
  return rows.map(row => ({ ...row, session: sessionOf(row, byPid) }));
}

/** Until sessions are known, `session` is the pid of a session leader and 0 for everybody else. */
function parseLine(line: string): PsRow | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [pid = 0, ppid = 0, group = 0, uid = 0, rssKib = 0] = match.slice(1, 6).map(Number);
  const stat = match[6] ?? '?';
  return {
    pid,
    ppid,
    group,
    uid,
    session: stat.includes('s', 1) ? pid : 0,
    state: stat[0] ?? '?',
    // macOS makes a process a zombie when its last thread has ended, so one is right where it matters.
    threads: 1,
    start: parsePsDate(match[7]?.trim() ?? ''),
    rssBytes: rssKib * 1024,
  };
}

/** Seconds since 1970 as text; `0` (unknown) for anything that is no date. */
export function parsePsDate(text: string): string {
  const match = DATE.exec(text);
  const month = MONTHS.indexOf(match?.[1] ?? '');
  if (!match || month < 0) return '0';
  const [day = 0, hour = 0, minute = 0, second = 0, year = 0] = match.slice(2).map(Number);
  return String(Date.UTC(year, month, day, hour, minute, second) / 1000);
}

/**
 * The session is that of the group's leader, whose own is that of its parent, up to a session leader (an `s`
 * in stat). Where the leader is gone the group's number stands in: after setsid(2) the two are the same.
 */
function sessionOf(row: PsRow, byPid: ReadonlyMap<number, PsRow>): number {
  let current = row;
  for (let steps = 0; steps < byPid.size; steps++) {
    if (current.session !== 0) return current.session;
    const next = byPid.get(current.group === current.pid ? current.ppid : current.group);
    if (!next || next.pid <= 1) return current.group;
    current = next;
  }
  return row.group;
}
