// Courtesy: a git operation that already runs in this repository may finish before the command starts.
// Bounded, advisory (git can start right after), and never for an operation that is our own parent.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform, World } from '../base/ports.ts';
import type { GitFolders } from '../base/project.ts';
import { firstOf } from '../base/wake.ts';
import { gitFoldersOf } from './git-dir.ts';
import { type GitLock, type GitProcess, gitState, isGit } from './git-state.ts';

export interface GitWait {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly waitMs: number;
  /** `auto` fails when the command is git itself and continues otherwise. */
  readonly busy: 'auto' | 'fail' | 'continue';
}

const POLL_MS = 100;
/** Locks of one work tree, and those that all work trees of a repository share. */
const OWN_LOCKS = ['index.lock', 'HEAD.lock', 'ORIG_HEAD.lock', 'MERGE_HEAD.lock'];
const SHARED_LOCKS = ['packed-refs.lock', 'config.lock', 'shallow.lock'];

/**
 * Waits until git is idle or the time has passed. `busy`: the command must not start. `stale`: it may, but a lock
 * file lies about that nobody holds.
 */
export async function waitGit(request: GitWait, world: World): Promise<'go' | 'busy' | 'stale'> {
  // Inside a hook the operation is our parent: `git commit -a` holds index.lock until the hook has ended.
  if (request.env.GIT_INDEX_FILE) return 'go';
  const folders = gitFoldersOf(request.argv, request.cwd, request.env.GIT_DIR);
  if (!folders) return 'go';
  const beganNs = world.clock.nowNs();
  const waitedMs = () => Number(world.clock.nowNs() - beganNs) / 1e6;
  for (;;) {
    const state = await look(folders, world);
    if (state === 'nested') return 'go';
    if (state === 'waits-for-us')
      return isGit(request.argv) ? giveUp(request, folders, waitedMs(), world) : 'go';
    if (state.kind === 'idle') {
      for (const { path, ageMs } of state.stale) world.emit({ type: 'git-lock-stale', path, ageMs });
      return state.stale.length > 0 ? 'stale' : 'go';
    }
    if (world.stop.requested !== undefined) return 'go';
    if (waitedMs() >= request.waitMs) return giveUp(request, folders, waitedMs(), world);
    world.emit({
      type: 'git-waited',
      root: folders.workTree,
      what: state.lock?.path ?? 'the repository',
      pid: state.process?.pid,
      command: state.process?.argv,
      waitedMs: waitedMs(),
    });
    const pauseMs = Math.min(POLL_MS, request.waitMs - waitedMs());
    await firstOf([done => world.stop.listen(done), done => world.clock.after(pauseMs, done)]);
  }
}

function giveUp(request: GitWait, { workTree }: GitFolders, waitedMs: number, world: World): 'go' | 'busy' {
  const isRefused = request.busy === 'fail' || (request.busy === 'auto' && isGit(request.argv));
  world.emit({ type: 'git-wait-passed', root: workTree, waitedMs, isRefused });
  return isRefused ? 'busy' : 'go';
}

async function look(folders: GitFolders, world: World) {
  const { platform } = world;
  const pids = await platform.pidsOfProgram('git');
  const ancestors = pids.length === 0 ? new Set<number>() : ancestorsOf(process.pid, platform);
  const gits = pids.flatMap(pid => gitProcess(pid, platform) ?? []);
  const isParent = ({ pid, gitDir }: GitProcess) => ancestors.has(pid) && gitDir === folders.gitDir;
  if (gits.some(isParent)) return 'nested' as const;
  const patient = gits.length === 0 ? new Set<number>() : ancestorsOfWaiters(world);
  const processes = gits.filter(({ pid }) => !ancestors.has(pid) && !patient.has(pid));
  const locks = locksOf(folders, platform);
  const state = gitState({ gitDir: folders.gitDir, locks, processes });
  // What is locked is locked by the one that waits for us: it will not let go before we have run.
  const isCircle = gits.some(({ pid, gitDir }) => patient.has(pid) && gitDir === folders.gitDir);
  return state.kind === 'busy' && state.process === undefined && isCircle ? ('waits-for-us' as const) : state;
}

/** A git whose hook waits in our queue cannot finish before us, however long we let it. */
function ancestorsOfWaiters({ tickets, slots, platform }: World): Set<number> {
  const occupants = slots.occupants();
  const waiting = tickets.list().filter(({ id }) => !occupants.includes(id));
  return new Set(waiting.flatMap(({ identity }) => [...ancestorsOf(identity.pid, platform)]));
}

function gitProcess(pid: number, platform: Platform): GitProcess | undefined {
  const argv = platform.commandLine(pid);
  if (!argv || !isGit(argv)) return undefined;
  if (platform.ownerUid(pid) !== platform.uid()) return undefined;
  // git has already changed to its -C directory, so only --git-dir and GIT_DIR count beside the directory.
  const cwd = platform.workingDirectory(pid);
  if (cwd === undefined) return { pid, argv, gitDir: undefined };
  const explicit = argv.filter((word, index) => word !== '-C' && argv[index - 1] !== '-C');
  const folders = gitFoldersOf(explicit, cwd, platform.environmentValue(pid, 'GIT_DIR'));
  return { pid, argv, gitDir: folders?.gitDir };
}

function ancestorsOf(pid: number, platform: Platform): Set<number> {
  const ancestors = new Set<number>();
  for (let at = platform.look(pid)?.ppid ?? 0; at > 1 && !ancestors.has(at); ) {
    ancestors.add(at);
    at = platform.look(at)?.ppid ?? 0;
  }
  return ancestors;
}

function locksOf({ gitDir, commonDir }: GitFolders, platform: Platform): GitLock[] {
  const paths = [
    ...OWN_LOCKS.map(name => join(gitDir, name)),
    ...SHARED_LOCKS.map(name => join(commonDir, name)),
  ];
  return paths.flatMap(path => {
    const facts = statSync(path, { throwIfNoEntry: false });
    if (!facts) return [];
    return { path, ageMs: Date.now() - facts.mtimeMs, isOpen: platform.isOpenAnywhere(path) };
  });
}
