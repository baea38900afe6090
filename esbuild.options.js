// How the command line becomes one CommonJS file: for dist, where packages stay packages, and for the
// single-file binaries, where they go inside.

import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

export const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none',
  logLevel: 'warning',
};

export const commandLine = {
  ...shared,
  entryPoints: { seqx: 'src/cli/entry.ts' },
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  // A script from V8's code cache has lost its way to the module loader, and a single-file binary has none:
  // import() fails there, require() works.
  supported: { 'dynamic-import': false },
  // In CommonJS there is no import.meta; the file's own address stands in.
  define: { 'import.meta.url': 'ownAddress', SEQX_VERSION: JSON.stringify(version) },
  banner: { js: "const ownAddress = require('node:url').pathToFileURL(__filename).href;" },
};
