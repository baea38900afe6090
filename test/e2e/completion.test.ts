// `seqx completion`: in real shells, TAB completes our words and then those of the wrapped command.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

/** Without the slash of a folder, which zsh takes back at Enter. */
const plain = (word: string): string => word.trim().replace(/\/$/, '');

/** What is typed before TAB, and the words that it then is. */
type Case = readonly [typed: string, words: readonly string[]];

const OURS: readonly Case[] = [
  ['--sc', ['--scope']],
  ['--quiet --timeo', ['--quiet', '--timeout']],
  ['--scope us', ['--scope', 'user']],
  ['--scope=us', ['--scope=user']],
  ['--wait=5m --progress=js', ['--wait=5m', '--progress=json']],
  ['--events some-fi', ['--events', 'some-file']],
  ['--cwd some-di', ['--cwd', 'some-dir']],
  ['kill-a', ['kill-all']],
  ['--wait 5m histo', ['--wait', '5m', 'history']],
  ['help canc', ['help', 'cancel']],
  ['completion fi', ['completion', 'fish']],
  ['init mak', ['init', 'make']],
  ['init --remove mak', ['init', '--remove', 'make']],
  ['init make --sco', ['init', 'make', '--sco']],
  ['init make --remo', ['init', 'make', '--remove']],
  ['status --js', ['status', '--json']],
  ['status --scope wor', ['status', '--scope', 'worktree']],
  ['kill-all --dry', ['kill-all', '--dry-run']],
  // Nothing of ours where it does not belong.
  ['--wait 5', ['--wait', '5']],
  ['cat --scop', ['cat', '--scop']],
  ['-- kill-a', ['--', 'kill-a']],
  ['-- status --js', ['--', 'status', '--js']],
];
const FILES: readonly Case[] = [
  ['cat some-fi', ['cat', 'some-file']],
  ['-- cat some-fi', ['--', 'cat', 'some-file']],
  ['-q -E3 cat some-fi', ['-q', '-E3', 'cat', 'some-file']],
  ['mkfif', ['mkfifo']],
  ['-- mkfif', ['--', 'mkfifo']],
  ['batch some-fi', ['batch', 'some-file']],
  ['batch mkfif', ['batch', 'mkfifo']],
  ['batch -j 2 cat some-fi', ['batch', '-j', '2', 'cat', 'some-file']],
  ['batch -k cat ::: some-fi', ['batch', '-k', 'cat', ':::', 'some-file']],
  ['init git-hooks -- cat some-fi', ['init', 'git-hooks', '--', 'cat', 'some-file']],
];
const THEIRS: readonly Case[] = [
  ['make slow-t', ['make', 'slow-test']],
  ['-- make slow-t', ['--', 'make', 'slow-test']],
  ['--wait 5m --memory-limit=4G make slow-t', ['--wait', '5m', '--memory-limit=4G', 'make', 'slow-test']],
  ['-E 3 git checkou', ['-E', '3', 'git', 'checkout']],
  ['--scope=user git log --onelin', ['--scope=user', 'git', 'log', '--oneline']],
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
  writeFileSync(path, stdout);
  return path;
}

/** A shell in a terminal, in which a function named seqx shows its words. One serves many lines. */
class Session {
  readonly #scratch = new Scratch();
  #terminal: Terminal | undefined;

