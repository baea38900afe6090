// The user's home directory as the environment has it.

import { isAbsolute } from 'node:path';

/** `HOME`, where it is a place: an empty or relative one would lead into whatever directory a call is made in. */
export const homeOf = ({ HOME }: NodeJS.ProcessEnv): string | undefined =>
  HOME !== undefined && isAbsolute(HOME) ? HOME : undefined;
