// Is git at work in this repository, and is it worth waiting for? Pure: locks and processes in, answer out.

export interface GitProcess {
  readonly pid: number;
  readonly argv: readonly string[];
  /** The git directory it works on, resolved; `undefined` when it could not be told. */
  readonly gitDir: string | undefined;
}

export interface GitLock {
  readonly path: string;
  readonly ageMs: number;
  /** Somebody has the file open; `undefined` where that cannot be seen. */
  readonly isOpen: boolean | undefined;
}

export interface GitView {
  readonly gitDir: string;
  readonly locks: readonly GitLock[];
  /** Every living git process of this user that is not our ancestor. */
  readonly processes: readonly GitProcess[];
}

export type GitState =
  | { readonly kind: 'idle'; readonly stale: readonly GitLock[] }
  | { readonly kind: 'busy'; readonly process: GitProcess | undefined; readonly lock: GitLock | undefined };

/** Subcommands that read, serve, tidy up in the background or wait for people: no reason to hold anybody up. */
const HARMLESS = new Set([
  'annotate',
  'blame',
  'cat-file',
  'check-ignore',
  'credential',
  'credential-cache',
  'credential-cache--daemon',
  'credential-store',
  'daemon',
  'describe',
  'diff',
  'for-each-ref',
  'fsmonitor--daemon',
  'grep',
  'gc',
  'gui',
  'help',
  'http-backend',
  'log',
  'ls-files',
  'ls-remote',
  'ls-tree',
  'maintenance',
  'merge-base',
  'multi-pack-index',
  'pack-objects',
  'repack',
  'rev-list',
  'rev-parse',
  'shortlog',
  'show',
  'version',
  'web--browse',
  'whatchanged',
]);

/** Options of git itself that take the next word as their value. */
const VALUED = new Set([
  '-C',
  '-c',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--exec-path',
  '--super-prefix',
  '--config-env',
  '--attr-source',
]);

/**
 * A lock this young without a visible owner may belong to a git that has just started or ended. File times are
 * finer than the clock that we read: a lock made just now can be a fraction of a millisecond ahead of us.
 */
const YOUNG_MS = 2_000;
const CLOCK_MS = 10;

export function gitState({ gitDir, locks, processes }: GitView): GitState {
  const process = processes.find(candidate => candidate.gitDir === gitDir && !isHarmless(candidate.argv));
  const owned = locks.find(({ isOpen }) => isOpen === true);
  // With any git process here, also a reader, a lock is taken to be alive: status refreshes the index.
  const isAnybodyHere = processes.some(candidate => candidate.gitDir === gitDir);
  const young = locks.find(({ ageMs }) => isAnybodyHere || (ageMs > -CLOCK_MS && ageMs < YOUNG_MS));
  const lock = owned ?? young;
  if (process === undefined && lock === undefined) return { kind: 'idle', stale: locks };
  return { kind: 'busy', process, lock: lock ?? locks[0] };
}

/** True for git's own program name, wherever it was started from: never for words in arguments. */
export const isGit = (argv: readonly string[]): boolean => /(^|[\\/])git(\.exe)?$/i.test(argv[0] ?? '');

/** The subcommand of a git command line, past its global options. */
export function gitSubcommand(argv: readonly string[]): string | undefined {
  for (let index = 1; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (VALUED.has(word)) index += 1;
    else if (!word.startsWith('-')) return word;
  }
  return undefined;
}

/** The value of a global option of git: `-C dir` (each relative to the one before) or `--git-dir`. */
export function gitOption(argv: readonly string[], name: '-C' | '--git-dir'): string[] {
  const values: string[] = [];
  for (let index = 1; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === name) values.push(argv[index + 1] ?? '');
    else if (word.startsWith(`${name}=`)) values.push(word.slice(name.length + 1));
    if (VALUED.has(word)) index += 1;
    else if (!word.startsWith('-')) break;
  }
  return values;
}

function isHarmless(argv: readonly string[]): boolean {
  const subcommand = gitSubcommand(argv);
  return subcommand === undefined || HARMLESS.has(subcommand);
}
