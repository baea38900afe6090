// Where seqx.mk and shims lie that are for everything a user does.

import { join } from 'node:path';
import { SeqxError } from '../base/errors.ts';
import { xdgFolder } from '../base/home.ts';
import type { InitContext } from './integration.ts';

type Whose = Pick<InitContext, 'env' | 'home'>;

/** `undefined` for a user without a home. */
export function findDataFolder({ env, home }: Whose): string | undefined {
  const data = xdgFolder(env.XDG_DATA_HOME, home, '.local', 'share');
  return data ? join(data, 'seqx') : undefined;
}

/**
 * @param hint the same call with a folder of its own
 * @throws SeqxError SEQX_USAGE_INVALID where there is none
 */
export function dataFolder(whose: Whose, hint: string): string {
  const folder = findDataFolder(whose);
  if (folder !== undefined) return folder;
  const message = 'this user has no home directory (HOME is no absolute path); nothing was written';
  throw new SeqxError('SEQX_USAGE_INVALID', message, hint);
}
