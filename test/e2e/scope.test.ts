// Who shares a lock: `--scope repo`, `worktree` and `user`, and `--lock NAME`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, hold, letGo } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';

interface Caller {
  readonly in: 'web' | 'web/sub' | 'tree' | 'web/module' | 'other' | 'plain/deep';
  readonly flags?: readonly string[];
}

/** Holder, contender, and whether they share one lock. */
const TABLE: [Caller, Caller, 'share' | 'do not share'][] = [
  [{ in: 'web' }, { in: 'web' }, 'share'],
  [{ in: 'web' }, { in: 'web/sub' }, 'share'],
  [{ in: 'web' }, { in: 'tree' }, 'share'],
  [{ in: 'web' }, { in: 'web/module' }, 'do not share'],
  [{ in: 'web' }, { in: 'other' }, 'do not share'],
  [{ in: 'other' }, { in: 'plain/deep' }, 'do not share'],
  [scope('worktree', 'web'), scope('worktree', 'tree'), 'do not share'],
  [scope('worktree', 'web'), scope('worktree', 'web/sub'), 'share'],
  [scope('worktree', 'web'), { in: 'web' }, 'do not share'],
  [scope('user', 'web'), scope('user', 'other'), 'share'],
  [scope('user', 'web'), { in: 'web' }, 'do not share'],
  [lock('gpu', 'web'), lock('gpu', 'other'), 'share'],
  [lock('gpu', 'web'), lock('cpu', 'web'), 'do not share'],
  [lock('gpu', 'web'), { in: 'web' }, 'do not share'],
  [lock('gpu', 'web'), { in: 'other', flags: ['--scope', 'user', '--lock=gpu'] }, 'share'],
];

const scratch = new Scratch();
beforeAll(() => landscape(scratch));
afterAll(() => scratch[Symbol.asyncDispose]());

test.each(TABLE)('%o and %o %s a lock', async (holder, contender, verdict) => {
  const call = (caller: Caller) => ({ cwd: join(scratch.root, caller.in) });
  const held = await hold(scratch, holder.flags ?? [], call(holder));
  const { code } = await ask(scratch, [...(contender.flags ?? []), '--no-wait', 'true'], call(contender));
  expect(code).toBe(verdict === 'share' ? 75 : 0);
  await letGo(held);
  await scratch.settle();
});

function scope(name: string, place: Caller['in']): Caller {
  return { in: place, flags: ['--scope', name] };
}

function lock(name: string, place: Caller['in']): Caller {
  return { in: place, flags: ['--lock', name] };
}

/** A repository with a worktree and a submodule, another project, and a folder of its own with a marker. */
async function landscape(scratch: Scratch): Promise<void> {
  const { root } = scratch;
  for (const folder of ['web/sub', 'other', 'plain/deep', 'origin']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(root, 'plain', 'Makefile'), '');
  for (const folder of ['web', 'origin']) {
    await scratch.git('-C', join(root, folder), 'init', '--quiet');
    await scratch.git('-C', join(root, folder), 'commit', '--quiet', '--allow-empty', '-m', 'begin');
  }
  await scratch.git('worktree', 'add', '--quiet', join(root, 'tree'));
  await scratch.git(
    '-c',
    'protocol.file.allow=always',
    'submodule',
    'add',
    '--quiet',
    join(root, 'origin'),
    'module',
  );
}
