// Everything below a folder, byte for byte, to compare before and after.

import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Path -> mode and content, folders among them. */
export function treeOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(paths.map(path => [path, describe(join(folder, path))]));
}

function describe(path: string): string {
  const facts = lstatSync(path);
  const mode = (facts.mode & 0o7777).toString(8);
  if (facts.isSymbolicLink()) return `${mode} -> ${readlinkSync(path)}`;
  return facts.isFile() ? `${mode} ${readFileSync(path, 'base64')}` : mode;
}
