// Where things are, for every test.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const SEQX = join(ROOT, 'bin', 'seqx.js');
export const LIBRARY = join(ROOT, 'dist', 'index.js');
export const PUPPET = join(ROOT, 'node_modules', '.cache', 'seqx', 'puppet.cjs');
export const fixture = (name: string): string => join(ROOT, 'fixtures', name);
