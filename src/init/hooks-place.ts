// Where git looks for hooks here, and who else may already rule there.

import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { SeqxError } from '../base/errors.ts';
import type { InitContext } from './integration.ts';

export interface HooksPlace {
  /** The folder that git runs hooks from. */
  readonly folder: string;
  /** The folder in the repository itself, which git ignores while core.hooksPath is set. */
  readonly ownFolder: string;
  /** Top of the work tree; the git directory of a bare repository. */
  readonly top: string;
  /** The hooks folder lies outside this repository: other repositories may use it, too. */
  readonly isShared: boolean;
}

/** @throws SeqxError SEQX_USAGE_INVALID outside of any repository */
export async function findHooks(context: InitContext): Promise<HooksPlace> {
  const place = await lookForHooks(context);
  if (place) return place;
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    `git knows no repository in ${context.cwd}; nothing was written`,
    'git init',
  );
}

/** `undefined` where there is no repository, or no git. */
export async function lookForHooks({ cwd, project, ask }: InitContext): Promise<HooksPlace | undefined> {
  // git answers relative to where it runs, and takes a relative core.hooksPath from the top.
  const at = project.git?.workTree ?? cwd;
  const words = ['rev-parse', '--absolute-git-dir', '--git-common-dir', '--git-path', 'hooks'];
  const { code, stdout } = await ask('git', ['-C', at, ...words]);
  const [gitDir, common, hooks] = stdout.split('\n');
  if (code !== 0 || !gitDir || !common || !hooks) return undefined;
  const commonDir = resolve(at, common);
  const top = project.git?.workTree ?? gitDir;
  const folder = resolve(at, hooks);
  const homes = [top, commonDir, ...(basename(commonDir) === '.git' ? [dirname(commonDir)] : [])];
  const isShared = !homes.some(home => isBelow(folder, home));
  return { folder, ownFolder: join(commonDir, 'hooks'), top, isShared };
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
