// A CI step that never ran its command is never green, whatever the reason and however the step is written.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacks } from '../helpers/capability.ts';
import { ask, hold, letGo, ticketCount } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import type { Started } from '../helpers/started.ts';

const lacksBash = lacks('bash');

interface Obstacle {
  readonly why: string;
  /** The gate is held by somebody else. */
  readonly isBusy?: boolean;
  readonly env?: Record<string, string>;
  readonly prepare?: (scratch: Scratch) => void;
  /** Happens to the seqx that waits. */
  readonly happens?: (scratch: Scratch, waiter: { ticket: string; pid: number }) => unknown;
  readonly code: number;
}

const BUSY = { isBusy: true, env: { SEQX_WAIT: '0' } };
const OBSTACLES: readonly Obstacle[] = [
  { why: 'the gate is busy and nobody wants to wait', ...BUSY, code: 75 },
  { why: '--wait has passed', isBusy: true, env: { SEQX_WAIT: '300ms' }, code: 75 },
  {
    why: 'the gate is busy and its exit code is 0',
    isBusy: true,
    env: { SEQX_WAIT: '0', SEQX_CONFLICT_EXIT_CODE: '0', CI: 'true' },
    code: 125,
  },
  {
    why: 'somebody cancelled it in the queue',
    isBusy: true,
    happens: (scratch, { ticket }) => ask(scratch, ['cancel', ticket]),
    code: 75,
  },
  {
    why: 'the waiting seqx is killed',
    isBusy: true,
    happens: (_scratch, { pid }) => process.kill(pid, 'SIGKILL'),
    code: 137,
  },
  {
    why: 'the waiting seqx is told to end',
    isBusy: true,
    happens: (_scratch, { pid }) => process.kill(pid, 'SIGTERM'),
    code: 143,
  },
  {
    why: 'the configuration cannot be parsed',
    prepare: ({ project }) => writeFileSync(join(project, 'seqx.toml'), '= broken\n'),
    code: 125,
  },
  {
    why: 'the configuration cannot be read',
    prepare: ({ project }) => mkdirSync(join(project, 'seqx.toml')),
    code: 125,
  },
  { why: 'a setting is malformed', env: { SEQX_WAIT: 'five minutes' }, code: 125 },
  { why: 'the state folder cannot be used', env: { SEQX_STATE_DIR: '/proc/nowhere' }, code: 125 },
  {
    why: 'git stays busy',
    env: { SEQX_GIT_BUSY: 'fail', SEQX_GIT_WAIT: '200ms' },
    prepare: ({ project }) => {
      const git = join(project, '.git');
      for (const name of ['objects', 'refs']) mkdirSync(join(git, name), { recursive: true });
      writeFileSync(join(git, 'HEAD'), 'ref: refs/heads/main\n');
      writeFileSync(join(git, 'index.lock'), '');
    },
    code: 75,
  },
];

/** How people write steps; the runner calls `bash -eo pipefail {0}`. `$command` is what must not be skipped. */
const STEPS: readonly { readonly how: string; readonly words: string[]; readonly script: string }[] = [
  { how: 'seqx in a script', words: ['bash', '-eo', 'pipefail'], script: 'seqx $command\necho over\n' },
  { how: 'a pipeline', words: ['bash', '-eo', 'pipefail'], script: 'seqx $command | cat\necho over\n' },
  {
    how: 'shell: seqx -- bash',
    words: ['seqx', '--', 'bash', '-eo', 'pipefail'],
    script: '$command\necho over\n',
  },
];

function startStep(
  scratch: Scratch,
  { words: [file = '', ...words], script }: (typeof STEPS)[number],
  command: string,
  env: Record<string, string> = {},
): Started {
  const path = join(scratch.root, 'step.sh');
  writeFileSync(path, script.replace('$command', command));
  return scratch.start('env', [file, ...words, path], { env: { ...seqxOnPath(scratch), ...env } });
}

async function onlyWaiter(scratch: Scratch): Promise<{ ticket: string; pid: number }> {
  await ticketCount(scratch, 2);
  return JSON.parse((await ask(scratch, ['status', '--json'])).stdout).queue[0];
}

describe.skipIf(lacksBash).each(STEPS)('$how', step => {
  test.each(OBSTACLES)('fails when $why', async ({ isBusy, env, prepare, happens, code }) => {
    await using scratch = new Scratch();
    const holder = isBusy ? await hold(scratch) : undefined;
    prepare?.(scratch);
    const run = startStep(scratch, step, 'touch ran', env);
    await happens?.(scratch, await onlyWaiter(scratch));
    const { code: actual, signal, stdout } = await run.ended;
    // Where seqx is the step itself it dies of its signal, which a runner sees as 128+n.
    const byNumber = actual ?? (signal === 'SIGKILL' ? 137 : 143);
    expect([byNumber, stdout, existsSync(join(scratch.project, 'ran'))]).toEqual([code, '', false]);
    if (holder) await letGo(holder);
  });

  test('fails when the command is not there', async () => {
    await using scratch = new Scratch();
    expect(await startStep(scratch, step, 'no-such-command').ended).toMatchObject({ code: 127, stdout: '' });
  });

  test('fails as its command fails', async () => {
    await using scratch = new Scratch();
    expect(await startStep(scratch, step, 'git no-such').ended).toMatchObject({ code: 1, stdout: '' });
  });

  test('is green when all is well', async () => {
    await using scratch = new Scratch();
    expect(await startStep(scratch, step, 'touch ran', { CI: 'true' }).ended).toMatchObject({
      code: 0,
      stdout: 'over\n',
    });
    expect(existsSync(join(scratch.project, 'ran'))).toBe(true);
    await scratch.settle();
  });
});

test.skipIf(lacksBash)('a shell that is not there fails its step', async () => {
  await using scratch = new Scratch();
  const step = { how: '', words: ['seqx', '--', 'no-such-shell', '-e'], script: 'touch ran\n' };
  expect(await startStep(scratch, step, '').ended).toMatchObject({ code: 127, stdout: '' });
});

test.each([
  [['-E', '0'], { CI: 'true' }, '--conflict-exit-code is 0'],
  [['--conflict-exit-code=0'], { CI: '1' }, '--conflict-exit-code is 0'],
  [[], { GITHUB_ACTIONS: 'true', SEQX_CONFLICT_EXIT_CODE: '0' }, 'SEQX_CONFLICT_EXIT_CODE is 0'],
  [[], { GITLAB_CI: 'true', SEQX_CONFLICT_EXIT_CODE: '0' }, 'SEQX_CONFLICT_EXIT_CODE is 0'],
])('%j under %j is refused before anything runs', async (flags, env, said) => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await ask(scratch, [...flags, 'echo', 'ran'], { env });
  expect([code, stdout]).toEqual([125, '']);
  expect(stderr).toContain(`seqx: ${said}, and this is CI`);
});

test('an exit code of 0 from a file is refused in CI, and taken elsewhere', async () => {
  await using scratch = new Scratch();
  const path = join(scratch.project, 'seqx.toml');
  writeFileSync(path, 'conflict-exit-code = 0\n');
  const inCi = await ask(scratch, ['echo', 'ran'], { env: { CI: 'true' } });
  expect([inCi.code, inCi.stderr]).toEqual([
    125,
    expect.stringContaining(`conflict-exit-code in ${path} is 0`),
  ]);
  expect(await ask(scratch, ['echo', 'ran'], { env: { CI: 'false' } })).toMatchObject({
    code: 0,
    stdout: 'ran\n',
  });
});
