// A fresh folder with the packed package installed in it, as a user has it. The lock file is made from our own,
// so that npm finds every package in the cache that installing this repository has filled.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { ROOT } from '../helpers/paths.ts';
import type { Scratch } from '../helpers/scratch.ts';

const QUIETLY = ['--prefer-offline', '--no-audit', '--no-fund'];
const NO_REGISTRY = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/;

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

interface Ended {
  readonly exitCode?: number;
  readonly stderr: string;
}

const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

/** `npm pack` of what is in dist now; the path of the tarball. */
export async function pack(folder: string): Promise<string> {
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await execa('npm', words, { cwd: ROOT });
  return join(folder, JSON.parse(stdout)[0].filename);
}

/** Installs into the scratch's project. Why that cannot be done here, if npm gets at no packages. */
export async function installPacked({ project }: Scratch, tarball: string): Promise<string | undefined> {
  const { name, version, dependencies, bin, engines } = readJson('package.json');
  const resolved = `file:${tarball}`;
  const wanted = { name: 'consumer', dependencies: { [name]: resolved } };
  const locked = Object.entries<LockedPackage>(readJson('package-lock.json').packages);
  const packages = {
    '': wanted,
    [`node_modules/${name}`]: { version, resolved, dependencies, bin, engines },
    ...Object.fromEntries(locked.filter(([path, { dev, devOptional }]) => path && !dev && !devOptional)),
  };
  const lock = { name: 'consumer', lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...wanted, private: true, type: 'module' }));
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify(lock));
  const words = ['ci', '--ignore-scripts', ...QUIETLY];
  return whyNoPackages(await execa('npm', words, { cwd: project, reject: false }));
}

/** Installs for all projects, as `npm install -g` does, below `prefix`. Why not, if npm gets at no packages. */
export async function installGlobally(tarball: string, prefix: string): Promise<string | undefined> {
  const words = ['install', '--global', '--prefix', prefix, ...QUIETLY, tarball];
  return whyNoPackages(await execa('npm', words, { reject: false }));
}

/**
 * Nothing where npm has installed what it was told to; where it gets at no packages, that.
 * @throws Error with npm's words for any other failure
 */
export function whyNoPackages({ exitCode, stderr }: Ended): string | undefined {
  if (exitCode === 0) return undefined;
  const reason = stderr.split('\n').find(line => NO_REGISTRY.test(line));
  if (reason !== undefined) return `npm gets at no packages: ${reason}`;
  throw new Error(stderr);
}

/** Complaints of the compiler about this program, which sees the installed package and Node's types. */
export async function compile({ project }: Scratch, text: string, flags: readonly string[]): Promise<string> {
  const types = join(project, 'node_modules', '@types');
  mkdirSync(types, { recursive: true });
  try {
    symlinkSync(join(ROOT, 'node_modules', '@types', 'node'), join(types, 'node'));
  } catch {
    // there from an earlier call
  }
  writeFileSync(join(project, 'consumer.ts'), text);
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const words = ['--noEmit', '--strict', '--ignoreConfig', '--target', 'es2023', '--types', 'node', ...flags];
  return (await execa(tsc, [...words, 'consumer.ts'], { cwd: project, reject: false })).stdout;
}
