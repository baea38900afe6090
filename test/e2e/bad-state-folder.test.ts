// State folders in which there is no safe lock: each is refused with exit 125, by name, and nothing runs.
// And odd ones that are safe: they work.

import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, hold, letGo, ticketCount, tickets } from '../helpers/gate.ts';
import { Mount, noMounts } from '../helpers/mounts.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';
import { vanish } from '../helpers/vanish.ts';

const isRoot = process.getuid?.() === 0;

/** Name, how to make it so, and what seqx says. */
const REFUSED: [string, (scratch: Scratch) => string | undefined, RegExp][] = [
  [
    'a file',
    s => put(join(s.root, 'file')),
    /^seqx: the state folder \S+ is not a folder; nothing was run$/m,
  ],
  ['a symlink', link, /^seqx: the state folder \S+ is a symlink; nothing was run$/m],
  ['below a file', s => join(put(join(s.root, 'file')), 'state'), /cannot use the state folder .*ENOTDIR/],
  ['nowhere it can be made', () => '/proc/self/seqx', /cannot use the state folder .*ENOENT/],
  ['writable by everybody', s => mode(s.state, 0o777), /may be written by others \(mode 777\)/],
  ['writable by its group', s => mode(s.state, 0o770), /may be written by others \(mode 770\)/],
  ['in an open folder', s => join(openFolder(s), 'state'), /lies in \S+, where others may replace it/],
  ['of another user', foreign, /belongs to user \d+, not to \d+; nothing was run/],
  ['a relative path', () => 'state', /SEQX_STATE_DIR is "state"; it takes an absolute path/],
];

test.each(REFUSED)('refuses a state folder that is %s', async (_name, make, message) => {
  await using scratch = new Scratch();
  const state = make(scratch) ?? scratch.state;
  const { code, stdout, stderr } = await ask(scratch, ['sh', '-c', 'echo ran > witness'], {
    env: { SEQX_STATE_DIR: state },
  });
  expect([code, stdout]).toEqual([125, '']);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^ {2}try: \S/m);
  expect(existsSync(join(scratch.project, 'witness'))).toBe(false);
});

test.skipIf(noMounts && isRoot)('refuses a state folder that cannot be written', async () => {
  await using scratch = new Scratch();
  using _readOnly = isRoot
    ? new Mount(scratch.state, ['-t', 'tmpfs', '-o', 'ro,mode=700', 'none'])
    : undefined;
  if (!isRoot) chmodSync(scratch.state, 0o500);
  const { code, stderr } = await ask(scratch, ['sh', '-c', 'echo ran > witness']);
  expect([code, stderr]).toEqual([125, expect.stringMatching(/cannot use the state folder .*E(ROFS|ACCES)/)]);
  expect(existsSync(join(scratch.project, 'witness'))).toBe(false);
});

const remote = readFileSync('/proc/mounts', 'utf8')
  .split('\n')
  .map(line => line.split(' '))
  .find(([, path = '', type = '']) => /^(9p|nfs|cifs|smb|fuse\.)/.test(type) && isOurs(path))?.[1];
if (remote === undefined) process.stderr.write('skipped: no 9p, NFS, CIFS or FUSE mount of ours here\n');

test.skipIf(remote === undefined)(
  'refuses a state folder on a network or user-space file system',
  async () => {
    await using scratch = new Scratch();
    const { code, stderr } = await ask(scratch, ['true'], { env: { SEQX_STATE_DIR: remote ?? '' } });
    expect([code, stderr]).toEqual([
      125,
      expect.stringMatching(/lies on \S+, where the lock would not be safe/),
    ]);
  },
);

test('makes a missing state folder, with its parents, for nobody else', async () => {
  await using scratch = new Scratch();
  const state = join(scratch.root, 'not', 'yet', 'there');
  const { code, stderr } = await ask(scratch, ['true'], { env: { SEQX_STATE_DIR: state } });
  expect([code, stderr]).toEqual([0, '']);
  expect(statSync(state).mode & 0o777).toBe(0o700);
});

