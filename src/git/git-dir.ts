// Which git directory a command works on: `--git-dir`, GIT_DIR, `-C`, else the one above the directory.

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { findGit, type GitFolders, readGitFolder } from '../base/project.ts';
import { gitOption, isGit } from './git-state.ts';

/**
 * @param argv the command; only git's own global options count
 * @param gitDirVariable GIT_DIR in its environment
 */
export function gitFoldersOf(
  argv: readonly string[],
  cwd: string,
  gitDirVariable: string | undefined,
): GitFolders | undefined {
  const isGitCommand = isGit(argv);
  const start = isGitCommand ? gitOption(argv, '-C').reduce((from, dir) => resolve(from, dir), cwd) : cwd;
  const option = isGitCommand ? gitOption(argv, '--git-dir').at(-1) : undefined;
  const explicit = option ?? gitDirVariable;
  if (explicit !== undefined && explicit !== '') {
    const path = resolve(start, explicit);
    return readGitFolder(dirname(path), path);
  }
  return findGit(start) ?? bare(start);
}

/** A bare repository is its own git directory. */
const bare = (folder: string): GitFolders | undefined =>
  ['HEAD', 'objects', 'refs'].every(name => existsSync(join(folder, name)))
    ? readGitFolder(folder, folder)
    : undefined;
