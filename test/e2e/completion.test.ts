// `seqx completion`: in real shells, TAB completes our words and then those of the wrapped command.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { surfaceOf } from '../../src/cli/surface.ts';
import { LONG_FLAGS, SUBCOMMANDS } from '../../src/cli/words.ts';
import { lacks, missing } from '../helpers/capability.ts';
import { ask } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import { lacksTerminal, Terminal } from '../helpers/terminal.ts';

const BASH_COMPLETION = '/usr/share/bash-completion/bash_completion';
const lacksBash = lacks('bash') || lacksTerminal;
const lacksZsh = lacks('zsh') || lacksTerminal;
const lacksFish = lacks('fish');
const lacksBashCompletion = missing(
  lacksBash || !existsSync(BASH_COMPLETION),
  'bash-completion is not installed',
);

/** What is typed before TAB, and the words that it then is. */
type Case = readonly [typed: string, words: readonly string[]];

const OURS: readonly Case[] = [
  ['--sc', ['--scope']],
  ['--quiet --timeo', ['--quiet', '--timeout']],
  ['--scope us', ['--scope', 'user']],
  ['--scope=us', ['--scope=user']],
  ['--wait=5m --progress=js', ['--wait=5m', '--progress=json']],
  ['--events some-fi', ['--events', 'some-file']],
  ['--cwd some-di', ['--cwd', 'some-dir/']],
  ['kill-a', ['kill-all']],
  ['--wait 5m histo', ['--wait', '5m', 'history']],
  ['help canc', ['help', 'cancel']],
  ['completion fi', ['completion', 'fish']],
  ['init mak', ['init', 'make']],
  ['init make --remo', ['init', 'make', '--remove']],
  ['status --js', ['status', '--json']],
  ['status --scope wor', ['status', '--scope', 'worktree']],
  ['kill-all --dry', ['kill-all', '--dry-run']],
  // Nothing of ours where it does not belong.
  ['--wait 5', ['--wait', '5']],
  ['cat --scop', ['cat', '--scop']],
  ['-- kill-a', ['--', 'kill-a']],
];
const FILES: readonly Case[] = [
  ['cat some-fi', ['cat', 'some-file']],
  ['-- cat some-fi', ['--', 'cat', 'some-file']],
  ['-q -E3 cat some-fi', ['-q', '-E3', 'cat', 'some-file']],
  ['mkfif', ['mkfifo']],
  ['-- mkfif', ['--', 'mkfifo']],
  ['init git-hooks -- cat some-fi', ['init', 'git-hooks', '--', 'cat', 'some-file']],
];
const THEIRS: readonly Case[] = [
  ['make slow-t', ['make', 'slow-test']],
  ['-- make slow-t', ['--', 'make', 'slow-test']],
  ['--wait 5m --memory-limit=4G make slow-t', ['--wait', '5m', '--memory-limit=4G', 'make', 'slow-test']],
  ['-E 3 git checkou', ['-E', '3', 'git', 'checkout']],
  ['--scope=user git commit --amen', ['--scope=user', 'git', 'commit', '--amend']],
];

/** A project with something to complete, and the script for a shell. */
async function prepare(scratch: Scratch, shell: string): Promise<string> {
  writeFileSync(join(scratch.project, 'Makefile'), 'slow-test:\n\t@true\nother:\n\t@true\n');
  writeFileSync(join(scratch.project, 'some-file'), '');
  mkdirSync(join(scratch.project, 'some-dir'));
  await scratch.git('init', '-q');
  const { code, stdout, stderr } = await ask(scratch, ['completion', shell]);
  expect([code, stderr]).toEqual([0, '']);
  const path = join(scratch.root, `seqx.${shell}`);
  writeFileSync(path, `${stdout}`);
  return path;
}

/** What a line has become once TAB and Enter were pressed: a function named seqx shows its words. */
async function press(scratch: Scratch, file: string, flags: string[], typed: string): Promise<string[]> {
  const terminal = new Terminal(scratch, file, flags, { columns: 200 });
  await terminal.shows('READY');
  terminal.type(`seqx ${typed}\t`);
  terminal.type('\r');
  await terminal.shows(/\[\[.*\]\]/);
  terminal.type('exit\r');
  await terminal.ended;
  const shown = /\[\[(.*)\]\]/.exec(terminal.shown)?.[1] ?? '';
  return shown.split('|').map(word => word.trim());
}

async function pressInBash(typed: string, before: string): Promise<string[]> {
  await using scratch = new Scratch();
  const script = await prepare(scratch, 'bash');
  const rc = join(scratch.root, 'bashrc');
  const show = 'seqx() { local IFS="|"; echo "[[""$*""]]"; }';
  writeFileSync(rc, `${before}\nsource ${script}\n${show}\nPS1='REA''DY> '\n`);
  return press(scratch, 'bash', ['--noprofile', '--rcfile', rc, '-i'], typed);
}

