#!/usr/bin/env node
// Starts the bundle, through V8's code cache: compiling it anew is a fifth of a run's whole overhead
// (bench/README.md). The cache lies beside the bundle, belongs to one Node version, and is renewed by whoever
// may write there; V8 itself refuses one that does not fit. CommonJS (bin/package.json), because an ES module
// as entry costs 4 ms more.

const { readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const vm = require('node:vm');

const SUBCOMMANDS = './subcommands.cjs';
const DIST = join(__dirname, '..', 'dist');
const requireElsewhere = createRequire(join(DIST, 'seqx.cjs'));
const loaded = new Map();

/** What a file of dist exports; the two of them ask for each other as `./seqx.cjs` and `./subcommands.cjs`. */
function requireFrom(name) {
  if (!/^\.\/\w+\.cjs$/.test(name)) return requireElsewhere(name);
  if (!loaded.has(name)) {
    const module = { exports: {} };
    loaded.set(name, module);
    const file = join(DIST, name);
    compile(name, file).runInThisContext()(module.exports, requireFrom, module, file, DIST);
  }
  return loaded.get(name).exports;
}

function compile(name, file) {
  const cache = `${file}.${process.versions.v8}-${process.arch}.cache`;
  const cachedData = readCache(file, cache);
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`,
    { filename: file, cachedData, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
  );
  if (cachedData === undefined || script.cachedDataRejected) {
    process.once('exit', () => hasCalledAll(name) && writeCache(cache, script));
  }
  return script;
}

/** Only a cache that is newer than the bundle and belongs to the bundle's owner is looked at. */
function readCache(file, cache) {
  try {
    const [code, cached] = [statSync(file), statSync(cache)];
    return cached.mtimeMs >= code.mtimeMs && cached.uid === code.uid ? readFileSync(cache) : undefined;
  } catch {
    return undefined;
  }
}

const isRun = () => !(loaded.has(SUBCOMMANDS) || process.argv[2] === '__watchdog');

/** Of what runs need, a run alone has called all: subcommands and watchdogs leave that cache to the next. */
const hasCalledAll = name => name === SUBCOMMANDS || isRun();

/** At the end, when all that was called has been compiled. */
function writeCache(cache, script) {
  try {
    const draft = `${cache}.${process.pid}`;
    writeFileSync(draft, script.createCachedData());
    renameSync(draft, cache);
  } catch {
    // not ours to write: every start compiles
  }
}

requireFrom('./seqx.cjs');
