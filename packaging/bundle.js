// The whole command line in one file, packages inside, and what belongs to it: V8's code cache, and the licences
// that Node and the packages ask to be passed on.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { commandLine } from '../esbuild.options.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = dirname(HERE.replace(/[\\/]$/, ''));

/** Writes `<folder>/seqx.cjs`; its path, and the folders of all packages that went into it. */
export async function bundle(folder) {
  const { metafile } = await build({ ...commandLine, absWorkingDir: ROOT, outdir: folder, metafile: true });
  const packages = Object.keys(metafile.inputs).flatMap(path => {
    const [, found] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    return found === undefined ? [] : [join(ROOT, found)];
  });
  return { file: join(folder, 'seqx.cjs'), packages: [...new Set(packages)].sort() };
}

/** Code cache of what one run compiles, in a place of its own; its path. */
export function makeCodeCache(file, node) {
  const cache = `${file}.cache`;
  const place = mkdtempSync(join(tmpdir(), 'seqx-package-'));
  const env = { PATH: process.env.PATH, SEQX_STATE_DIR: join(place, 'state'), XDG_STATE_HOME: place };
  try {
    mkdirSync(env.SEQX_STATE_DIR, { mode: 0o700 });
    const words = [join(HERE, 'code-cache.cjs'), file, cache, node, '-e', '0'];
    execFileSync(node, words, { cwd: place, env, stdio: ['ignore', 2, 2] });
  } finally {
    rmSync(place, { recursive: true });
  }
  return cache;
}

/** One text of licences: ours, that of Node, which a binary mostly is, and those of the packages. */
export function writeLicences(path, packages, node) {
  const folders = [ROOT, dirname(dirname(node)), ...packages];
  writeFileSync(path, folders.map(licenceText).join(`\n${'-'.repeat(78)}\n\n`));
}

function licenceText(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? `${license}\n` : readFileSync(join(folder, file), 'utf8');
  return `${name} ${version}\n\n${text}`;
}