test('keeps order and exclusion by polling where the path is too long for a socket', async () => {
  await using scratch = new Scratch();
  const state = join(scratch.root, 'l'.repeat(120));
  const env = { SEQX_STATE_DIR: state };
  const holder = await hold(scratch, [], { env });
  const waiters = [];
  for (const name of ['first', 'second', 'third']) {
    waiters.push(scratch.seqx(['sh', '-c', `echo ${name} >> order`], { env }));
    await until('it has its ticket', () => tickets(state).length === 1 + waiters.length);
  }
  expect(existsSync(join(scratch.project, 'order'))).toBe(false);
  await letGo(holder);
  for (const waiter of waiters) expect((await waiter.ended).code).toBe(0);
  expect(readFileSync(join(scratch.project, 'order'), 'utf8')).toBe('first\nsecond\nthird\n');
  expect(tickets(state)).toEqual([]);
});

test('cancels and ends runs also where the path is too long for a socket', async () => {
  await using scratch = new Scratch();
  const env = { SEQX_STATE_DIR: join(scratch.root, 'l'.repeat(120)) };
  const holder = await hold(scratch, [], { env });
  const { code, stderr } = await ask(scratch, ['kill-all', '--yes'], { env });
  expect([code, stderr]).toEqual([0, expect.stringContaining('seqx: ended 1 process')]);
  expect((await holder.ended).signal).toBe('SIGTERM');
});

test('a deleted state folder ends the run loudly, exit 75', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  vanish(scratch, scratch.state);
  const { code, stderr } = await holder.ended;
  expect(code).toBe(75);
  expect(stderr).toMatch(
    /^seqx: LOST THE LOCK of web: its entry in the state folder was removed; ending "sh/m,
  );
  expect(stderr).toMatch(/^seqx: "sh .*" was ended after .* \(exit 75\)$/m);
  await scratch.settle();
});

test('a deleted state folder is made anew by a waiter, who runs when the holder has ended', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const waiter = scratch.seqx(['sh', '-c', `kill -0 ${holder.pid} 2>/dev/null && echo beside || echo after`]);
  await ticketCount(scratch, 2);
  vanish(scratch, scratch.state);
  expect((await holder.ended).code).toBe(75);
  expect(await waiter.ended).toMatchObject({ code: 0, stdout: 'after\n' });
  await scratch.settle();
});

test.each([['status'], ['cancel', '00000000'], ['kill-all', '--yes']])(
  'seqx %s trusts an unsafe state folder no more than a run does',
  async (...words) => {
    await using scratch = new Scratch();
    chmodSync(scratch.state, 0o777);
    const { code, stderr } = await scratch.seqx(words).ended;
    expect([code, stderr]).toEqual([125, expect.stringContaining('may be written by others')]);
  },
);

test('kill-all with an empty --lock is an error, not an end of this project', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const { code, stderr } = await scratch.seqx(['kill-all', '--yes', '--lock', '']).ended;
  expect([code, stderr]).toEqual([125, expect.stringContaining('--lock is ""')]);
  expect(holder.isOver).toBe(false);
});

function link(scratch: Scratch): string {
  const path = join(scratch.root, 'link');
  symlinkSync(scratch.state, path);
  return path;
}

function put(path: string): string {
  appendFileSync(path, '');
  return path;
}

function mode(path: string, bits: number): string {
  chmodSync(path, bits);
  return path;
}

function openFolder(scratch: Scratch): string {
  const path = join(scratch.root, 'open');
  mkdirSync(join(path, 'state'), { recursive: true, mode: 0o700 });
  return mode(path, 0o777);
}

/** Root gives a folder away; everybody else has plenty that are root's. */
function foreign(scratch: Scratch): string {
  if (!isRoot) return '/usr';
  chownSync(scratch.state, 12_345, 12_345);
  return scratch.state;
}

function isOurs(path: string): boolean {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts?.uid === process.getuid?.() && (facts?.mode ?? 0o777 & 0o022) === 0;
}
