// What this machine has: tests that need more than Node, npm, git and make are skipped, with the reason said.

import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** True, and said on stderr, when a program is not installed: for `test.skipIf`. */
export function lacks(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(':');
  return missing(!folders.some(folder => isExecutable(join(folder, program))), `${program} is not installed`);
}

/** Passes the answer on, and says why tests are skipped when it is true. */
export function missing(isMissing: boolean, reason: string): boolean {
  if (isMissing) process.stderr.write(`some tests are skipped: ${reason}\n`);
  return isMissing;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