  async start(shell: string, words: (script: string, home: string) => string[]): Promise<void> {
    const script = await prepare(this.#scratch, shell);
    const [file = '', ...rest] = words(script, join(this.#scratch.root, 'home'));
    this.#terminal = new Terminal(this.#scratch, file, rest, { columns: 200 });
    await this.#terminal.shows('READY');
  }

  /** What a line has become once TAB and Enter were pressed. */
  async press(typed: string): Promise<string[]> {
    const terminal = this.#terminal;
    if (!terminal) throw new Error('the shell has not been started');
    terminal.shown = '';
    terminal.type(`seqx ${typed}\t`);
    terminal.type('\r');
    await terminal.shows(/\[\[.*\]\]/);
    return (/\[\[(.*)\]\]/.exec(terminal.shown)?.[1] ?? '').split('|').map(plain);
  }

  async end(): Promise<void> {
    this.#terminal?.close();
    await this.#scratch[Symbol.asyncDispose]();
  }
}

/** A session for the tests of a block. */
function useSession(shell: string, words: (script: string, home: string) => string[]): Session {
  const session = new Session();
  beforeAll(() => session.start(shell, words));
  afterAll(() => session.end());
  return session;
}

/** Words that start a bash after this line of its own. */
const bash = (before: string) => (script: string, home: string) => {
  const path = join(home, 'bashrc');
  const show = 'seqx() { local IFS="|"; echo "[[""$*""]]"; }';
  writeFileSync(path, `${before}\nsource ${script}\n${show}\nPS1='REA''DY> '\n`);
  return ['bash', '--noprofile', '--rcfile', path, '-i'];
};

/** Words that start a zsh that loads the script in this way. */
const zsh = (load: (script: string) => string) => (script: string, home: string) => {
  const show = 'seqx() { local IFS="|"; print -r -- "[[""$*""]]" }';
  writeFileSync(join(home, '.zshrc'), `PS1='REA''DY> '\nautoload -U compinit\n${load(script)}\n${show}\n`);
  return ['env', `ZDOTDIR=${home}`, 'zsh', '-d', '-i'];
};

describe.skipIf(lacksBash)('bash by itself', () => {
  const session = useSession('bash', bash(''));
  test.each([...OURS, ...FILES])('makes %j into %j', async (typed, words) => {
    expect(await session.press(typed)).toEqual(words);
  });
});

describe.skipIf(lacksBashCompletion)('bash with bash-completion', () => {
  const session = useSession('bash', bash(`source ${BASH_COMPLETION}`));
  test.each([...OURS, ...FILES, ...THEIRS])('makes %j into %j', async (typed, words) => {
    expect(await session.press(typed)).toEqual(words);
  });
});

describe.skipIf(lacksBash)('bash whose words are not split at =', () => {
  const session = useSession('bash', bash('COMP_WORDBREAKS=" "'));
  test('completes values as well', async () => {
    expect(await session.press('--scope=us')).toEqual(['--scope=user']);
    expect(await session.press('status --scope=wor')).toEqual(['status', '--scope=worktree']);
  });
});

test.skipIf(lacks('bash'))('eval in bash registers the completion', async () => {
  await using scratch = new Scratch();
  const { stdout: script } = await ask(scratch, ['completion', 'bash']);
  const run = scratch.start('bash', ['-c', 'eval "$1" && complete -p seqx', 'bash', script]);
  expect(await run.ended).toMatchObject({ code: 0, stdout: 'complete -F _seqx seqx\n', stderr: '' });
});

describe.skipIf(lacksZsh)('zsh', () => {
  const session = useSession(
    'zsh',
    zsh(script => `compinit -u -D; eval "$(<${script})"`),
  );
  test.each([...OURS, ...FILES, ...THEIRS])('makes %j into %j', async (typed, words) => {
    expect(await session.press(typed)).toEqual(words);
  });
});

describe.skipIf(lacksZsh)('zsh that finds the script as a function in its path', () => {
  const session = useSession(
    'zsh',
    zsh(script => `mkdir ~/f; cp ${script} ~/f/_seqx; fpath=(~/f $fpath); compinit -u -D`),
  );
  test('completes at the first TAB and the next', async () => {
    expect(await session.press('--scope=us')).toEqual(['--scope=user']);
    expect(await session.press('make slow-t')).toEqual(['make', 'slow-test']);
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
    return stdout.split('\n').flatMap(offer => (offer === '' ? [] : plain(offer.split('\t')[0] ?? '')));
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
