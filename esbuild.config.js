// Builds dist: seqx.cjs (the command line in one CommonJS file: what a run needs, and, evaluated only when
// asked for, the subcommands) and index.js (the library, ES module). Packages stay packages.
// Files are moved into place one by one, so that a seqx that runs meanwhile never misses one.

import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const DIST = 'dist';
mkdirSync(DIST, { recursive: true });
const fresh = mkdtempSync(join(DIST, '.build-'));

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  legalComments: 'none',
  logLevel: 'warning',
  outdir: fresh,
};

await build({
  ...shared,
  entryPoints: { seqx: 'src/cli/entry.ts' },
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  // A script from V8's code cache has lost its way to the module loader: import() fails there, require() works.
  supported: { 'dynamic-import': false },
  // In CommonJS there is no import.meta; the file's own address stands in.
  define: { 'import.meta.url': 'ownAddress' },
  banner: { js: "const ownAddress = require('node:url').pathToFileURL(__filename).href;" },
});

await build({ ...shared, entryPoints: { index: 'src/index.ts' }, format: 'esm', splitting: true });

const built = readdirSync(fresh);
for (const name of built) renameSync(join(fresh, name), join(DIST, name));
rmSync(fresh, { recursive: true });
for (const name of readdirSync(DIST)) {
  if (/^chunk-|^(darwin|windows)-/.test(name) && !built.includes(name)) rmSync(join(DIST, name));
}
