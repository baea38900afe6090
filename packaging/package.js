// `make package`: single-file binaries in packaging/out, by `@yao-pkg/pkg --sea` from one bundled file.
// Words are targets (all, host, or names from targets.js). Says what it does on stderr; prints the path of each
// binary on stdout. Everything comes from the npm registry: pkg, which would fetch Node from nodejs.org, finds it
// in its cache, and is run by a Node that is not permitted to use the network.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signAdHoc } from './ad-hoc-sign.js';
import { bundle, makeCodeCache, writeLicences } from './bundle.js';
import { CACHE, installNode, installTools } from './install.js';
import { binaryName, chooseTargets, HOST, NODE_VERSION, TARGETS } from './targets.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OUT = join(HERE, 'out');
const MAN_PAGE = join(HERE, '..', 'man', 'seqx.1');
const IDENTIFIER = 'seqx';

const OFFLINE = [
  ...['--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-child-process'],
  // ... which says that a child process might do anything: ours is Node that writes a file.
  '--disable-warning=SecurityWarning',
];

const say = text => process.stderr.write(`package: ${text}\n`);

const names = chooseTargets(process.argv.length > 2 ? process.argv.slice(2) : ['all']);
if (!(HOST in TARGETS)) throw new Error(`there is no Node ${NODE_VERSION} for ${HOST} to build with`);

installTools();
const hostNode = installNode(HOST);
const { file, packages } = await bundle(CACHE);
const codeCache = makeCodeCache(file, hostNode);

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);
const binaries = names.map(make);
writeLicences(join(OUT, 'LICENSES.txt'), packages, hostNode);
if (existsSync(MAN_PAGE)) cpSync(MAN_PAGE, join(OUT, 'seqx.1'));
writeFileSync(join(OUT, 'SHA256SUMS'), readdirSync(OUT).sort().map(checksumLine).join(''));
process.stdout.write(`${binaries.join('\n')}\n`);

function make(name) {
  const { pkgOs, cpu } = TARGETS[name];
  const output = join(OUT, binaryName(name));
  say(output);
  seedCache(name, installNode(name));
  const assets = { bundle: file, ...(name === HOST ? { 'code-cache': codeCache } : {}) };
  runPkg([pkgOs, cpu, output, JSON.stringify(assets)]);
  if (pkgOs === 'macos') writeFileSync(output, signAdHoc(readFileSync(output), IDENTIFIER));
  chmodSync(output, 0o755);
  return output;
}

/** Node as pkg leaves it after a download: archive and executable, each with a mark that it is whole. */
function seedCache(name, node) {
  const { os, cpu } = TARGETS[name];
  const isWindows = os === 'win32';
  const base = join(CACHE, '.pkg-cache', 'sea', `node-v${NODE_VERSION}-${isWindows ? 'win' : os}-${cpu}`);
  const archive = `${base}.${isWindows ? 'zip' : 'tar.gz'}`;
  const executable = isWindows ? `${base}.exe` : join(base, 'bin', 'node');
  mkdirSync(dirname(executable), { recursive: true });
  rmSync(executable, { force: true });
  symlinkSync(node, executable);
  for (const path of [archive, `${archive}.ok`, `${executable}.ok`]) writeFileSync(path, '');
}

/** Its cache is in the home folder; it is given one of its own. */
function runPkg(words) {
  const env = { ...process.env, HOME: CACHE, USERPROFILE: CACHE };
  execFileSync(hostNode, [...OFFLINE, join(HERE, 'sea.js'), ...words], { env, stdio: ['ignore', 2, 2] });
}

function checksumLine(name) {
  return `${createHash('sha256')
    .update(readFileSync(join(OUT, name)))
    .digest('hex')}  ${name}\n`;
}
