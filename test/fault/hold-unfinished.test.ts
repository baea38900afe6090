// `seqx hold` between the slot and its watchdog, where it waits for git: whatever becomes of it there, its owner has
// not got the gate, so nobody is ended for it and nobody waits for it.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, entryPaths, isWell, watchdogPid } from '../helpers/gate.ts';
import { gateFolder, journalOf } from '../helpers/held-gate.ts';
import { Puppet } from '../helpers/puppet.ts';
import { repository } from '../helpers/repository.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';

const EXPIRES = { timeout: 15_000 };

interface Waiting {
  readonly owner: Started;
  readonly hold: Started;
  /** Lets git end. */
  endGit(): Promise<void>;
}

/** A hold that has the slot and waits for a git that holds index.lock. */
async function waitingForGit(scratch: Scratch): Promise<Waiting> {
  const folder = await repository(scratch);
  const lock = join(folder, '.git/index.lock');
  const words = ['-c', `exec 3>${lock}; echo up; exec -a git cat`];
  const git = scratch.start('bash', words, { stdin: 'open' });
  await git.says('up');
  const owner = scratch.start('cat', [], { stdin: 'open' });
  const hold = scratch.seqx(['hold', '--pid', String(owner.pid)]);
  await hold.says(/git/, 'stderr');
  expect(entryPaths(scratch.state)).toHaveLength(1);
  return {
    owner,
    hold,
    endGit: async () => {
      git.child.stdin?.end();
      await git.ended;
      rmSync(lock);
    },
  };
}

/** `orphan` is the entry that it leaves. */
async function killedWhileWaiting(scratch: Scratch) {
  const { owner, hold, endGit } = await waitingForGit(scratch);
  const [orphan] = entryPaths(scratch.state);
  hold.kill('SIGKILL');
  await hold.exited;
  await endGit();
  return { owner, hold, orphan };
}

async function endOwner(owner: Started, scratch: Scratch): Promise<void> {
  expect(isWell(owner.pid)).toBe(true);
  owner.child.stdin?.end();
  expect(await owner.ended).toMatchObject({ code: 0 });
  await scratch.settle();
}

test('a hold that is released while it waits for git says so, and its owner lives', EXPIRES, async () => {
  await using scratch = new Scratch();
  const { owner, hold, endGit } = await waitingForGit(scratch);
  const [token] = entryPaths(scratch.state).map(path => path.split('/').slice(-4));
  const release = await ask(scratch, ['release', `${token?.[0]}:${token?.[3]}`]);
  expect(release).toMatchObject({ code: 0 });
  await endGit();
  expect(await hold.ended).toMatchObject({ code: 75, stdout: '' });
  expect(await journalOf(scratch)).toMatchObject([{ outcome: 'cancelled' }]);
  await endOwner(owner, scratch);
});

test(
  'a hold that is killed while it waits for git holds nobody up, and nobody is ended for it',
  EXPIRES,
  async () => {
    await using scratch = new Scratch();
    const { owner, hold } = await killedWhileWaiting(scratch);
    const next = await ask(scratch, ['--wait', '2s', 'echo', 'x']);
    expect(next).toMatchObject({ code: 0, stdout: 'x\n' });
    expect(next.stderr).toContain(`pid ${hold.pid} is gone`);
    await endOwner(owner, scratch);
  },
);

test('a hold that is killed while it waits for git is in the way of none of its owner', EXPIRES, async () => {
  await using scratch = new Scratch();
  const { owner, orphan } = await killedWhileWaiting(scratch);
  const again = await ask(scratch, ['hold', '--pid', String(owner.pid)], { env: { SEQX_WAIT: '2s' } });
  expect(again.code).toBe(0);
  expect(await watchdogPid(scratch)).toBeGreaterThan(0);
  expect(entryPaths(scratch.state)).not.toContain(orphan);
  await endOwner(owner, scratch);
});

test(
  'kill-all clears what a hold has left that was killed while it waited for git, and ends nobody',
  EXPIRES,
  async () => {
    await using scratch = new Scratch();
    const { owner } = await killedWhileWaiting(scratch);
    expect(await ask(scratch, ['kill-all', '--yes'])).toMatchObject({ code: 0 });
    expect(entryPaths(scratch.state)).toEqual([]);
    await endOwner(owner, scratch);
  },
);

test(
  'an entry without a word, of a hold killed right after it took the slot, ends nobody',
  EXPIRES,
  async () => {
    await using scratch = new Scratch();
    const owner = scratch.start('cat', [], { stdin: 'open' });
    const point = { when: 'before', call: 'overwrite', path: '^slots/0/' } as const;
    const hold = await Puppet.parkedAt(scratch, point, { owner: owner.pid });
    await hold.murder();
    const next = await ask(scratch, ['--stuck-timeout', '3s', 'echo', 'x']);
    expect(next).toMatchObject({ code: 0, stdout: 'x\n' });
    await endOwner(owner, scratch);
  },
);

/** Loaded into a hold, takes its entry away in the moment in which it starts its watchdog. */
const LOSE_SLOT = `
  const { rmSync } = require('node:fs');
  const processes = require('node:child_process');
  const { spawn } = processes;
  processes.spawn = (file, words, options) => {
    if (words.includes('__watchdog')) rmSync(process.env.LOSES, { recursive: true });
    return spawn(file, words, options);
  };
`;

test(
  'a hold that is released while its watchdog starts has never been, and its owner lives',
  EXPIRES,
  async () => {
    await using scratch = new Scratch();
    await ask(scratch, ['true']);
    const script = join(scratch.root, 'lose-slot.cjs');
    writeFileSync(script, LOSE_SLOT);
    const owner = scratch.start('cat', [], { stdin: 'open' });
    const env = { NODE_OPTIONS: `--require=${script}`, LOSES: join(await gateFolder(scratch), 'slots/0') };
    const hold = await ask(scratch, ['hold', '--pid', String(owner.pid)], { env });
    expect(hold).toMatchObject({ code: 75, stdout: '' });
    expect((await journalOf(scratch)).at(-1)).toMatchObject({ outcome: 'cancelled' });
    await endOwner(owner, scratch);
  },
);
