// The user's home directory as the environment has it, and the XDG folders that lie in it unless it says otherwise.

import { isAbsolute, join } from 'node:path';

/** A path that is a place: an empty or relative one would lead into whatever directory a call is made in. */
export const absolutePath = (path: string | undefined): string | undefined =>
  path !== undefined && isAbsolute(path) ? path : undefined;

export const homeOf = ({ HOME }: NodeJS.ProcessEnv): string | undefined => absolutePath(HOME);

/** The XDG rule (basedir-spec): a relative path is invalid and is ignored. */
export const xdgFolder = (
  given: string | undefined,
  home: string | undefined,
  ...below: readonly string[]
): string | undefined => absolutePath(given) ?? (home ? join(home, ...below) : undefined);
