// Where things are, for every test.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const SEQX = join(ROOT, 'bin', 'seqx.js');
/** The single-file binary that stands in for bin/seqx.js: the end-to-end tests go through it where it is given. */
export const EXECUTABLE = process.env.SEQX_TEST_EXECUTABLE;
/** The words that start seqx. */
export const SEQX_WORDS: readonly [string, ...string[]] =
  EXECUTABLE === undefined ? [process.execPath, SEQX] : [EXECUTABLE];
export const LIBRARY = join(ROOT, 'dist', 'index.js');
export const PUPPET = join(ROOT, 'node_modules', '.cache', 'seqx', 'puppet.cjs');
export const fixture = (name: string): string => join(ROOT, 'fixtures', name);