describe('bash', () => {
  test.skipIf(lacksBash).each([...OURS, ...FILES])('by itself makes %j into %j', async (typed, words) => {
    expect(await pressInBash(typed, '')).toEqual(words);
  });

  test.skipIf(lacksBashCompletion).each([...OURS, ...FILES, ...THEIRS])(
    'with bash-completion makes %j into %j',
    async (typed, words) => {
      expect(await pressInBash(typed, `source ${BASH_COMPLETION}`)).toEqual(words);
    },
  );

  test.skipIf(lacksBash)('whose words are not split at = completes values as well', async () => {
    const before = 'COMP_WORDBREAKS=${COMP_WORDBREAKS//=}';
    expect(await pressInBash('--scope=us', before)).toEqual(['--scope=user']);
  });

  test.skipIf(lacks('bash'))('gets the completion by eval', async () => {
    await using scratch = new Scratch();
    const { stdout: script } = await ask(scratch, ['completion', 'bash']);
    const run = scratch.start('bash', ['-c', 'eval "$1" && complete -p seqx', 'bash', script]);
    expect(await run.ended).toMatchObject({ code: 0, stdout: 'complete -F _seqx seqx\n', stderr: '' });
  });
});

describe.skipIf(lacksZsh)('zsh', () => {
  async function pressInZsh(typed: string, load: (script: string) => string): Promise<string[]> {
    await using scratch = new Scratch();
    const script = await prepare(scratch, 'zsh');
    const show = 'seqx() { print -r -- "[[""${(j:|:)@}""]]" }';
    const rc = `PS1='REA''DY> '; autoload -U compinit\n${load(script)}\n${show}\n`;
    writeFileSync(join(scratch.root, 'home', '.zshrc'), rc);
    return press(scratch, 'env', [`ZDOTDIR=${join(scratch.root, 'home')}`, 'zsh', '-d', '-i'], typed);
  }

  test.each([...OURS, ...FILES, ...THEIRS])('makes %j into %j', async (typed, words) => {
    const byEval = (script: string) => `compinit -u -D; eval "$(<${script})"`;
    expect(await pressInZsh(typed, byEval)).toEqual(words);
  });

  test('finds the script as a function in its path', async () => {
    const byPath = (script: string) =>
      `mkdir ~/functions; cp ${script} ~/functions/_seqx; fpath=(~/functions $fpath); compinit -u -D`;
    expect(await pressInZsh('--scope=us', byPath)).toEqual(['--scope=user']);
  });
});

describe.skipIf(lacksFish)('fish', () => {
  /** The offers that its completion makes for the word being typed. */
  async function offered(line: string): Promise<string[]> {
    await using scratch = new Scratch();
    const script = await prepare(scratch, 'fish');
    const run = scratch.start('fish', ['-c', 'source $argv[1]; complete -C $argv[2]', script, line]);
    const { stdout, stderr } = await run.ended;
    expect(stderr).toBe('');
    return stdout.split('\n').flatMap(offer => (offer === '' ? [] : [offer.split('\t')[0] ?? '']));
  }

  test.each([...OURS, ...FILES, ...THEIRS])('makes %j into %j', async (typed, words) => {
    const found = await offered(`seqx ${typed}`);
    const [last, stays] = [words.at(-1), typed.split(' ').at(-1)];
    if (last === stays) expect(found).toEqual([]);
    else expect(found).toContain(last);
  });

  test('says what each offer means', async () => {
    await using scratch = new Scratch();
    const script = await prepare(scratch, 'fish');
    const run = scratch.start('fish', ['-c', 'source $argv[1]; complete -C "seqx --memory-li"', script]);
    expect((await run.ended).stdout).toBe('--memory-limit\tmemory of the whole process tree (0: off)\n');
  });
});

describe('the scripts', () => {
  const { flags, subcommands } = surfaceOf(COMMANDS);

  test('are made from everything there is', () => {
    expect(flags.map(({ names }) => names[0])).toEqual(LONG_FLAGS.map(flag => `--${flag}`));
    expect(subcommands.map(({ name }) => name).sort()).toEqual([...SUBCOMMANDS].sort());
    for (const { names, help } of flags) expect(help, names[0]).not.toBe('');
  });

  test.each(['bash', 'zsh', 'fish'])('for %s name every flag and subcommand', async shell => {
    await using scratch = new Scratch();
    const { stdout } = await ask(scratch, ['completion', shell]);
    const spelled = shell === 'fish' ? (flag: string) => `-l ${flag.slice(2)} ` : (flag: string) => flag;
    for (const { names } of flags) expect(stdout).toContain(spelled(names[0] ?? ''));
    for (const { name } of subcommands) expect(stdout).toContain(name);
  });
});
