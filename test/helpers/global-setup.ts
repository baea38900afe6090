// Before any test: dist is as new as src, and the puppets are bundled.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { PUPPET, ROOT } from './paths.ts';

export async function setup(): Promise<void> {
  if (isStale()) await execa('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  await build({
    entryPoints: [join(ROOT, 'fixtures', 'puppet.ts')],
    outfile: PUPPET,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    packages: 'external',
    define: { 'import.meta.url': 'ownAddress' },
    banner: { js: "const ownAddress = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'warning',
  });
}

function isStale(): boolean {
  const bundle = join(ROOT, 'dist', 'seqx.cjs');
  if (!existsSync(bundle)) return true;
  const builtMs = statSync(bundle).mtimeMs;
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return sources.some(name => statSync(join(ROOT, 'src', name)).mtimeMs > builtMs);
}
