// What does not hold a command up: git elsewhere, git that only reads, programs that are no git, the git whose
// hook we are, and lock files that nobody holds.

import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hold, release, untilTickets } from '../helpers/holder.ts';
import { busyGit, repository } from '../helpers/repository.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { until } from '../helpers/until.ts';

/** Waits longer than the test may last: whoever is held up for no reason fails it. */
const FOR_EVER = ['--git-wait', '10m'];
const AT_ONCE = { code: 0, signal: null, stdout: 'ran\n', stderr: '' };

/** A lock file as a git that was killed an hour ago leaves it. */
function leaveLock(gitDir: string): string {
  const path = join(gitDir, 'index.lock');
  writeFileSync(path, '');
  const then = new Date(Date.now() - 3_600_000);
  utimesSync(path, then, then);
  return path;
}

test('a git at work in another repository', async () => {
  await using scratch = new Scratch();
  await repository(scratch);
  const busy = await busyGit(scratch, await repository(scratch, 'other'));
  expect(await scratch.seqx([...FOR_EVER, 'echo', 'ran']).ended).toEqual(AT_ONCE);
  await busy.letGo();
});

test.each([
  ['a git that only reads', 'cat-file', ['git', 'cat-file', '--batch']],
  ['a program with git commit among its words', 'git', ['sh', '-c', 'cat; :', 'git', 'commit']],
  ['a program whose name ends in git', './legit', ['bash', '-c', 'exec -a ./legit sh -c "cat; :" commit']],
])('%s', async (_what, word, [file = '', ...words]) => {
  await using scratch = new Scratch();
  await repository(scratch);
  const other = scratch.start(file, words, { stdin: 'open' });
  const isOther = ({ pid, words: all }: { pid: number; words: string[] }) =>
    pid === other.pid && all.includes(word);
  await until('it runs', () => scratch.processes().some(isOther));
  expect(await scratch.seqx([...FOR_EVER, 'echo', 'ran']).ended).toEqual(AT_ONCE);
  other.child.stdin?.end();
  await other.ended;
  await scratch.settle();
});

test.each([
  ['a hook', ''],
  ['a hook that hides GIT_INDEX_FILE', 'env -u GIT_INDEX_FILE -u GIT_DIR '],
])('the git commit -a whose pre-commit hook calls seqx: %s', async (_what, prefix) => {
  await using scratch = new Scratch();
  const folder = await repository(scratch);
  const script = `#!/bin/sh\nls .git/index.lock && exec ${prefix}seqx --git-wait 10m echo linted\n`;
  writeFileSync(join(folder, '.git', 'hooks', 'pre-commit'), script, { mode: 0o755 });
  writeFileSync(join(folder, 'file'), 'changed\n');
  const { code, stderr } = await scratch.start('git', ['commit', '-qam', 'x'], { env: seqxOnPath(scratch) })
    .ended;
  // git sends what its hooks print to stderr.
  expect({ code, stderr }).toEqual({ code: 0, stderr: '.git/index.lock\nlinted\n' });
  await scratch.settle();
});

test('a git at work, by a call that carries GIT_INDEX_FILE as hooks do', async () => {
  await using scratch = new Scratch();
  const folder = await repository(scratch);
  const busy = await busyGit(scratch, folder);
  const env = { GIT_INDEX_FILE: join(folder, '.git', 'index.lock') };
  expect(await scratch.seqx([...FOR_EVER, 'echo', 'ran'], { env }).ended).toEqual(AT_ONCE);
  await busy.letGo();
  await scratch.settle();
});

test('a stale index.lock, which is reported with its age and left alone', async () => {
  await using scratch = new Scratch();
  const path = leaveLock(join(await repository(scratch), '.git'));
  const { code, stdout, stderr } = await scratch.seqx([...FOR_EVER, 'echo', 'ran']).ended;
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'ran\n' });
  expect(stderr).toContain(`${path} is 1h`);
  expect(stderr).toContain(`no git process holds it; continuing (remove it with: rm '${path}')`);
  expect(statSync(path).size).toBe(0);
  await scratch.settle();
});

test.each([
  { name: 'a command runs at once', commit: ['commit', '-qam', 'x'], command: ['echo', 'ran'], code: 0 },
  {
    name: 'git is refused at once, its lock is taken',
    commit: ['commit', '-qam', 'x'],
    command: ['git', 'add', '.'],
    code: 75,
  },
  {
    name: 'git runs at once where there is no lock',
    commit: ['commit', '-qm', 'x'],
    command: ['git', 'add', '.'],
    code: 0,
  },
])('a git whose hook waits behind us: $name', async ({ commit, command, code }) => {
  await using scratch = new Scratch();
  const folder = await repository(scratch);
  const script = '#!/bin/sh\nexec seqx --git-wait 10m echo linted\n';
  writeFileSync(join(folder, '.git', 'hooks', 'pre-commit'), script, { mode: 0o755 });
  writeFileSync(join(folder, 'file'), 'changed\n');
  await scratch.git('add', 'file');
  const holder = await hold(scratch);
  const ahead = scratch.seqx([...FOR_EVER, ...command]);
  await untilTickets(scratch, 2);
  const behind = scratch.start('git', commit, { env: seqxOnPath(scratch) });
  await untilTickets(scratch, 3);
  await release(holder);
  expect(await ahead.ended).toMatchObject({ code });
  expect(await behind.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('linted') });
  await scratch.settle();
});
