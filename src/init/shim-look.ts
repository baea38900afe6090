// Which shims are there, and do they stand before their tools? For `seqx init shims` and `seqx doctor`.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { count } from '../base/text.ts';
import { findScript } from './found-script.ts';
import type { InitContext, IntegrationState } from './integration.ts';
import { shellWord } from './own-script.ts';
import { findPrograms, pathFolders } from './programs.ts';

export interface Shim {
  readonly name: string;
  /** Folders that were made for it. */
  readonly folders: number;
}

/** A folder of shims is small: system folders in PATH are not read through. */
const MOST_FILES = 200;

export function shimsIn(folder: string): Shim[] {
  return namesIn(folder).flatMap(name => {
    const found = findScript(join(folder, name), 'shim');
    return found.kind === 'ours' ? [{ name, folders: found.folders }] : [];
  });
}

function namesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder);
    return names.length > MOST_FILES ? [] : names.sort();
  } catch {
    return [];
  }
}

/** Looks at the usual folder, below seqx's for this user's data, and at all that PATH names. */
export function inspectShims(data: string | undefined, { env, cwd }: InitContext): IntegrationState {
  const reached = pathFolders(env, cwd);
  const usual = data === undefined ? [] : [join(data, 'shims')];
  const folders = [...new Set([...reached, ...usual])].filter(folder => shimsIn(folder).length > 0);
  if (folders.length === 0) return { state: 'absent', detail: 'no shims' };
  const unreached = folders.find(folder => !reached.includes(folder));
  const all = folders.flatMap(folder =>
    shimsIn(folder).map(({ name }) => ({ name, path: join(folder, name) })),
  );
  const late = all.find(({ name, path }) => isBehind(name, path, folders, env, cwd));
  const folder = unreached ?? folders[0] ?? '';
  if (unreached === undefined && late === undefined) {
    return { state: 'active', detail: `${all.map(({ name }) => name).join(', ')} in ${folders.join(', ')}` };
  }
  const first = late && findPrograms(late.name, env, cwd)[0];
  const detail =
    unreached === undefined
      ? `PATH has ${first} before the shim in ${folder}`
      : `${count(shimsIn(folder).length, 'shim')} in ${folder}, which is not in PATH`;
  return { state: 'open', detail, hint: `export PATH=${shellWord(folder)}:"$PATH"` };
}

/** Another program of that name, which is no shim either, is found first. */
function isBehind(
  name: string,
  path: string,
  folders: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): boolean {
  const [first] = findPrograms(name, env, cwd);
  return first !== undefined && first !== path && !folders.some(folder => first === join(folder, name));
}
