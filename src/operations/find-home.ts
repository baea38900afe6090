// The user's home directory, as far as it can be known: what HOME says, else what the system knows of this user.

import { homedir, userInfo } from 'node:os';
import { isAbsolute } from 'node:path';
import { homeOf } from '../base/home.ts';

/** `undefined` for a user without an entry, as a container may have. */
export function findHome(env: NodeJS.ProcessEnv): string | undefined {
  return homeOf(env) ?? [homedir, () => userInfo().homedir].map(attempt).find(path => isAbsolute(path));
}

/** Both throw for a user without an entry. */
function attempt(ask: () => string): string {
  try {
    return ask();
  } catch {
    return '';
  }
}
