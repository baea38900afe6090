// Is git at work here? Command lines told apart, and locks and processes weighed.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type GitLock,
  type GitProcess,
  gitOption,
  gitState,
  gitSubcommand,
  isGit,
} from '../../../src/git/git-state.ts';

describe('isGit', () => {
  test.each([
    ['git', true],
    ['/usr/bin/git', true],
    ['./git', true],
    ['C:\\Program Files\\Git\\bin\\git.exe', true],
    ['GIT.EXE', true],
    ['legit', false],
    ['/usr/bin/legit', false],
    ['git-lfs', false],
    ['git.sh', false],
    ['/home/git/run', false],
    ['/home/git/', false],
    ['digit', false],
    ['', false],
  ])('%j: %j', (file, isOne) => {
    expect(isGit([file, 'commit'])).toBe(isOne);
  });

  test('looks at the program alone, never at its arguments', () => {
    expect(isGit(['vim', 'git', 'commit'])).toBe(false);
    expect(isGit(['bash', '-c', 'git commit'])).toBe(false);
    expect(isGit([])).toBe(false);
  });
});

describe('gitSubcommand', () => {
  test.each([
    ['commit -m x', 'commit'],
    ['-C sub commit', 'commit'],
    ['-C a -C b -c x=y -c z commit', 'commit'],
    ['--git-dir=/r/.git status', 'status'],
    ['--git-dir /r/.git status', 'status'],
    ['--work-tree /r --namespace n push', 'push'],
    ['--config-env core.editor=ED commit', 'commit'],
    ['--attr-source HEAD log', 'log'],
    ['--no-pager -p --bare log', 'log'],
    ['-c commit', undefined],
    ['--version', undefined],
    ['', undefined],
    ['-C log', undefined],
  ])('of git %s is %j', (line, subcommand) => {
    expect(gitSubcommand(['git', ...line.split(' ').filter(Boolean)])).toBe(subcommand);
  });

  test('is found behind any global options', () => {
    const option = fc.constantFrom(
      ['-C', 'commit'],
      ['-c', 'a=b'],
      ['--git-dir', 'log'],
      ['--git-dir=x'],
      ['-p'],
    );
    fc.assert(
      fc.property(fc.array(option), fc.array(fc.string()), (options, rest) => {
        expect(gitSubcommand(['git', ...options.flat(), 'fetch', ...rest])).toBe('fetch');
      }),
    );
  });
});

describe('gitOption', () => {
  test.each([
    ['-C', ['-C', 'a', '-C', 'b', 'log'], ['a', 'b']],
    ['-C', ['log', '-C', 'a'], []],
    ['-C', ['-c', '-C', 'log'], []],
    ['-C', ['commit', '-C', 'HEAD'], []],
    ['-C', ['-C'], ['']],
    ['--git-dir', ['--git-dir', 'a', 'log'], ['a']],
    ['--git-dir', ['--git-dir=a=b', 'log'], ['a=b']],
    ['--git-dir', ['--git-dir=', 'log'], ['']],
    ['--git-dir', ['--git-dirs=a', 'log'], []],
    ['--git-dir', ['-C', '--git-dir', 'log'], []],
  ] as const)('%s of git %j is %j', (name, words, values) => {
    expect(gitOption(['git', ...words], name)).toEqual(values);
  });
});

const HERE = '/w/.git';
const lock = (ageMs: number, isOpen?: boolean, path = `${HERE}/index.lock`): GitLock => ({
  path,
  ageMs,
  isOpen,
});
const git = (line: string, gitDir = HERE, pid = 991): GitProcess => ({
  pid,
  argv: ['git', ...line.split(' ')],
  gitDir,
});
const state = (locks: GitLock[], processes: GitProcess[]) => gitState({ gitDir: HERE, locks, processes });

describe('a process', () => {
  test.each([
    'commit',
    'rebase -i',
    'checkout x',
    'fetch',
    'merge x',
    'stash pop',
    'co',
    'my-alias',
    'status',
  ])('git %s in this repository is waited for', line => {
    expect(state([], [git(line)])).toEqual({ kind: 'busy', process: git(line), lock: undefined });
  });

  test.each([
    'log',
    'diff',
    'show',
    'blame x',
    'cat-file --batch',
    'fsmonitor--daemon run',
    'grep commit',
    '-c commit log',
    'gui',
    'gc --auto',
    'maintenance run --auto',
    'credential-cache--daemon /s',
    'daemon',
    '--version',
    '-C x rev-parse HEAD',
  ])('git %s is harmless', line => {
    expect(state([], [git(line)])).toEqual({ kind: 'idle', stale: [] });
  });

  test('in another repository, or one that cannot be told, is none of ours', () => {
    expect(state([], [git('commit', '/other/.git'), { ...git('commit'), gitDir: undefined }]).kind).toBe(
      'idle',
    );
  });

  test('that changes something is found among harmless ones', () => {
    const commit = git('commit', HERE, 5);
    expect(state([], [git('log'), commit])).toEqual({ kind: 'busy', process: commit, lock: undefined });
  });
});

describe('a lock', () => {
  test.each([
    ['held open by somebody, however old', lock(3_600_000, true), true],
    ['young, without a visible owner', lock(1_999, false), true],
    ['young, where owners cannot be seen', lock(0), true],
    ['two seconds old without an owner', lock(2_000, false), false],
    ['old, where owners cannot be seen', lock(60_000), false],
    ['a moment ahead of our coarser clock', lock(-1, false), true],
    ['from the future (a clock set back)', lock(-10, false), false],
  ])('%s', (_fact, one, isBusy) => {
    expect(state([one], [])).toEqual(
      isBusy ? { kind: 'busy', process: undefined, lock: one } : { kind: 'idle', stale: [one] },
    );
  });

  test('is alive while any git works here, also a reader: status refreshes the index', () => {
    expect(state([lock(60_000, false)], [git('log')]).kind).toBe('busy');
    expect(state([lock(60_000, false)], [git('log', '/other/.git')]).kind).toBe('idle');
  });

  test('that is held open is named before others, and a process with it', () => {
    const [old, open] = [lock(60_000, false), lock(60_000, true, `${HERE}/HEAD.lock`)];
    expect(state([old, open], [git('commit')])).toEqual({ kind: 'busy', process: git('commit'), lock: open });
  });

  test('without an owner is reported as stale, every one', () => {
    const locks = [lock(60_000, false), lock(90_000, undefined, `${HERE}/HEAD.lock`)];
    expect(state(locks, [])).toEqual({ kind: 'idle', stale: locks });
  });
});

test('nothing at all is idle', () => {
  expect(state([], [])).toEqual({ kind: 'idle', stale: [] });
});
