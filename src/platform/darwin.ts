// macOS: everything through `/bin/ps`, `sysctl` and `lsof` by absolute path, since there is no /proc. Start times
// are whole seconds since 1970 and are compared with 2 s to spare. Written from manual pages and sources, not
// run on macOS. Resident memory leaves out compressed pages there, so limits act late rather than early.

import { execFile, spawnSync } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { SeqxError } from '../base/errors.ts';
import type { Platform, ProcessFacts } from '../base/ports.ts';
import { parseRunChain, RUN_VARIABLE } from '../base/run-token.ts';
import { darwinMemory } from './darwin-memory.ts';
import { familyOf } from './descent.ts';
import { dieBy } from './die-by.ts';
import { exists, isPid, send } from './kill.ts';
import { looksLikeParent } from './looks-like-parent.ts';
import { namedDescriptors } from './named-descriptors.ts';
import { PS_COLUMNS, type PsRow, parsePsTable } from './ps-table.ts';
import { parsePsWords, showsEnvironment, valueIn } from './ps-words.ts';
import { remembered } from './remembered.ts';
import { sampledFamily } from './sampled-family.ts';

const PS = '/bin/ps';
const FASTEST_SAMPLE_MS = 250;
/** Rounding of ps, of a start reckoned from an age, and of a clock being set, each less than a second. */
const START_TOLERANCE_S = 2;

const OPTIONS = {
  encoding: 'utf8',
  // A clean environment: dates in English and UTC, words as UTF-8, nothing of the caller's.
  env: { LC_TIME: 'C', LC_CTYPE: 'UTF-8', TZ: 'UTC' },
  maxBuffer: 64 * 1024 * 1024,
  timeout: 10_000,
} as const;

export function darwinPlatform(): Platform {
  const words = environmentReader();
  return {
    system: 'darwin',
    // The token is readable but for programs under SIP; descent has to find those.
    abilities: { freeze: true, readRunToken: true, proportionalMemory: false, openFiles: false },
    fastestSampleMs: FASTEST_SAMPLE_MS,
    self,
    uid: () => process.geteuid?.() ?? -1,
    stateFolder: () => `/tmp/seqx-${process.geteuid?.() ?? -1}`,
    socketPath: (folder, nonce) => join(folder, 's', nonce),
    exists,
    look,
    isSameStart,
    processes: async except => (await processes()).filter(({ pid }) => !except?.has(pid)),
    pidsOfProgram,
    family,
    ownerUid: pid => look(pid)?.uid,
    runChain: pid => runChainIn(words(pid)),
    commandLine,
    workingDirectory: pid => openName(pid, 'cwd'),
    environmentValue: (pid, name) => valueIn(words(pid), name),
    executable,
    isOpenAnywhere: () => undefined,
    holdsOurOutput: () => false,
    sharesStderr: () => false,
    isCopyOfParent: pid => looksLikeParent(pid, { look, commandLine, executable }),
    proportionalBytes: () => undefined,
    virtualBytes,
    machineMemory: darwinMemory,
    send,
    // Memory pressure is the business of jetsam, whose priorities only the system may set.
    offerToOomKiller: () => {},
    // Cores are named by pid under /cores (core(5)): ours cannot overwrite the command's.
    dieBy: signal => dieBy(signal, () => {}),
    isCommandLineText: () => true,
    inheritedDescriptors: () => {
      const words = [...process.argv, process.env.SEQX_EVENTS ?? ''];
      return namedDescriptors(process.env.MAKEFLAGS, words).filter(isOpen);
    },
    isForeground,
    spawnable: ([file = '', ...args]) => ({ file, args, isVerbatim: false }),
    shell: line => ['/bin/sh', '-c', line],
  };
}

/** What a program printed; nothing if it failed. */
function read(file: string, args: readonly string[]): string {
  return spawnSync(file, args, OPTIONS).stdout ?? '';
}

/**
 * Our own start is asked of ps too, so that we and others see one number; how long Node took to get going
 * does not matter then. Only if ps fails is it reckoned from the clock.
 */
