// Help, version, and words that are not understood: said clearly, and never taken for a command to run.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SETTING_ROWS } from '../../src/base/settings.ts';
import { SUBCOMMANDS } from '../../src/cli/words.ts';
import { ask } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';

test('seqx alone shows the help on stderr and exits 125', async () => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await ask(scratch, []);
  expect([code, stdout]).toEqual([125, '']);
  expect(stderr).toMatch(/^seqx \[flags\] \[--\] command/);
});

test.each(['help', '--help', '-h'])('%s shows every command and flag on stdout', async word => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await ask(scratch, [word]);
  expect([code, stderr]).toEqual([0, '']);
  for (const name of SUBCOMMANDS.filter(name => name !== 'help')) expect(stdout).toContain(`  seqx ${name}`);
  for (const { flag } of Object.values(SETTING_ROWS)) expect(stdout).toContain(`  --${flag} `);
  expect(stdout).toMatch(/--memory-limit .* \[2048M\]$/m);
  expect(stdout).toMatch(/^Flags .*SEQX_/m);
});

test.each(['help', 'init', 'init shims --help', ...SUBCOMMANDS.map(name => `help ${name}`)])(
  '%s fits into 80 columns',
  async words => {
    await using scratch = new Scratch();
    const { code, stdout } = await ask(scratch, words.split(' '));
    expect(code).toBe(0);
    const lines = Buffer.from(stdout, 'latin1').toString('utf8').split('\n');
    expect(lines.filter(line => line.length > 80)).toEqual([]);
  },
);

test.each(['--version', '-V'])('%s shows the version', async word => {
  await using scratch = new Scratch();
  expect(await ask(scratch, [word])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^seqx \d+\.\d+\.\d+\n$/),
    stderr: '',
  });
});

test.each(SUBCOMMANDS.filter(name => name !== 'help'))(
  'help %s is the same text as its --help',
  async name => {
    await using scratch = new Scratch();
    const [help, flag] = await Promise.all([ask(scratch, ['help', name]), ask(scratch, [name, '--help'])]);
    expect([help.code, help.stderr, flag]).toEqual([0, '', help]);
    expect(help.stdout).toContain(`seqx ${name}`);
  },
);

test.each([
  [['--wiat', '5s', 'touch', 'witness'], 'unknown flag --wiat', '--wait'],
  [['-x', 'touch', 'witness'], 'unknown flag -x', undefined],
  [['--wait'], '--wait needs a value', undefined],
  [['--no-wait=5', 'touch', 'witness'], '--no-wait takes no value', undefined],
  [['-qv', 'touch', 'witness'], '-qv is not a flag', undefined],
  [['-c', 'touch witness', 'more'], '"more" is one word too many', undefined],
  [['status', '--jsno'], 'status: unknown flag --jsno', '--json'],
  [['status', '--json', '--plain'], 'status: ', undefined],
  [['status', 'extra'], 'status', undefined],
  [['kill-all', '--ye'], 'kill-all: unknown flag --ye', '--yes'],
  [['kill-all', 'everything'], 'kill-all', undefined],
  [['history', '-x'], 'history: unknown flag -x', undefined],
  [['help', 'statsu'], 'seqx has no command statsu', 'status'],
  [['completion', 'bahs'], 'completion takes bash, zsh or fish', 'bash'],
  [['completion'], 'completion takes bash, zsh or fish', undefined],
])('%j is an error that says what was meant', async (words, message, guess) => {
  await using scratch = new Scratch();
  const { code, stdout, stderr } = await ask(scratch, words);
  expect([code, stdout]).toEqual([125, '']);
  expect(stderr).toMatch(/^seqx: .*\n {2}try: \S.*\n$/);
  expect(stderr).toContain(message);
  if (guess !== undefined) expect(stderr).toContain(guess);
  expect(existsSync(join(scratch.project, 'witness'))).toBe(false);
  expect(scratch.litter()).toEqual([]);
});

test('a mistyped subcommand is run as a command, which is not found, with a hint', async () => {
  await using scratch = new Scratch();
  const { code, stderr } = await ask(scratch, ['statsu']);
  expect([code, stderr]).toEqual([127, expect.stringContaining('did you mean: seqx status')]);
});

test('a program named like a subcommand runs after --', async () => {
  await using scratch = new Scratch();
  const path = { PATH: `${scratch.project}:${scratch.env.PATH}` };
  const make = "printf '#!/bin/sh\\necho own $1\\n' > status && chmod +x status";
  await scratch.start('sh', ['-c', make]).ended;
  const { code, stdout } = await ask(scratch, ['--', 'status', '--json'], { env: path });
  expect([code, stdout]).toEqual([0, 'own --json\n']);
});

test('a mistake is explained in English in every locale', async () => {
  await using scratch = new Scratch();
  const { stderr } = await ask(scratch, ['status', '--jsn'], { env: { LC_ALL: 'de_DE.UTF-8' } });
  expect(stderr).toContain('status: unknown flag --jsn; did you mean --json?');
});
