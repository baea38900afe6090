// Which lock a working directory belongs to: the repository (git's common directory, shared by its
// worktrees; a submodule is its own), else the nearest folder with a project marker, else the directory.

import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { SeqxError } from './errors.ts';

export interface GitFolders {
  /** Top of the work tree that was found by walking up. */
  readonly workTree: string;
  /** This work tree's own git directory: where its index.lock lives. */
  readonly gitDir: string;
  /** The directory that all worktrees of the repository share. */
  readonly commonDir: string;
}

export interface Project {
  /** The real path that identifies the lock. */
  readonly identity: string;
  /** The folder that configuration files are looked for in. */
  readonly root: string;
  readonly name: string;
  readonly git: GitFolders | undefined;
}

const MARKERS = [
  'package.json',
  'Makefile',
  'GNUmakefile',
  'makefile',
  'pyproject.toml',
  'setup.py',
  'Cargo.toml',
  'go.mod',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'CMakeLists.txt',
  'meson.build',
  'composer.json',
  'Gemfile',
  'mix.exs',
  'deno.json',
  'seqx.toml',
];

/**
 * Finds the project of a directory.
 * @throws SeqxError SEQX_DIRECTORY_MISSING when the directory does not exist
 */
export function findProject(cwd: string): Project {
  const start = realDirectory(cwd);
  const git = findGit(start);
  if (git) {
    const isMain = basename(git.commonDir) === '.git';
    const home = isMain ? dirname(git.commonDir) : git.workTree;
    return { identity: git.commonDir, root: git.workTree, name: basename(home) || home, git };
  }
  const marked = climb(start, folder => MARKERS.some(marker => existsSync(join(folder, marker))));
  const root = marked ?? start;
  return { identity: root, root, name: basename(root) || root, git: undefined };
}

/**
 * The directory of a call, absolute: tickets show it to others, and git directories are looked for above it.
 * @throws SeqxError SEQX_DIRECTORY_MISSING when the process stands in a deleted directory
 */
export function workingDirectory(given: string | undefined): string {
  // resolve() takes it for the current one: `--cwd "$UNSET" kill-all` would end the wrong project's runs.
  if (given === '') throw new SeqxError('SEQX_DIRECTORY_MISSING', 'the directory given by --cwd is empty');
  try {
    return given === undefined ? process.cwd() : resolve(given);
  } catch {
    throw new SeqxError('SEQX_DIRECTORY_MISSING', 'the working directory has been deleted');
  }
}

/** The real path of a directory, by the system's own spelling (case, symlinks). */
export function realDirectory(path: string): string {
  try {
    const real = realpathSync.native(path);
    if (statSync(real).isDirectory()) return real;
  } catch {
    // said below, with the path as the user gave it
  }
  throw new SeqxError('SEQX_DIRECTORY_MISSING', `${path} is not a directory`);
}

/** Walks up to the nearest `.git`, which may be a file (worktrees, submodules). */
export function findGit(start: string): GitFolders | undefined {
  const workTree = climb(start, folder => existsSync(join(folder, '.git')));
  return workTree === undefined ? undefined : readGitFolder(workTree, join(workTree, '.git'));
}

/** Resolves one `.git`, directory or file; `undefined` when it leads nowhere. */
export function readGitFolder(workTree: string, dotGit: string): GitFolders | undefined {
  try {
    const gitDir = realpathSync.native(
      statSync(dotGit).isDirectory() ? dotGit : resolve(dirname(dotGit), pointer(dotGit)),
    );
    const common = join(gitDir, 'commondir');
    const commonDir = existsSync(common)
      ? realpathSync.native(resolve(gitDir, readFileSync(common, 'utf8').trim()))
      : gitDir;
    return { workTree, gitDir, commonDir };
  } catch {
    return undefined;
  }
}

function pointer(dotGit: string): string {
  const match = /^gitdir:\s*(.+?)\s*$/m.exec(readFileSync(dotGit, 'utf8'));
  if (!match?.[1]) throw new Error(`${dotGit} names no git directory`);
  return match[1];
}

function climb(start: string, isIt: (folder: string) => boolean): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (isIt(folder)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * The name of a gate's folder: 64 bits of FNV-1a over scope and identity, 16 hex digits.
 * Not node:crypto: loading it costs 2 to 3 ms, a tenth of the whole start (bench/README.md), and nobody
 * outside this user can choose names in this user's 0700 folder.
 */
export function gateHash(scope: string, identity: string): string {
  const bytes = Buffer.from(`${scope}\0${identity}`);
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}