function self() {
  const uuid = read('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']);
  return {
    pid: process.pid,
    start: look(process.pid)?.start ?? String(Math.floor(performance.timeOrigin / 1000)),
    boot: /^[0-9a-f]{8}/.exec(uuid.toLowerCase())?.[0] ?? '00000000',
    namespace: '0',
  };
}

/** The whole table for one process, because its session follows from others: one program either way. */
function look(pid: number): PsRow | undefined {
  return parsePsTable(read(PS, ['-Aww', '-o', PS_COLUMNS])).find(row => row.pid === pid);
}

/** `0` is unknown, and unknown is no proof of a difference. */
function isSameStart(a: string, b: string): boolean {
  return a === '0' || b === '0' || Math.abs(Number(a) - Number(b)) <= START_TOLERANCE_S;
}

async function processes(): Promise<ProcessFacts[]> {
  const { stdout } = await promisify(execFile)(PS, ['-Aww', '-o', PS_COLUMNS], OPTIONS);
  const rows = parsePsTable(stdout);
  if (rows.length > 0) return rows;
  throw new SeqxError('SEQX_PLATFORM_UNSUPPORTED', `${PS} listed no process that seqx can read`);
}

async function family(roots: readonly number[]): Promise<ProcessFacts[]> {
  try {
    return await sampledFamily(roots, epochMs => String(Math.floor(epochMs / 1000)));
  } catch {
    return familyOf(await processes(), roots);
  }
}

/** A pid that is not among the remembered ones is newer than they are, and is asked for by itself. */
function environmentReader(): (pid: number) => string {
  const columns = ['-o', 'pid=,command='];
  const all = remembered(FASTEST_SAMPLE_MS, () => parsePsWords(read(PS, ['-AEww', ...columns])));
  const one = (pid: number) => parsePsWords(read(PS, ['-Eww', '-p', String(pid), ...columns])).get(pid);
  return pid => (isPid(pid) ? (all().get(pid) ?? one(pid) ?? '') : '');
}

async function pidsOfProgram(name: string): Promise<number[]> {
  const words = parsePsWords(read(PS, ['-Aww', '-o', 'pid=,command=']));
  return [...words].filter(([, line]) => basename(line.split(' ', 1)[0] ?? '') === name).map(([pid]) => pid);
}

function virtualBytes(pid: number): number | undefined {
  const kib = isPid(pid) ? read(PS, ['-p', String(pid), '-o', 'vsz=']).trim() : '';
  return /^\d+$/.test(kib) ? Number(kib) * 1024 : undefined;
}

/** A token holds no space, whatever follows it. */
function runChainIn(words: string): string[] | undefined {
  const value = valueIn(words, RUN_VARIABLE);
  if (value !== undefined) return parseRunChain(value.split(/\s/, 1)[0]);
  return showsEnvironment(words) ? [] : undefined;
}

/** Approximate: ps joins the words with spaces, so a word that holds one comes back as two. */
function commandLine(pid: number): string[] | undefined {
  const line = isPid(pid) ? read(PS, ['-ww', '-p', String(pid), '-o', 'command=']).trim() : '';
  return line === '' ? undefined : line.split(/\s+/);
}

const executable = (pid: number): string | undefined =>
  pid === process.pid ? process.execPath : openName(pid, 'txt');

/** lsof -Fn prints one field a line: `p` pid, `f` descriptor, `n` name. The first text file is the program. */
function openName(pid: number, descriptor: 'cwd' | 'txt'): string | undefined {
  if (!isPid(pid)) return undefined;
  const fields = read('/usr/sbin/lsof', ['-a', '-w', '-d', descriptor, '-p', String(pid), '-Fn']);
  return /^n(\/.*)$/m.exec(fields)?.[1];
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

function isForeground(): boolean {
  const line = read(PS, ['-p', String(process.pid), '-o', 'pgid=,tpgid=']).trim();
  const [group = 0, foreground = -1] = line.split(/\s+/).map(Number);
  return group > 0 && group === foreground;
}
