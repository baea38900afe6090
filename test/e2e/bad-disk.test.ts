// Full disks and read-only work trees. The promise: either the run has the lock, or nothing runs.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { expect, test } from 'vitest';
import { ask, entryPaths, hold, letGo } from '../helpers/gate.ts';
import { Mount, noMounts } from '../helpers/mounts.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

/** The command: leaves word of what is in the slot while it runs. */
const WITNESS = ['sh', '-c', 'ls "$SEQX_STATE_DIR"/*/slots/0 > witness'];

/** Inodes of the folder itself, gate, q, s, slots, socket, ticket, slot, entry. */
const INODES_OF_A_RUN = 9;

test.skipIf(noMounts)('runs with the lock or not at all, however few inodes the disk has left', async () => {
  const codes: (number | null)[] = [];
  for (let inodes = 2; inodes <= INODES_OF_A_RUN + 1; inodes++) {
    await using scratch = new Scratch();
    const options = `size=64k,mode=700,nr_inodes=${inodes}`;
    using _tiny = new Mount(scratch.state, ['-t', 'tmpfs', '-o', options, 'none']);
    const { code, stderr } = await ask(scratch, WITNESS);
    codes.push(code);
    const witness = join(scratch.project, 'witness');
    if (code === 0) {
      expect(readFileSync(witness, 'utf8').trim().split('\n'), `with ${inodes} inodes`).toHaveLength(1);
    } else {
      expect([code, stderr]).toEqual([
        125,
        expect.stringMatching(/^seqx: cannot use the state folder .*ENOSPC.*\n {2}try: /m),
      ]);
      expect(existsSync(witness)).toBe(false);
    }
    expect(entryPaths(scratch.state)).toEqual([]);
  }
  expect(codes[0]).toBe(125);
  expect(codes.at(-1)).toBe(0);
});

test.skipIf(noMounts)('keeps the lock on a disk without a free block: its entry needs none', async () => {
  await using scratch = new Scratch();
  using full = new Mount(scratch.state, ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'none']);
  expect(() => writeFileSync(join(full.path, 'ballast'), Buffer.alloc(100_000))).toThrow('ENOSPC');
  const holder = await hold(scratch);
  expect(holder.stderr).toMatch(/^seqx: the queue cannot be used \(ENOSPC/m);
  const entry = entryPaths(scratch.state);
  expect(entry).toHaveLength(1);
  expect((await ask(scratch, ['--no-wait', 'true'])).code).toBe(75);
  const waiter = scratch.seqx(WITNESS);
  await waiter.says(/position 1 of 1|the queue cannot be used/, 'stderr');
  expect(existsSync(join(scratch.project, 'witness'))).toBe(false);
  expect((await letGo(holder)).code).toBe(0);
  expect((await waiter.ended).code).toBe(0);
  await until('the slot is free', () => entryPaths(scratch.state).length === 0);
});

test.skipIf(noMounts)('runs in a read-only work tree', async () => {
  await using scratch = new Scratch();
  using _bound = new Mount(scratch.project, ['--bind', scratch.project]);
  execaSync('mount', ['-o', 'remount,ro,bind', scratch.project]);
  const { code, stdout, stderr } = await ask(scratch, [
    'sh',
    '-c',
    'touch here 2>/dev/null || echo read-only',
  ]);
  expect([code, stdout, stderr]).toEqual([0, 'read-only\n', '']);
  await scratch.settle();
});

test.skipIf(noMounts)('a full disk for the journal fails no run', async () => {
  await using scratch = new Scratch();
  using full = new Mount(join(scratch.root, 'journal'), ['-t', 'tmpfs', '-o', 'nr_inodes=1', 'none']);
  expect(() => mkdirSync(join(full.path, 'folder'))).toThrow('ENOSPC');
  const { code, stderr } = await ask(scratch, ['--verbose', 'true']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('could not write the journal: ENOSPC')]);
});
