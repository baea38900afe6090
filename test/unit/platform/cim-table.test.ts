// The JSON of Get-CimInstance: one process or many, with nulls where Windows tells us nothing.

import { describe, expect, test } from 'vitest';
import { CIM_QUERY, parseCimTable, splitCommandLine } from '../../../src/platform/cim-table.ts';

const entry = (fields: Record<string, unknown>) => ({
  ProcessId: 4321,
  ParentProcessId: 800,
  WorkingSetSize: 110821376,
  ThreadCount: 11,
  ExecutablePath: 'C:\\Program Files\\nodejs\\node.exe',
  CommandLine: '"C:\\Program Files\\nodejs\\node.exe"  server.js',
  Created: '133963842720000001',
  ...fields,
});

const parse = (...entries: unknown[]) => parseCimTable(JSON.stringify(entries));

describe('parseCimTable', () => {
  test('reads every field, and start times beyond the precision of a number', () => {
    expect(parse(entry({}))).toEqual([
      {
        pid: 4321,
        ppid: 800,
        group: 0,
        session: 0,
        state: '?',
        threads: 11,
        start: '133963842720000001',
        rssBytes: 110821376,
        executable: 'C:\\Program Files\\nodejs\\node.exe',
        commandLine: '"C:\\Program Files\\nodejs\\node.exe"  server.js',
      },
    ]);
  });

  test('accepts the bare object that stands for a single process, and a byte order mark', () => {
    expect(parseCimTable(`\uFEFF${JSON.stringify(entry({}))}\r\n`)).toHaveLength(1);
  });

  test('knows little of a protected process, but that it is there', () => {
    const system = {
      ProcessId: 4,
      ParentProcessId: 0,
      ExecutablePath: null,
      CommandLine: null,
      Created: null,
    };
    expect(parse(system)).toMatchObject([
      { pid: 4, start: '0', rssBytes: 0, threads: 0, executable: undefined, commandLine: undefined },
    ]);
  });

  test('leaves out the idle process and entries that are none', () => {
    const noise = [null, 'text', 7, [], {}, entry({ ProcessId: '12' }), entry({ ProcessId: -3 })];
    expect(parse(entry({ ProcessId: 0 }), ...noise)).toEqual([]);
  });

  test.each(['', '[{"ProcessId":12', 'Get-CimInstance : Access denied', 'null'])(
    'reads %j as no process',
    text => {
      expect(parseCimTable(text)).toEqual([]);
    },
  );

  test('does not take a stranger for a parent: it was created after its supposed child', () => {
    const stranger = entry({ ProcessId: 800, ParentProcessId: 1, Created: '133963842720000002' });
    expect(parse(stranger, entry({}))).toMatchObject([{ pid: 800 }, { pid: 4321, ppid: 0 }]);
  });

  test('takes a parent that is as old, or of unknown age', () => {
    for (const Created of ['133963842720000001', '133963842720000000', null]) {
      expect(parse(entry({ ProcessId: 800, Created }), entry({}))[1]?.ppid).toBe(800);
    }
  });
});

test('the question holds no double quote and no trailing backslash, which quoting would change', () => {
  expect(CIM_QUERY).not.toMatch(/"|\\$|\n/);
});

test.each([
  [
    '"C:\\Program Files\\Git\\cmd\\git.exe" commit -m "two words"',
    ['C:\\Program Files\\Git\\cmd\\git.exe', 'commit', '-m', 'two words'],
  ],
  ['git  status', ['git', 'status']],
  ['echo --name="a b"c \\"quoted\\"', ['echo', '--name=a bc', '"quoted"']],
  ['unclosed "quote here', ['unclosed', 'quote here']],
  ['', []],
])('splits %j', (line, words) => {
  expect(splitCommandLine(line)).toEqual(words);
});
