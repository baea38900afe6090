// Installs what packaging needs, by lock file and from nothing but the npm registry: the tools into
// packaging/node_modules, and Node for a target into a folder of its own. The root's package.json has none of it.
// Run by itself, it installs the tools.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TARGETS } from './targets.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const CACHE = join(HERE, '.cache');

// No scripts: all that is installed is files. No engine check: pkg wants Node 22, and gets the one installed here.
const QUIETLY = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--engine-strict=false'];

export const installTools = () => install(HERE, []);

/** Where the Node executable for this target is. npm installs for another system when told its name. */
export function installNode(name) {
  const { package: packageName, file, os, cpu } = TARGETS[name];
  const folder = join(CACHE, `node-${name}`);
  mkdirSync(folder, { recursive: true });
  for (const json of ['package.json', 'package-lock.json'])
    cpSync(join(HERE, 'node', json), join(folder, json));
  install(folder, [`--os=${os}`, `--cpu=${cpu}`]);
  const executable = join(folder, 'node_modules', packageName, file);
  if (!existsSync(executable)) throw new Error(`npm has not installed ${packageName} (${os} ${cpu})`);
  return executable;
}

/** `npm ci`, unless the folder was installed from this very lock file before. It removes node_modules first. */
function install(folder, words) {
  const lock = join(folder, 'package-lock.json');
  const stamp = join(folder, 'node_modules', '.installed-from.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(lock, 'utf8')) return;
  execFileSync('npm', ['ci', ...QUIETLY, ...words], { cwd: folder, stdio: ['ignore', 2, 2] });
  cpSync(lock, stamp);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installTools();
