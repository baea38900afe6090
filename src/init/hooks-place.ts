// Where git looks for hooks here, and who else may already rule there.

import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { SeqxError } from '../base/errors.ts';
import type { InitContext } from './integration.ts';

export interface HooksPlace {
  /** The folder that git runs hooks from; the repository's own where hooks are off. */
  readonly folder: string;
  /** The folder in the repository itself, which git ignores while core.hooksPath is set. */
  readonly ownFolder: string;
  /** Top of the work tree; the git directory of a bare repository. */
  readonly top: string;
  /** The hooks folder lies outside this repository: other repositories may use it, too. */
  readonly isShared: boolean;
  /** core.hooksPath is empty, and git runs no hooks at all (2.39 says `./` for it, and looks in /). */
  readonly isOff: boolean;
}

/** @throws SeqxError SEQX_USAGE_INVALID outside of any repository */
export async function findHooks(context: InitContext): Promise<HooksPlace> {
  const place = await lookForHooks(context);
  if (place) return place;
  const [what, hint] = context.project.git
    ? [`git does not answer in ${context.project.root}`, 'git status   (it says what is wrong)']
    : [`git knows no repository in ${context.cwd}`, 'git init'];
  throw new SeqxError('SEQX_USAGE_INVALID', `${what}; nothing was written`, hint);
}

/** `undefined` where there is no repository, or no git. */
export async function lookForHooks({ cwd, project, ask }: InitContext): Promise<HooksPlace | undefined> {
  // git answers relative to where it runs, and takes a relative core.hooksPath from the top.
  const at = project.git?.workTree ?? cwd;
  // One question at a time: a path may have line ends in it.
  const answerTo = async (...words: string[]) => {
    const { code, stdout } = await ask('git', ['-C', at, 'rev-parse', ...words]);
    return code === 0 ? stdout.replace(/\n$/, '') : '';
  };
  const [gitDir, common, hooks] = await Promise.all([
    answerTo('--absolute-git-dir'),
    answerTo('--git-common-dir'),
    answerTo('--git-path', 'hooks'),
  ]);
  if (!gitDir || !common) return undefined;
  const set = await ask('git', ['-C', at, 'config', '--get', 'core.hooksPath']);
  const isOff = set.code === 0 && set.stdout.trim() === '';
  const commonDir = resolve(at, common);
  const top = project.git?.workTree ?? gitDir;
  const ownFolder = join(commonDir, 'hooks');
  const folder = isOff || !hooks ? ownFolder : resolve(at, hooks);
  const homes = [top, commonDir, ...(basename(commonDir) === '.git' ? [dirname(commonDir)] : [])];
  const isShared = !homes.some(home => isBelow(folder, home));
  return { folder, ownFolder, top, isShared, isOff };
}

function isBelow(path: string, home: string): boolean {
  const way = relative(realWay(home), realWay(path));
  return way !== '..' && !way.startsWith('../');
}

/** The real path of what is there, and the rest as it is written. */
function realWay(path: string): string {
  if (existsSync(path) || path === dirname(path)) return realpathSync(path);
  return join(realWay(dirname(path)), basename(path));
}
