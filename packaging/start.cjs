// The main script of a binary. The bundle lies beside it as an asset, so that it can be compiled through V8's
// code cache, as bin/seqx.js does it: `seqx true` takes 60 ms without the cache, 51 ms with the cache that Node's
// useCodeCache makes (it knows only what was compiled before the first run), 44 ms with the one of a whole run.
// A binary made on another system carries no cache; V8 itself refuses one that does not fit.

const { getAssetKeys, getRawAsset } = require('node:sea');
const vm = require('node:vm');

const read = name => Buffer.from(getRawAsset(name));
const cachedData = getAssetKeys().includes('code-cache') ? read('code-cache') : undefined;
const script = new vm.Script(
  `(function (exports, require, module, __filename, __dirname) {${read('bundle').latin1Slice()}\n})`,
  { filename: __filename, cachedData },
);
script.runInThisContext()({}, require, { exports: {} }, __filename, __dirname);
