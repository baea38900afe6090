// A gate's status, for people and for scripts that split lines.

import { describe, expect, test } from 'vitest';
import { plainStatus, statusText, table } from '../../../../src/cli/report/status-text.ts';
import type { GateStatus, QueueStatus, RunningStatus } from '../../../../src/index.ts';

const MIB = 2 ** 20;
const AT = new Date(2026, 0, 5, 14, 2, 11);
const RUN: RunningStatus = {
  ticket: 'aaaaaaaa',
  pid: 4321,
  command: ['npm', 'test'],
  cwd: '/home/ann/web',
  heldAt: AT.toISOString(),
  startedAt: AT.toISOString(),
  heldMs: 72_000,
  usualMs: 110_000,
  state: 'running',
  memory: { bytes: 512 * MIB, peakBytes: 700 * MIB, limitBytes: 2_048 * MIB, processes: 7 },
  suspendedAt: null,
  share: null,
};
const WAITER: QueueStatus = {
  position: 1,
  ticket: 'bbbbbbbb',
  pid: 51,
  command: ['make'],
  cwd: '/w',
  arrivedAt: AT.toISOString(),
  waitedMs: 5_000,
  priority: 'normal',
  state: 'waiting',
  share: null,
};
const report = (running: RunningStatus[], queue: QueueStatus[] = []): GateStatus => ({
  schema: 'seqx.status/1',
  at: AT.toISOString(),
  host: 'box',
  gate: { id: '0123456789abcdef', name: 'web', scope: 'repo', root: '/home/ann/web/.git', folder: '/tmp/s' },
  running,
  queue,
});

describe('statusText', () => {
  test('of an idle gate', () => {
    expect(statusText(report([]), false)).toBe('web  /home/ann/web/.git\n  nothing is running');
  });

  test('of runs that share the gate says what each is expected to need, and who waits for all of it', () => {
    const share = { weight: 1, expectedBytes: 1_024 * MIB };
    const text = statusText(
      report([{ ...RUN, share }, RUN], [WAITER, { ...WAITER, position: 2, share }]),
      false,
    );
    expect(text).toContain('memory 512 MiB, peak 700 MiB, expected 1.0 GiB, limit 2.0 GiB; 7 processes');
    expect(text).toContain('memory 512 MiB, peak 700 MiB, limit 2.0 GiB; 7 processes');
    expect(text).toMatch(/^ {2}1\. .* exclusive .*\n {2}2\. ((?!exclusive).)*$/m);
  });

  test('of a run that died while it was suspended says that nothing of it goes on', () => {
    const suspended = { ...RUN, suspendedAt: AT.toISOString() };
    expect(statusText(report([{ ...suspended, state: 'suspended' }]), false)).toContain('it goes on when');
    const dead = statusText(report([{ ...suspended, state: 'dead' }]), false);
    expect(dead).toMatch(/suspended by memory pressure since 14:02:11\n.*the next run ends what is left/);
  });

  test('of a holder and its queue', () => {
    const late = {
      ...WAITER,
      position: 2,
      pid: 6_000,
      ticket: 'cccccccc',
      priority: 'low',
      state: 'suspended',
    } as const;
    expect(statusText(report([RUN], [WAITER, late]), false)).toBe(
      [
        'web  /home/ann/web/.git',
        '  running  pid 4321  npm test  for 1m12s, since 14:02:11, usually 1m50s  [aaaaaaaa]',
        '           memory 512 MiB, peak 700 MiB, limit 2.0 GiB; 7 processes',
        '           in /home/ann/web',
        '  2 runs waiting:',
        '  1.  pid 51    make  waited 5s                  [bbbbbbbb]',
        '  2.  pid 6000  make  waited 5s  low  suspended  [cccccccc]',
      ].join('\n'),
    );
  });

  test('says that a dead holder will be taken over, and leaves out what is not known', () => {
    const unknown = { cwd: null, heldAt: null, startedAt: null, heldMs: null, usualMs: null, memory: null };
    const text = statusText(report([{ ...RUN, ...unknown, state: 'dead' }]), false);
    expect(text.split('\n').slice(1)).toEqual([
      '  dead  pid 4321  npm test    [aaaaaaaa]',
      '           its seqx is gone; the next run ends what is left and takes over',
    ]);
  });

  test('says where there is no limit', () => {
    const memory = { bytes: MIB, peakBytes: MIB, limitBytes: 0, processes: 1 };
    expect(statusText(report([{ ...RUN, memory }]), false)).toContain('peak 1.0 MiB, no limit; 1 process\n');
  });

  test('has colours only when asked for', () => {
    expect(statusText(report([RUN]), false)).not.toContain('\u001b');
    expect(statusText(report([RUN]), true)).toContain('\u001b[32mrunning\u001b[0m');
    expect(statusText(report([{ ...RUN, state: 'suspended' }]), true)).toContain('\u001b[33msuspended');
  });

  test('shows hostile names without their power, and no secrets', () => {
    const command = ['deploy', '--token=hunter2', '\u001b[2J\n'];
    const hostile = report([{ ...RUN, command, cwd: '/a\u001b[2J\nb' }], [{ ...WAITER, command }]);
    const gate = { ...hostile.gate, name: 'w\u202eb', root: '/\u009b' };
    const text = statusText({ ...hostile, gate }, false);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(text).not.toContain('hunter2');
    expect(text.split('\n')).toHaveLength(6);
  });
});

describe('plainStatus', () => {
  test('is PID:TIMESTAMP:COMMAND, the holder first', () => {
    const seconds = AT.getTime() / 1_000;
    expect(plainStatus(report([RUN], [WAITER]))).toBe(`4321:${seconds}:npm test\n51:${seconds}:make`);
  });

  test('has one line a run, whatever the command', () => {
    const command = ['sh', '-c', 'a\nb'];
    expect(plainStatus(report([{ ...RUN, command, heldAt: null, startedAt: null }]))).toBe(
      "4321:0:sh -c 'a b'",
    );
  });

  test('of an idle gate is empty', () => {
    expect(plainStatus(report([]))).toBe('');
  });
});

test('a table has columns as wide as their widest cell, and no blanks at the end', () => {
  expect(
    table([
      ['a', 'bbb', ''],
      ['aaa', 'b', ''],
    ]),
  ).toEqual(['a    bbb', 'aaa  b']);
  expect(table([])).toEqual([]);
});
