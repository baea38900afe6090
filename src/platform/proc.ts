// Reading /proc without allocating: a scan of 158 processes takes about 1 ms this way and twice that through
// readFileSync (docs/decisions/direct-proc-reads.md). Everything here answers `undefined` for a process that
// is gone: that is no error, processes end.

import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import type { ProcessFacts } from '../base/ports.ts';
import { RUN_VARIABLE } from '../base/run-token.ts';

const buffer = Buffer.allocUnsafe(64 * 1024);

/** The first 64 KiB of a /proc file, or `undefined`. */
export function readProc(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

/** All of a /proc file that may be longer than the buffer: environments and command lines. */
export function readLongProc(path: string): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const parts: Buffer[] = [];
    for (let offset = 0; ; ) {
      const length = readSync(fd, buffer, 0, buffer.length, offset);
      if (length === 0) return Buffer.concat(parts);
      parts.push(Buffer.from(buffer.subarray(0, length)));
      if (length < buffer.length) return Buffer.concat(parts);
      offset += length;
    }
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

let knownPageBytes = process.arch === 'x64' || process.arch === 'ia32' ? 4096 : 0;

/** Node has no getpagesize; elsewhere than on x86 the kernel's own figure is read once (4, 16 or 64 KiB). */
function pageBytes(): number {
  if (knownPageBytes === 0) {
    const kib = /^KernelPageSize:\s+(\d+) kB/m.exec(readProc('/proc/self/smaps') ?? '')?.[1];
    knownPageBytes = Number(kib ?? 4) * 1024;
  }
  return knownPageBytes;
}

/** /proc/PID/stat, parsed after the last `)`: a command may be named `) R 1`. proc_pid_stat(5). */
export function parseStat(text: string): ProcessFacts | undefined {
  const close = text.lastIndexOf(')');
  if (close < 0) return undefined;
  const fields = text.slice(close + 2).split(' ', 22);
  // fields[0] is field 3 of the manual page: state.
  return {
    pid: Number.parseInt(text, 10),
    state: fields[0] ?? '?',
    ppid: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    threads: Number(fields[17]),
    start: fields[19] ?? '0',
    rssBytes: Number(fields[21]) * pageBytes(),
    // utime, stime, cutime and cstime in ticks, which /proc counts by the hundredth of a second (USER_HZ) everywhere.
    cpuMs: 10 * (Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])),
  };
}

export function readStat(pid: number): ProcessFacts | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** PF_FORKNOEXEC of include/linux/sched.h, in the flags of proc_pid_stat(5): set by fork(2), cleared by execve(2). */
const FORKED_NOT_EXECUTED = 0x40;

export function neverExecuted(pid: number): boolean {
  const text = readProc(`/proc/${pid}/stat`) ?? '';
  const flags = text.slice(text.lastIndexOf(')') + 2).split(' ', 7)[6];
  return (Number(flags ?? 0) & FORKED_NOT_EXECUTED) !== 0;
}

/** Newest first: a process that forks while we look is met again on the way down. */
export function listPids(): number[] {
  const pids: number[] = [];
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0);
    if (first >= 48 && first <= 57) pids.push(Number(name));
  }
  return pids.reverse();
}

/**
 * Children by /proc/PID/task/TID/children: cheap, and reliable only while the parent is frozen
 * (proc_pid_tid_children(5)); a watchdog corrects it by a full scan every second.
 */
export function readChildren(pid: number): number[] {
  let tids: string[];
  try {
    tids = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const children: number[] = [];
  for (const tid of tids) {
    for (const word of readProc(`/proc/${pid}/task/${tid}/children`)?.split(' ') ?? []) {
      if (word !== '') children.push(Number(word));
    }
  }
  return children;
}

/** The value of one variable in a process's initial environment; `undefined` when absent or unreadable. */
export function readEnvironmentValue(pid: number, name: string): string | undefined {
  const environment = readLongProc(`/proc/${pid}/environ`);
  if (environment === undefined) return undefined;
  const needle = Buffer.from(`${name}=`);
  for (let at = environment.indexOf(needle); at >= 0; at = environment.indexOf(needle, at + 1)) {
    if (at !== 0 && environment[at - 1] !== 0) continue;
    const end = environment.indexOf(0, at);
    return environment.toString('utf8', at + needle.length, end < 0 ? undefined : end);
  }
  return undefined;
}

export const readRunVariable = (pid: number): string | undefined => readEnvironmentValue(pid, RUN_VARIABLE);

/** The words of a command line; empty for kernel threads and zombies. */
export function readCommandLine(pid: number): string[] | undefined {
  const text = readLongProc(`/proc/${pid}/cmdline`)?.toString('utf8');
  if (text === undefined) return undefined;
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}

/** Compares argv[0] in the buffer: most processes are another program, and no string is made for them. */
export function isProgram(pid: number, name: string): boolean {
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/cmdline`, 'r');
  } catch {
    return false;
  }
  try {
    const length = readSync(fd, buffer, 0, 4096, 0);
    const end = buffer.subarray(0, length).indexOf(0);
    const from = end - name.length;
    if (from < 0 || (from > 0 && buffer[from - 1] !== SLASH)) return false;
    return buffer.toString('latin1', from, end) === name;
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}

const SLASH = 47;

export function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
