// The version, from the package itself.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `seqx 0.1.0`. The bundle lies in dist, one folder below package.json. */
export function versionText(): string {
  const path = join(fileURLToPath(new URL('.', import.meta.url)), '..', 'package.json');
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return `seqx ${version}`;
}
