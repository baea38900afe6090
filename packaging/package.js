// `make package`: single-file binaries in packaging/out, by `@yao-pkg/pkg --sea` from one bundled file.
// Words are targets (all, host, or names from targets.js). Says what it does on stderr; prints the path of the
// binary for this machine, if it is among them, on stdout. Everything comes from the npm registry.

import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signAdHoc } from './ad-hoc-sign.js';
import { bundle, makeCodeCache, writeLicences } from './bundle.js';
import { CACHE, installNode, installTools } from './install.js';
import { runPkg } from './pkg.js';
import { binaryName, chooseTargets, HOST, NODE_VERSION, TARGETS } from './targets.js';
import { unsignPe } from './unsign-pe.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OUT = join(HERE, 'out');
const MAN_PAGE = join(HERE, '..', 'man', 'seqx.1');
/** What a system wants of an executable whose signature was broken by what was put in. */
const FINISH = { macos: file => signAdHoc(file, 'seqx'), win: unsignPe };

const names = chooseTargets(process.argv.length > 2 ? process.argv.slice(2) : ['all']);
if (!(HOST in TARGETS)) throw new Error(`there is no Node ${NODE_VERSION} for ${HOST} to build with`);

installTools();
const hostNode = installNode(HOST);
const { file, packages } = await bundle(CACHE);
const codeCache = makeCodeCache(file, hostNode);

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);
for (const name of names) make(name);
writeLicences(join(OUT, 'LICENSES.txt'), packages, hostNode);
if (existsSync(MAN_PAGE)) cpSync(MAN_PAGE, join(OUT, 'seqx.1'));
writeFileSync(join(OUT, 'SHA256SUMS'), readdirSync(OUT).sort().map(checksumLine).join(''));
if (names.includes(HOST)) process.stdout.write(`${join(OUT, binaryName(HOST))}\n`);

function make(name) {
  const output = join(OUT, binaryName(name));
  process.stderr.write(`package: ${output}\n`);
  // The cache fits one kind of processor.
  const assets = { bundle: file, ...(name === HOST ? { 'code-cache': codeCache } : {}) };
  runPkg(name, { node: installNode(name), hostNode, assets, output });
  const finish = FINISH[TARGETS[name].pkgOs];
  if (finish) writeFileSync(output, finish(readFileSync(output)));
  chmodSync(output, 0o755);
}

function checksumLine(name) {
  return `${createHash('sha256')
    .update(readFileSync(join(OUT, name)))
    .digest('hex')}  ${name}\n`;
}
