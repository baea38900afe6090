// `seqx completion`: the scripts load in their shells, and complete our words and then the command's.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LONG_FLAGS, SUBCOMMANDS } from '../../src/cli/words.ts';
import { lacks } from '../helpers/capability.ts';
import { ask } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';

const FLAGS = LONG_FLAGS.filter(flag => flag !== 'command');

/** What bash would offer for these words, the last of them being typed. */
async function complete(scratch: Scratch, ...words: string[]): Promise<string[]> {
  writeFileSync(join(scratch.root, 'seqx.bash'), (await ask(scratch, ['completion', 'bash'])).stdout);
  const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _seqx; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const run = scratch.start('bash', ['-c', script, join(scratch.root, 'seqx.bash'), 'seqx', ...words]);
  const { stdout, stderr } = await run.ended;
  expect(stderr).toBe('');
  return stdout.split('\n').filter(word => word !== '');
}

test.skipIf(lacks('bash')).each([
  { words: ['--wa'], offers: ['--wait'] },
  { words: ['--'], offers: FLAGS.map(flag => `--${flag}`) },
  { words: ['--wait', '5s', '--memory'], offers: ['--memory-limit'] },
  { words: ['--quiet', '--time'], offers: ['--timeout'] },
])('bash completes $words', async ({ words, offers }) => {
  await using scratch = new Scratch();
  expect((await complete(scratch, ...words)).sort()).toEqual([...offers].sort());
});

test.skipIf(lacks('bash'))(
  'bash offers subcommands and programs first, and files after the command',
  async () => {
    await using scratch = new Scratch();
    expect(await complete(scratch, 'stat')).toEqual(expect.arrayContaining(['status']));
    expect(await complete(scratch, '--wait', '5s', 'kill-a')).toContain('kill-all');
    expect(await complete(scratch, 'mkdi')).toContain('mkdir');
    writeFileSync(join(scratch.project, 'some-file'), '');
    expect(await complete(scratch, 'cat', 'some-')).toEqual(['some-file']);
    expect(await complete(scratch, '--', 'cat', 'some-')).toEqual(['some-file']);
  },
);

test.skipIf(lacks('bash'))('eval in bash registers the completion', async () => {
  await using scratch = new Scratch();
  const { stdout: script } = await ask(scratch, ['completion', 'bash']);
  const run = scratch.start('bash', ['-c', 'eval "$1" && complete -p seqx', 'bash', script]);
  expect(await run.ended).toMatchObject({ code: 0, stdout: 'complete -F _seqx seqx\n', stderr: '' });
});

test.each(['zsh', 'fish'])('the script for %s names every flag and subcommand', async shell => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await ask(scratch, ['completion', shell]);
  expect([code, stderr]).toEqual([0, '']);
  for (const name of SUBCOMMANDS) expect(stdout).toContain(name);
  for (const flag of FLAGS)
    expect(stdout).toMatch(new RegExp(shell === 'zsh' ? `--${flag}\\b` : `-l ${flag}\\b`));
});

test.skipIf(lacks('zsh'))('the script for zsh is sound', async () => {
  await using scratch = new Scratch();
  const { stdout } = await ask(scratch, ['completion', 'zsh']);
  expect(await scratch.start('zsh', ['-n'], { stdin: stdout }).ended).toMatchObject({ code: 0, stderr: '' });
});

test.skipIf(lacks('fish'))('the script for fish is sound', async () => {
  await using scratch = new Scratch();
  const { stdout } = await ask(scratch, ['completion', 'fish']);
  expect(await scratch.start('fish', ['--no-execute'], { stdin: stdout }).ended).toMatchObject({ code: 0 });
});
