// pkg, without the network: it would fetch Node from nodejs.org, so Node is put into its cache first, and it is
// run by a Node that is not permitted to use the network.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE } from './install.js';
import { NODE_VERSION, TARGETS } from './targets.js';

const SEA = fileURLToPath(new URL('sea.js', import.meta.url));
const OFFLINE = [
  ...['--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-child-process'],
  // ... which says that a child process might do anything: ours is Node that writes a file.
  '--disable-warning=SecurityWarning',
];

/**
 * Makes one binary.
 * @param node the Node of the target
 * @param hostNode the same version for this machine
 * @param assets name -> file
 */
export function runPkg(name, { node, hostNode, assets, output }) {
  const { pkgOs, cpu } = TARGETS[name];
  seedCache(name, node);
  const words = [SEA, pkgOs, cpu, output, JSON.stringify(assets)];
  // Its cache is in the home folder; it is given one of its own.
  const env = { ...process.env, HOME: CACHE, USERPROFILE: CACHE };
  execFileSync(hostNode, [...OFFLINE, ...words], { env, stdio: ['ignore', 2, 2] });
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
