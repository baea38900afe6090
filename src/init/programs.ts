// Where PATH finds a program.

import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folders of PATH, absolute, in their order; an empty entry is the working directory. */
export const pathFolders = (env: NodeJS.ProcessEnv, cwd: string): string[] =>
  (env.PATH ?? '').split(':').map(entry => resolve(cwd, entry));

/** Every file that this name could start, the first one first. */
export const findPrograms = (name: string, env: NodeJS.ProcessEnv, cwd: string): string[] =>
  pathFolders(env, cwd)
    .map(folder => join(folder, name))
    .filter(isProgram);

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
