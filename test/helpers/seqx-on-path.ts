// `seqx` as a word in shell scripts, hooks and makefiles: a PATH that begins with a folder that holds it.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEQX_WORDS } from './paths.ts';
import type { Scratch } from './scratch.ts';

/** Environment to start a shell with; the shim becomes seqx by exec, so its pid is the wrapper's. */
export function seqxOnPath({ root, env }: Scratch): { PATH: string } {
  const folder = join(root, 'bin');
  mkdirSync(folder, { recursive: true });
  const shim = `#!/bin/sh\nexec ${SEQX_WORDS.map(word => `'${word}'`).join(' ')} "$@"\n`;
  const path = join(folder, 'seqx');
  // Once: a script that is being executed cannot be written (ETXTBSY).
  if (!existsSync(path)) writeFileSync(path, shim, { mode: 0o755 });
  return { PATH: `${folder}:${env.PATH}` };
}
