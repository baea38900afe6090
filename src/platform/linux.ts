// Linux: everything from /proc, read directly and synchronously. Start times are clock ticks since boot
// (field 22 of stat), comparable among processes of one boot.

import { isUtf8 } from 'node:buffer';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform, ProcessFacts } from '../base/ports.ts';
import { parseRunChain } from '../base/run-token.ts';
import { dieBy } from './die-by.ts';
import { exists, send } from './kill.ts';
import { inheritedDescriptors, slippedDescriptors } from './linux-descriptors.ts';
import { linuxMemory } from './linux-memory.ts';
import { looksLikeParent } from './looks-like-parent.ts';
import {
  isProgram,
  listPids,
  neverExecuted,
  readChildren,
  readCommandLine,
  readEnvironmentValue,
  readLink,
  readLongProc,
  readProc,
  readRunVariable,
  readStat,
} from './proc.ts';

export function linuxPlatform(): Platform {
  return {
    system: 'linux',
    abilities: { freeze: true, readRunToken: true, proportionalMemory: true, openFiles: true },
    fastestSampleMs: 10,
    self,
    uid: () => process.geteuid?.() ?? -1,
    stateFolder: () => `/tmp/seqx-${process.geteuid?.() ?? -1}`,
    socketPath: (folder, nonce) => join(folder, 's', nonce),
    exists,
    look: readStat,
    isSameStart: (a, b) => a === b,
    processes: async except => listPids().flatMap(pid => (except?.has(pid) ? [] : (readStat(pid) ?? []))),
    pidsOfProgram: async name => listPids().filter(pid => isProgram(pid, name)),
    pids: listPids,
    family: async roots => family(roots),
    ownerUid: pid => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid,
    runChain: pid => {
      const value = readRunVariable(pid);
      return value === undefined ? undefined : parseRunChain(value);
    },
    commandLine: readCommandLine,
    workingDirectory: pid => readLink(`/proc/${pid}/cwd`),
    environmentValue: readEnvironmentValue,
    executable,
    isOpenAnywhere,
    holdsOurOutput,
    sharesStderr,
    isCopyOfParent: pid => neverExecuted(pid) && looksLikeParent(pid, PARENT_TOOLS),
    proportionalBytes,
    virtualBytes,
    machineMemory: linuxMemory,
    send,
    offerToOomKiller,
    dieBy: signal => dieBy(signal, emptyOwnCore),
    isCommandLineText: () => isUtf8(readLongProc('/proc/self/cmdline') ?? Buffer.alloc(0)),
    inheritedDescriptors,
    slippedDescriptors,
    isForeground,
    spawnable: ([file = '', ...args]) => ({ file, args, isVerbatim: false }),
    shell: line => ['/bin/sh', '-c', line],
  };
}

const executable = (pid: number) => readLink(`/proc/${pid}/exe`);

/** What a process is compared with its parent by. */
const PARENT_TOOLS = { look: readStat, commandLine: readCommandLine, executable };

let knownSelf: ReturnType<Platform['self']> | undefined;

/** Read once: none of it changes while we live. */
function self(): ReturnType<Platform['self']> {
  knownSelf ??= readSelf();
  return knownSelf;
}

function readSelf() {
  const bootId = readProc('/proc/sys/kernel/random/boot_id') ?? '';
  const namespace = /\d+/.exec(readLink('/proc/self/ns/pid') ?? '')?.[0] ?? '0';
  return {
    pid: process.pid,
    start: readStat(process.pid)?.start ?? '0',
    boot: bootId.slice(0, 8).padEnd(8, '0'),
    namespace,
  };
}

function family(roots: readonly number[]): ProcessFacts[] {
  const found = new Map<number, ProcessFacts>();
  const open = [...roots];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (found.has(pid)) continue;
    const facts = readStat(pid);
    if (!facts) continue;
    found.set(pid, facts);
    open.push(...readChildren(pid));
  }
  return [...found.values()];
}

/** Compares device and inode with every descriptor we may look at: 5 to 20 ms, asked only about a lock file. */
function isOpenAnywhere(path: string): boolean {
  const wanted = statSync(path, { throwIfNoEntry: false });
  if (!wanted) return false;
  return listPids().some(pid =>
    listDescriptors(pid).some(fd => {
      const facts = statQuietly(`/proc/${pid}/fd/${fd}`);
      return facts?.ino === wanted.ino && facts.dev === wanted.dev;
    }),
  );
}

function holdsOurOutput(pid: number): boolean {
  const ours = [1, 2]
    .flatMap(fd => readLink(`/proc/self/fd/${fd}`) ?? [])
    .filter(link => link.startsWith('pipe:'));
  if (ours.length === 0) return false;
  return listDescriptors(pid).some(fd => ours.includes(readLink(`/proc/${pid}/fd/${fd}`) ?? ''));
}

function sharesStderr(pid: number): boolean {
  const ours = statQuietly('/proc/self/fd/2');
  const isOurs = (fd: number) => {
    const facts = statQuietly(`/proc/${pid}/fd/${fd}`);
    return facts !== undefined && facts.ino === ours?.ino && facts.dev === ours.dev;
  };
  return isOurs(1) || isOurs(2);
}

function listDescriptors(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}

function statQuietly(path: string) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Pss and SwapPss of smaps_rollup (Linux 4.14); 52 ms for one process of 8 GiB, so only to confirm. */
function proportionalBytes(pid: number): number | undefined {
  const text = readProc(`/proc/${pid}/smaps_rollup`);
  if (text === undefined) return undefined;
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  return text === '' ? undefined : (kib('Pss') + kib('SwapPss')) * 1024;
}

/** VmSize of proc_pid_status(5). */
function virtualBytes(pid: number): number | undefined {
  const kib = /^VmSize:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** Raising one's own score needs no privilege: proc_pid_oom_score_adj(5). */
function offerToOomKiller(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // gone already, or a container forbids it: the watchdog still watches
  }
}

/** A core of ours would overwrite the command's where core_pattern has no pid; filter 0 leaves it empty. */
function emptyOwnCore(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch {
    // kernels without core dumps have no such file
  }
}

/** Fields 5 and 8 of stat: our group, and the group in the foreground of our terminal (-1 without one). */
function isForeground(): boolean {
  const text = readProc('/proc/self/stat') ?? '';
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', 6);
  return fields[2] === fields[5];
}
