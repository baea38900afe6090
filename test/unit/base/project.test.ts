// Which lock a directory belongs to: real folders, real git, and every form that `.git` takes.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProject, gateHash, realDirectory } from '../../../src/base/project.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'seqx-project-')));
const at = (...parts: string[]) => join(root, ...parts);
const folder = (...parts: string[]) => {
  mkdirSync(at(...parts), { recursive: true });
  return at(...parts);
};
const file = (path: string, text = '') => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};

const env = {
  PATH: process.env.PATH,
  HOME: root,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 't',
  GIT_AUTHOR_EMAIL: 't@example.invalid',
  GIT_COMMITTER_NAME: 't',
  GIT_COMMITTER_EMAIL: 't@example.invalid',
};
const git = (cwd: string, ...words: string[]) =>
  execFileSync('git', ['-c', 'protocol.file.allow=always', ...words], { cwd, env, stdio: 'pipe' });

beforeAll(() => {
  for (const name of ['web', 'lib']) {
    git(folder(name), 'init', '-q');
    git(at(name), 'commit', '-q', '--allow-empty', '-m', 'first');
  }
  git(at('web'), 'worktree', 'add', '-q', '--detach', at('tree of ünïcode'));
  git(at('web'), 'submodule', '--quiet', 'add', at('lib'), 'vendor/lib');
  git(root, 'clone', '-q', '--bare', at('web'), 'bare.git');
  git(at('bare.git'), 'worktree', 'add', '-q', '--detach', at('of-bare'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('in a repository', () => {
  test('any folder of the work tree is the project', () => {
    const deep = folder('web', 'src', 'deep');
    for (const cwd of [at('web'), deep, at('web', '.git')]) {
      expect(findProject(cwd).identity).toBe(at('web', '.git'));
    }
    expect(findProject(deep)).toMatchObject({ root: at('web'), name: 'web' });
  });

  test('a marker below does not narrow it', () => {
    file('web/packages/a/package.json', '{}');
    expect(findProject(at('web', 'packages', 'a')).root).toBe(at('web'));
  });

  test('its worktrees share the lock, and keep a git directory of their own', () => {
    const project = findProject(at('tree of ünïcode'));
    expect(project).toMatchObject({ identity: at('web', '.git'), root: at('tree of ünïcode'), name: 'web' });
    expect(dirname(project.git?.gitDir ?? '')).toBe(at('web', '.git', 'worktrees'));
  });

  test('a submodule is a project of its own', () => {
    const project = findProject(at('web', 'vendor', 'lib'));
    expect(project).toMatchObject({ identity: at('web', '.git', 'modules', 'vendor', 'lib'), name: 'lib' });
    expect(project.root).toBe(at('web', 'vendor', 'lib'));
  });

  test('a worktree of a bare repository is called by its own folder', () => {
    expect(findProject(at('of-bare'))).toMatchObject({ identity: at('bare.git'), name: 'of-bare' });
  });

  test('a symlinked path leads to the same lock', () => {
    symlinkSync(at('web'), at('link'));
    expect(findProject(join(at('link'), 'src'))).toEqual(findProject(at('web', 'src')));
  });
});

describe('a .git that leads nowhere', () => {
  test.each([
    ['empty', ''],
    ['text', 'hello\n'],
    ['a pointer without a path', 'gitdir: \n'],
    ['a pointer to what is gone', 'gitdir: /nowhere/at/all\n'],
    ['bytes', '\u0000\u0001\ufffd'],
  ])('(%s) is no repository, and the markers decide', (name, text) => {
    file(`broken ${name}/Makefile`);
    file(`broken ${name}/sub/.git`, text);
    const project = findProject(at(`broken ${name}`, 'sub'));
    expect(project).toMatchObject({ identity: at(`broken ${name}`), git: undefined });
  });

  test('a pointer with CRLF and spaces is followed', () => {
    file('crlf/.git', `gitdir:   ${at('web', '.git')}  \r\n`);
    expect(findProject(at('crlf')).identity).toBe(at('web', '.git'));
  });

  test('a symlinked .git is followed', () => {
    symlinkSync(at('web', '.git'), join(folder('linked'), '.git'));
    expect(findProject(at('linked')).identity).toBe(at('web', '.git'));
  });
});

describe('without a repository', () => {
  test.each([
    'package.json',
    'Makefile',
    'pyproject.toml',
    'Cargo.toml',
    'go.mod',
    'seqx.toml',
    'CMakeLists.txt',
  ])('the nearest folder with %s is the project', marker => {
    file(`outer ${marker}/Makefile`);
    file(`outer ${marker}/inner/${marker}`);
    const project = findProject(folder(`outer ${marker}`, 'inner', 'src'));
    expect(project).toMatchObject({ identity: at(`outer ${marker}`, 'inner'), name: 'inner' });
  });

  test('and without a marker the directory itself', () => {
    const here = folder('plain', 'here');
    // Unless the temporary folder itself lies in a project.
    if (findProject(root).root === root) expect(findProject(here).identity).toBe(here);
  });
});

test.each(['nowhere', 'web/.git/HEAD'])('%s is no directory to work in', path => {
  expect(() => realDirectory(at(path))).toThrow(
    expect.objectContaining({ code: 'SEQX_DIRECTORY_MISSING', message: `${at(path)} is not a directory` }),
  );
});

describe('gateHash', () => {
  test.each([
    ['repo', '/home/ann/web/.git', 'aa01c03236c64e01'],
    ['user', 'user', 'd1b913964c5d1529'],
    ['lock', 'über 日本', '3103d0d809d5e9aa'],
  ])('of %s %s is the same for ever: versions must meet', (scope, identity, hash) => {
    expect(gateHash(scope, identity)).toBe(hash);
  });

  test('does not confuse where the scope ends', () => {
    expect(gateHash('a', 'bc')).not.toBe(gateHash('ab', 'c'));
    expect(gateHash('repo', '/x')).not.toBe(gateHash('worktree', '/x'));
  });

  test('100,000 similar names have 100,000 hashes of 16 hex digits', () => {
    const hashes = new Set<string>();
    for (let i = 0; i < 50_000; i++) {
      hashes.add(gateHash('repo', `/home/ann/project-${i}/.git`));
      hashes.add(gateHash('lock', String(i)));
    }
    expect(hashes.size).toBe(100_000);
    expect([...hashes].every(hash => /^[0-9a-f]{16}$/.test(hash))).toBe(true);
  });
});
