// Windows: processes through one PowerShell call (Get-CimInstance), ending through taskkill, both by absolute
// path. There is no freezing, no SIGTERM and no reading of another's environment; `abilities` says so. Whether
// an owner lives is judged by its pipe first. Written from documentation and sources, not run on Windows.

import { execFile, spawnSync } from 'node:child_process';
import { win32 } from 'node:path';
import { promisify } from 'node:util';
import { SeqxError } from '../base/errors.ts';
import type { Platform, ProcessFacts, SignalName } from '../base/ports.ts';
import { CIM_QUERY, type CimRow, parseCimTable, splitCommandLine } from './cim-table.ts';
import { familyOf, withProvenParents } from './descent.ts';
import { exists, isPid, send as sendByKill } from './kill.ts';
import { remembered } from './remembered.ts';
import { sampledFamily } from './sampled-family.ts';
import { windowsMemory } from './windows-memory.ts';
import { shell, spawnable } from './windows-spawn.ts';

/** A sample starts PowerShell two or three times, at some 300 ms of processor time each. */
const FASTEST_SAMPLE_MS = 1000;
/** FILETIME counts 100 ns; a start reckoned from pidusage is cut to milliseconds. */
const START_TOLERANCE = 10 * 10_000;
/** Milliseconds from 1601, where FILETIME begins, to 1970. */
const FILETIME_EPOCH_MS = 11_644_473_600_000n;
/** Users are kept apart by %LOCALAPPDATA%, not by numbers: every process that we may end is "ours". */
const OUR_UID = -1;
const FOREIGN_UID = 0;

const POWERSHELL_ARGS = ['-NoProfile', '-NonInteractive', '-Command', CIM_QUERY];
const OPTIONS = {
  encoding: 'utf8',
  windowsHide: true,
  maxBuffer: 64 * 1024 * 1024,
  timeout: 20_000,
} as const;

export function windowsPlatform(): Platform {
  const table = remembered(FASTEST_SAMPLE_MS / 2, () => parseCimTable(readTable()));
  const look = (pid: number): CimRow | undefined =>
    isPid(pid) && exists(pid) !== 'no' ? table().find(row => row.pid === pid) : undefined;
  return {
    system: 'windows',
    abilities: { freeze: false, readRunToken: false, proportionalMemory: false, openFiles: false },
    fastestSampleMs: FASTEST_SAMPLE_MS,
    // The start is left unknown: to ask PowerShell would make every call of seqx slow.
    self: () => ({ pid: process.pid, start: '0', boot: '00000000', namespace: '0' }),
    uid: () => OUR_UID,
    stateFolder,
    socketPath: (folder, nonce) => `\\\\.\\pipe\\seqx-${win32.basename(folder)}-${nonce}`,
    exists,
    look,
    isSameStart,
    processes: async except => (await processes()).filter(({ pid }) => !except?.has(pid)),
    pidsOfProgram: async name =>
      table().flatMap(({ pid, commandLine = '' }) => {
        const program = win32.basename(splitCommandLine(commandLine)[0] ?? '', '.exe');
        return program.toLowerCase() === name ? pid : [];
      }),
    family,
    ownerUid,
    runChain: () => undefined,
    commandLine: pid => {
      const line = look(pid)?.commandLine;
      return line === undefined ? undefined : splitCommandLine(line);
    },
    workingDirectory: () => undefined,
    environmentValue: () => undefined,
    executable: pid => (pid === process.pid ? process.execPath : look(pid)?.executable),
    isOpenAnywhere: () => undefined,
    holdsOurOutput: () => false,
    sharesStderr: () => false,
    // There is no fork.
    isCopyOfParent: () => false,
    proportionalBytes: () => undefined,
    virtualBytes: () => undefined,
    machineMemory: windowsMemory,
    send,
    // Windows has no such killer: allocations fail when memory has run out.
    offerToOomKiller: () => {},
    // No signal is raised on ourselves here, and crash dumps are the business of Windows Error Reporting.
    dieBy: () => {},
    isCommandLineText: () => true,
    // Handles carry no numbers that a program could be told; make's jobserver has a named semaphore instead.
    inheritedDescriptors: () => [],
    // The console sends Ctrl-C to all its processes: the command has its own, and none is forwarded.
    isForeground: () => true,
    spawnable,
    shell,
  };
}

const systemProgram = (...names: string[]): string =>
  win32.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', ...names);

const powershell = (): string => systemProgram('WindowsPowerShell', 'v1.0', 'powershell.exe');

const readTable = (): string => spawnSync(powershell(), POWERSHELL_ARGS, OPTIONS).stdout ?? '';

function stateFolder(): string {
  const base = process.env.LOCALAPPDATA;
  if (base) return win32.join(base, 'seqx');
  throw new SeqxError(
    'SEQX_STATE_UNUSABLE',
    'LOCALAPPDATA is not set, so there is no place where all callers would meet; nothing was run',
    'set LOCALAPPDATA, or SEQX_STATE_DIR=C:\\some\\private\\folder',
  );
}

/** `0` is unknown, and unknown is no proof of a difference. */
function isSameStart(a: string, b: string): boolean {
  return a === '0' || b === '0' || Math.abs(Number(a) - Number(b)) <= START_TOLERANCE;
}

async function processes(): Promise<CimRow[]> {
  const { stdout } = await promisify(execFile)(powershell(), POWERSHELL_ARGS, OPTIONS);
  const rows = parseCimTable(stdout);
  if (rows.length > 0) return rows;
  throw new SeqxError('SEQX_PLATFORM_UNSUPPORTED', 'PowerShell listed no process that seqx can read');
}

/** pidtree believes every parent number, so the family is drawn again once the start times are known. */
async function family(roots: readonly number[]): Promise<ProcessFacts[]> {
  try {
    return familyOf(withProvenParents(await sampledFamily(roots, fileTime)), roots);
  } catch {
    return familyOf(await processes(), roots);
  }
}

const fileTime = (epochMs: number): string =>
  String((BigInt(Math.floor(epochMs)) + FILETIME_EPOCH_MS) * 10_000n);

function ownerUid(pid: number): number | undefined {
  switch (exists(pid)) {
    case 'yes':
      return OUR_UID;
    case 'foreign':
      return FOREIGN_UID;
    case 'no':
      return undefined;
  }
}

/**
 * Only SIGKILL has an effect. Every other signal would end the process at once if Node sent it (uv_kill), so
 * it is taken and dropped: the command gets its Ctrl-C from the console, and the grace ends with SIGKILL.
 */
function send(pid: number, signal: SignalName): 'sent' | 'gone' | 'refused' {
  if (!isPid(pid)) return 'refused';
  if (signal === 'SIGKILL') return end(pid);
  const answer = exists(pid);
  return answer === 'yes' ? 'sent' : answer === 'no' ? 'gone' : 'refused';
}

/** taskkill takes the children along; where it cannot, the process alone is ended. */
function end(pid: number): 'sent' | 'gone' | 'refused' {
  if (exists(pid) === 'no') return 'gone';
  const { status } = spawnSync(systemProgram('taskkill.exe'), ['/PID', String(pid), '/T', '/F'], OPTIONS);
  return status === 0 || exists(pid) === 'no' ? 'sent' : sendByKill(pid, 'SIGKILL');
}
