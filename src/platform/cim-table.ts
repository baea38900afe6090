// The process table of Windows: the PowerShell question and the reading of its JSON answer, side by side.
// Pure. An entry that cannot be read is left out; start times are FILETIMEs as text, since a number of 100 ns
// steps since 1601 does not fit a JavaScript number. From the documentation of Win32_Process, not run.

import type { ProcessFacts } from '../base/ports.ts';
import { withProvenParents } from './descent.ts';

/** Holds no double quote, so that it passes the quoting of a Windows command line unchanged. */
export const CIM_QUERY = [
  "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'",
  'try { [Console]::OutputEncoding = [Text.Encoding]::UTF8 } catch { }',
  'Get-CimInstance Win32_Process | Select-Object ProcessId, ParentProcessId, WorkingSetSize, ThreadCount, ' +
    'ExecutablePath, CommandLine, @{ n = ' +
    "'Created'; e = { if ($_.CreationDate) { $_.CreationDate.ToFileTimeUtc().ToString() } else { '0' } } } | " +
    'ConvertTo-Json -Compress',
].join('; ');

export type CimRow = ProcessFacts & {
  readonly executable: string | undefined;
  readonly commandLine: string | undefined;
};

/** Accepts what ConvertTo-Json makes of many processes (a list) and of one (an object). */
export function parseCimTable(text: string): CimRow[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return [];
  }
  return withProvenParents((Array.isArray(answer) ? answer : [answer]).flatMap(entry => toRow(entry) ?? []));
}

/** Groups and sessions of POSIX do not exist here, nor does a state; every process counts as running. */
function toRow(entry: unknown): CimRow | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const fields: Partial<Record<string, unknown>> = { ...entry };
  const pid = toCount(fields.ProcessId);
  if (pid === 0) return undefined;
  return {
    pid,
    ppid: toCount(fields.ParentProcessId),
    group: 0,
    session: 0,
    state: '?',
    threads: toCount(fields.ThreadCount),
    start: /^\d{1,20}$/.exec(String(fields.Created))?.[0] ?? '0',
    rssBytes: toCount(fields.WorkingSetSize),
    executable: toText(fields.ExecutablePath),
    commandLine: toText(fields.CommandLine),
  };
}

const toCount = (value: unknown): number =>
  Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;

const toText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Words of a command line, for display and for finding git: quotes group, `\"` is a quote, no more. */
export function splitCommandLine(line: string): string[] {
  const words = line.match(/(?:\\"|"(?:\\"|[^"])*"?|[^\s"])+/g) ?? [];
  return words.map(word => word.replace(/\\"|"/g, quote => (quote === '"' ? '' : '"')));
}
