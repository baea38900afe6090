// The single-file binary of this machine, alone: no Node on PATH, nothing beside it. `make test-package` also
// runs every end-to-end test through it.

import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { missing } from '../helpers/capability.ts';
import { ask, hold, letGo, watchdogPid } from '../helpers/gate.ts';
import { EXECUTABLE, ROOT } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const lacksIt = missing(EXECUTABLE === undefined, 'no binary to test (make test-package builds one)');

let folder: string;

/** Runs the binary where PATH has a shell and git, and nothing else. */
const alone = (scratch: Scratch, words: readonly string[], env: Record<string, string> = {}) =>
  scratch.start(join(folder, 'seqx'), words, { env: { PATH: folder, ...env } }).ended;

describe.skipIf(lacksIt)('the binary', () => {
  beforeAll(() => {
    folder = join(new Scratch().root, 'alone');
    mkdirSync(folder);
    copyFileSync(EXECUTABLE ?? '', join(folder, 'seqx'));
    for (const name of ['sh', 'git']) symlinkSync(join('/usr/bin', name), join(folder, name));
  });

  test('says its version', async () => {
    await using scratch = new Scratch();
    expect(await alone(scratch, ['--version'])).toMatchObject({
      code: 0,
      stdout: `seqx ${version}\n`,
      stderr: '',
    });
  });

  test('runs a command, and a line of shell, without a word of its own', async () => {
    await using scratch = new Scratch();
    const ended = await alone(scratch, ['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(ended).toMatchObject({ code: 7, stdout: 'out\n', stderr: 'err\n' });
    expect(await alone(scratch, ['-c', 'echo a && echo b'])).toMatchObject({
      code: 0,
      stdout: 'a\nb\n',
      stderr: '',
    });
    await scratch.settle();
  });

  test.each([
    ['help', /run one heavy command at a time/],
    ['help status', /--watch/],
    ['status', /nothing is running/],
    ['status --json', /"schema":"seqx.status/],
    ['doctor', /Node v26/],
    ['completion bash', /complete/],
    ['completion zsh', /compdef/],
    ['completion fish', /complete/],
  ])('answers %s', async (line, answer) => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await alone(scratch, line.split(' '));
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(answer), '']);
  });

  test('is in SHA256SUMS, as are the files beside it', async () => {
    const { stdout } = await execa('sha256sum', ['--check', 'SHA256SUMS'], {
      cwd: dirname(EXECUTABLE ?? ''),
    });
    expect(stdout).toContain(`${basename(EXECUTABLE ?? '')}: OK`);
  });

  test('is its own watchdog', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    const watchdog = readFileSync(`/proc/${await watchdogPid(scratch)}/cmdline`, 'utf8').split('\0');
    expect(watchdog).toEqual([EXECUTABLE, '__watchdog', '']);
    await letGo(holder);
    await scratch.settle();
  });

  // Each would change, or end, a Node that heeds it.
  test.each([
    ['an option that its Node does not know', '--no-such-option'],
    ['an option that loads a file', '--require ./nowhere.js'],
    ['an option that prints', '--trace-exit'],
  ])('leaves NODE_OPTIONS to the command: %s', async (_what, options) => {
    await using scratch = new Scratch();
    const words = ['sh', '-c', 'echo "$NODE_OPTIONS"'];
    const ended = await alone(scratch, words, { NODE_OPTIONS: options });
    expect(ended).toMatchObject({ code: 0, stdout: `${options}\n`, stderr: '' });
    await scratch.settle();
  });

  test('arguments that Node would take are the command’s own', async () => {
    await using scratch = new Scratch();
    const words = ['sh', '-c', 'echo "$@"', 'sh', '--inspect', '--node-options=x', '-e', '--', '--version'];
    const { code, stdout } = await ask(scratch, words);
    expect([code, stdout]).toEqual([0, '--inspect --node-options=x -e -- --version\n']);
  });
});
