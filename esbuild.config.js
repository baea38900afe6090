// Builds dist: seqx.cjs and subcommands.cjs (the command line, CommonJS) and index.js (the library, ES module).
// Packages stay packages.
// Files are moved into place one by one, so that a seqx that runs meanwhile never misses one.

import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildHalves } from './esbuild.halves.js';
import { shared } from './esbuild.options.js';

const DIST = 'dist';
mkdirSync(DIST, { recursive: true });
const fresh = mkdtempSync(join(DIST, '.build-'));
const place = { packages: 'external', outdir: fresh };

await buildHalves(place);
await build({
  ...shared,
  ...place,
  entryPoints: { index: 'src/index.ts' },
  format: 'esm',
  splitting: true,
});

const built = readdirSync(fresh);
for (const name of built) renameSync(join(fresh, name), join(DIST, name));
rmSync(fresh, { recursive: true });
for (const name of readdirSync(DIST)) {
  if (/^chunk-|^(darwin|windows)-/.test(name) && !built.includes(name)) rmSync(join(DIST, name));
}
