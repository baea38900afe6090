// Settings from files: the project's (seqx.toml, or "seqx" in package.json) and the user's. TOML is loaded
// only when such a file exists, so that the usual run pays one failed open for each.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf, SeqxError } from './errors.ts';
import { homeOf, xdgFolder } from './home.ts';
import { type FileSource, fileSource } from './settings.ts';

/**
 * The configuration files that apply in a project, strongest first.
 * @throws SeqxError SEQX_CONFIG_UNREADABLE, SEQX_SETTING_INVALID
 */
export async function readConfigFiles(root: string, env: NodeJS.ProcessEnv): Promise<FileSource[]> {
  const home = xdgFolder(env.XDG_CONFIG_HOME, homeOf(env), '.config');
  const sources = [await readToml(join(root, 'seqx.toml')), readPackage(join(root, 'package.json'))];
  if (home) sources.push(await readToml(join(home, 'seqx', 'config.toml')));
  return sources.filter(source => source !== undefined);
}

async function readToml(path: string): Promise<FileSource | undefined> {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const { parse } = await import('smol-toml');
  let table: Record<string, unknown>;
  try {
    table = parse(text);
  } catch (error) {
    throw unreadable(path, messageOf(error).split('\n')[0] ?? '');
  }
  return fileSource(path, table);
}

function readPackage(path: string): FileSource | undefined {
  if (!existsSync(path)) return undefined;
  // A package.json without our key is not ours to judge, even a broken one.
  const text = readIfThere(path);
  if (!text?.includes('"seqx"')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw unreadable(path, messageOf(error));
  }
  const table = isTable(parsed) ? parsed.seqx : undefined;
  return isTable(table) ? fileSource(`"seqx" of ${path}`, table) : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return undefined;
    throw unreadable(path, messageOf(error));
  }
}

const unreadable = (path: string, why: string) =>
  new SeqxError('SEQX_CONFIG_UNREADABLE', `cannot read ${path}: ${why}`);

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
