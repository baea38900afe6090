// The Node project around a directory: the folder whose settings npm, pnpm and Yarn read (a workspace's is its
// root's), its scripts, and which of the three it is made for.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { malformed, readIfThere, textOf } from './files.ts';

export interface NodeProject {
  readonly root: string;
  /** Scripts of the package around the directory, by name. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly usesPnpm: boolean;
  /** Major version that `packageManager` asks for. */
  readonly pnpmMajor: number | undefined;
  /** Yarn 2 or newer, which runs scripts in a shell of its own. */
  readonly usesBerry: boolean;
}

/**
 * @returns `undefined` where there is no package.json above
 * @throws SeqxError SEQX_FILE_MALFORMED for a package.json that is no JSON object
 */
export function findNodeProject(cwd: string): NodeProject | undefined {
  const folder = climb(cwd).find(at => existsSync(join(at, 'package.json')));
  if (folder === undefined) return undefined;
  const own = readPackage(folder);
  const root = climb(dirname(folder)).find(at => isWorkspaceRoot(at, folder)) ?? folder;
  const [manager = '', version = ''] = managerOf(readPackage(root));
  const has = (name: string) => existsSync(join(root, name));
  const major = Number.parseInt(version, 10);
  const isNewYarn = manager === 'yarn' && major >= 2;
  return {
    root,
    scripts: texts(own.scripts),
    usesPnpm: manager === 'pnpm' || has('pnpm-lock.yaml') || has('pnpm-workspace.yaml'),
    pnpmMajor: manager === 'pnpm' && major >= 0 ? major : undefined,
    usesBerry:
      isNewYarn ||
      has('.yarnrc.yml') ||
      textOf(readIfThere(join(root, 'yarn.lock'))).includes('\n__metadata:'),
  };
}

function climb(from: string): string[] {
  const folders = [from];
  for (let at = from; at !== dirname(at); at = dirname(at)) folders.push(dirname(at));
  return folders;
}

function readPackage(folder: string): Record<string, unknown> {
  const path = join(folder, 'package.json');
  const bytes = readIfThere(path);
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes?.toString().replace(/^\ufeff/, '') ?? '{}');
  } catch (error) {
    throw malformed(path, `is not valid JSON: ${messageOf(error)}`, 'mend it, then run it again');
  }
  if (isTable(parsed)) return parsed;
  throw malformed(path, 'is not a JSON object', 'mend it, then run it again');
}

/** `pnpm@9.1.0+sha512…` as corepack reads it. */
function managerOf({ packageManager }: Record<string, unknown>): string[] {
  return typeof packageManager === 'string' ? packageManager.split('@') : [];
}

/** As npm and Yarn see it, by the patterns in package.json; as pnpm does, by its own file. */
function isWorkspaceRoot(folder: string, member: string): boolean {
  if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return true;
  const path = relative(folder, member).split(sep).join('/');
  let isMember = false;
  for (const pattern of workspacesOf(folder)) {
    const [, not, glob = ''] = /^(!?)(?:\.\/)?(.*?)\/?$/.exec(pattern) ?? [];
    if (globExpression(glob).test(path)) isMember = not === '';
  }
  return isMember;
}

function workspacesOf(folder: string): string[] {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const given = isTable(parsed) ? parsed.workspaces : undefined;
    const list = isTable(given) ? given.packages : given;
    return Array.isArray(list) ? list.filter(pattern => typeof pattern === 'string') : [];
  } catch {
    // none there, or one that is no workspace's business
    return [];
  }
}

/** `packages/*`, `libs/**`, `{a,b}`. */
function globExpression(glob: string): RegExp {
  const pattern = glob
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replace(/\{([^{}]*)\}/g, (_, choices: string) => `(?:${choices.replaceAll(',', '|')})`)
    .replace(/\*\*\/?|\*|\?/g, found => (found.startsWith('**') ? '.*' : found === '*' ? '[^/]*' : '[^/]'));
  return new RegExp(`^${pattern}$`);
}

function texts(table: unknown): Record<string, string> {
  const entries = isTable(table) ? Object.entries(table) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
