#!/usr/bin/env node
// Starts the bundle, through V8's code cache: compiling it anew is a fifth of a run's whole overhead
// (bench/README.md). The cache lies beside the bundle, belongs to one Node version, and is renewed by whoever
// may write there; V8 itself refuses one that does not fit. CommonJS (bin/package.json), because an ES module
// as entry costs 4 ms more.

const { readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const vm = require('node:vm');

const bundle = join(__dirname, '..', 'dist', 'seqx.cjs');
const cache = `${bundle}.${process.versions.v8}-${process.arch}.cache`;

/** Only a cache that is newer than the bundle and belongs to the bundle's owner is looked at. */
function readCache() {
  try {
    const [code, cached] = [statSync(bundle), statSync(cache)];
    return cached.mtimeMs >= code.mtimeMs && cached.uid === code.uid ? readFileSync(cache) : undefined;
  } catch {
    return undefined;
  }
}

const cachedData = readCache();
const script = new vm.Script(
  `(function (exports, require, module, __filename, __dirname) {${readFileSync(bundle, 'latin1')}\n})`,
  { filename: bundle, cachedData, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
);

if (cachedData === undefined || script.cachedDataRejected) {
  process.once('exit', () => {
    try {
      const draft = `${cache}.${process.pid}`;
      writeFileSync(draft, script.createCachedData());
      renameSync(draft, cache);
    } catch {
      // not ours to write: every start compiles
    }
  });
}

const loaded = { exports: {} };
script.runInThisContext()(loaded.exports, createRequire(bundle), loaded, bundle, dirname(bundle));
