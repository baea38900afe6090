// Runs inside the Node that goes into the binaries: the bundle, and, when it has run whatever the words say, writes
// V8's code cache of all that was compiled for it. Words: bundle, cache, words of seqx.

const { readFileSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');
const vm = require('node:vm');

const [bundle, cache] = process.argv.splice(2, 2);
const script = new vm.Script(
  `(function (exports, require, module, __filename, __dirname) {${readFileSync(bundle, 'latin1')}\n})`,
  { filename: bundle },
);
process.once('exit', () => writeFileSync(cache, script.createCachedData()));
script.runInThisContext()({}, require, { exports: {} }, bundle, dirname(bundle));
