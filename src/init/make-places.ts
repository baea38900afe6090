// Where the files lie that make reads.

import { readdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { messageOf, SeqxError } from '../base/errors.ts';
import type { InitContext } from './integration.ts';

/** The file that GNU make would read in a folder. Listed, because some file systems do not tell case. */
export function findMakefile(folder: string): string | undefined {
  try {
    const names = readdirSync(folder);
    return ['GNUmakefile', 'makefile', 'Makefile'].find(name => names.includes(name));
  } catch (error) {
    throw new SeqxError('SEQX_FILE_UNWRITABLE', `cannot read ${folder}: ${messageOf(error)}`);
  }
}

/** The XDG rule: a relative path is invalid and is ignored. */
export function userSeqxMk({ env, home }: Pick<InitContext, 'env' | 'home'>): string {
  const given = env.XDG_DATA_HOME;
  const data = given && isAbsolute(given) ? given : join(home, '.local', 'share');
  return join(data, 'seqx', 'seqx.mk');
}
