// The table of `/bin/ps` on macOS: what its lines say, and that no line can make the reading fail.

import { describe, expect, test } from 'vitest';
import { parsePsDate, parsePsTable } from '../../../src/platform/ps-table.ts';

const TABLE = [
  '    1     0     1     0  18432 Ss   Wed Jul  9 08:00:01 2025    ',
  '  610     1   610     0   5120 Ss   Wed Jul  9 08:02:10 2025    ',
  '  611   610   611   501   4096 Ss   Wed Jul  9 08:02:11 2025    ',
  ' 4300   611  4300   501  61440 S+   Wed Jul  9 10:11:12 2025    ',
  ' 4301  4300  4300   501 104448 R+   Wed Jul  9 10:11:13 2025    ',
  ' 4302  4301  4302   501   2048 T    Wed Jul  9 10:11:14 2025    ',
  ' 4400     1  4400   501   9216 Ss   Wed Jul  9 10:12:00 2025    ',
  ' 4401  4400  4400   501   1024 U    Wed Jul  9 10:12:01 2025    ',
  ' 4500     1  4499   501   1024 S    Wed Jul  9 10:12:02 2025    ',
  '  222     1   222    -2   3072 Ss   Thu Jul 10 00:00:00 2025    ',
  ' 4303  4301  4300   501      0 Z+   Thu Jan  1 00:00:00 1970    ',
].join('\n');

const row = (pid: number, text = TABLE) => parsePsTable(text).find(process => process.pid === pid);

describe('parsePsTable', () => {
  test('reads every column of a line', () => {
    expect(row(4301)).toEqual({
      pid: 4301,
      ppid: 4300,
      group: 4300,
      session: 611,
      uid: 501,
      state: 'R',
      threads: 1,
      start: String(Date.UTC(2025, 6, 9, 10, 11, 13) / 1000),
      rssBytes: 104448 * 1024,
    });
  });

  test.each([
    [4400, 4400, 'a leader is its own session'],
    [4300, 611, 'a group leader is in the session of its parent'],
    [4302, 611, 'a job of its own group is in the session of the shell above it'],
    [4401, 4400, 'the child of a daemon is in the session of the daemon'],
    [4500, 4499, 'where the leader has gone, its group names the session'],
  ])('finds the session of %i in %i: %s', (pid, session) => {
    expect(row(pid)?.session).toBe(session);
  });

  test('reads the state as one letter and keeps negative owners', () => {
    expect(parsePsTable(TABLE).map(process => process.state)).toEqual([...'SSSSRTSUSSZ']);
    expect(row(222)?.uid).toBe(-2);
  });

  test.each([
    ['1970, which a zombie may show', ' 9 1 9 501 0 Z Thu Jan  1 00:00:00 1970'],
    ['no date at all', ' 9 1 9 501 0 Z'],
    ['a date in another language', ' 9 1 9 501 0 S  mer  9 jul 10:11:12 2025'],
  ])('leaves the start unknown for %s', (_case, line) => {
    expect(row(9, line)).toMatchObject({ pid: 9, start: '0' });
  });

  test('leaves out what is no process line', () => {
    const noise = [
      '',
      'ps: illegal option',
      '  PID  PPID',
      ' 7 1 7',
      ' x 1 7 501 12 S',
      '-5 1 7 501 12 S',
      '\u0000',
    ];
    expect(parsePsTable(noise.join('\n'))).toEqual([]);
  });

  test('ends on parents that form a circle', () => {
    const circle = ' 20 21 20 501 1 S\n 21 20 21 501 1 S';
    expect(parsePsTable(circle).map(process => process.session)).toEqual([20, 21]);
  });
});

describe('parsePsDate', () => {
  test.each([
    ['Wed Jul  9 10:11:12 2025', '1752055872'],
    ['Thu Feb 29 23:59:59 2024', '1709251199'],
    ['Thu Foo 29 23:59:59 2024', '0'],
    ['29 Feb 2024', '0'],
    ['', '0'],
  ])('reads %j as %s', (text, seconds) => {
    expect(parsePsDate(text)).toBe(seconds);
  });
});
