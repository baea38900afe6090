// `seqx init shims make npm …`: small scripts that stand before the tools in PATH, so that the tools' plain
// names go through the gate wherever that PATH holds. docs/shims.md says what they do and what they cost.

import { isAbsolute, join, relative, resolve } from 'node:path';
import { SeqxError } from '../base/errors.ts';
import { count } from '../base/text.ts';
import { dataFolder, findDataFolder } from './data-folder.ts';
import { foreign } from './files.ts';
import { checkFolder, editedError, findScript, foldersAbove, missingFolders } from './found-script.ts';
import type { FileChange, InitContext, InitPlan, InitRequest, Integration } from './integration.ts';
import { shellWord } from './own-script.ts';
import { findPrograms, pathFolders } from './programs.ts';
import { inspectShims, shimsIn } from './shim-look.ts';
import { checkShimName } from './shim-names.ts';
import { shimScript } from './shim-script.ts';

export const shims: Integration = {
  name: 'shims',
  usage: 'shims <tool>… [--dir DIR]',
  describe: 'Puts a small script before each tool in PATH that sends it through the gate.',
  touches: 'a file for each tool in ~/.local/share/seqx/shims, or in DIR',
  options: {
    dir: { type: 'string', describe: 'the folder to put them in, instead of ~/.local/share/seqx/shims' },
  },
  plan: async (request, context) => {
    refuseWindows(context);
    const folder = shimFolder(request, context);
    return request.isRemoval ? planRemoval(request, folder) : planShims(request, folder, context);
  },
  inspect: async context => inspectShims(findDataFolder(context), context),
};

function refuseWindows({ system }: InitContext): void {
  if (system !== 'windows') return;
  throw new SeqxError(
    'SEQX_PLATFORM_UNSUPPORTED',
    'shims are scripts for POSIX shells; Windows does not start them; nothing was written',
    'seqx <command>   or   seqx init npm',
  );
}

function defaultFolder(context: InitContext): string {
  return join(dataFolder(context, 'seqx init shims --dir DIR make'), 'shims');
}

function shimFolder({ options }: InitRequest, context: InitContext): string {
  const { dir } = options;
  if (dir === '')
    throw new SeqxError('SEQX_USAGE_INVALID', '--dir is empty', 'seqx init shims --dir DIR make');
  const folder = typeof dir === 'string' ? resolve(context.cwd, dir) : defaultFolder(context);
  if (folder.includes(':')) {
    throw new SeqxError(
      'SEQX_USAGE_INVALID',
      `${folder} has a colon in it, so PATH cannot name it; nothing was written`,
      'seqx init shims --dir /another/folder make',
    );
  }
  checkFolder(folder);
  return folder;
}

function planShims({ words }: InitRequest, folder: string, context: InitContext): InitPlan {
  const names = [...new Set(words)];
  if (names.length === 0) {
    const message = 'shims needs the names of the tools that should go through the gate; nothing was written';
    throw new SeqxError('SEQX_USAGE_INVALID', message, 'seqx init shims make npm');
  }
  for (const name of names) checkShimName(name);
  // Those that are there remember who made the folder; all of a folder agree.
  const folders = Math.max(missingFolders(folder), ...shimsIn(folder).map(shim => shim.folders));
  const after = Buffer.from(shimScript(context.state, folders));
  const changes = names.flatMap(name => writeChange(join(folder, name), after));
  return { changes, answer: exportLine(folder), notes: notesFor(names, folder, context) };
}

function writeChange(path: string, after: Buffer): FileChange[] {
  const found = findScript(path, 'shim');
  if (found.kind === 'edited') throw editedError(path);
  if (found.kind === 'foreign') throw foreignError(path);
  const before = found.kind === 'ours' ? found.bytes : undefined;
  return before?.equals(after) ? [] : [{ path, before, after, mode: 0o755 }];
}

function planRemoval({ words }: InitRequest, folder: string): InitPlan {
  const ours = shimsIn(folder);
  const chosen = words.length === 0 ? ours : [...new Set(words)].map(name => ({ name }));
  const changes: FileChange[] = [];
  const notes: string[] = [];
  for (const { name } of chosen) {
    const path = join(folder, name);
    const found = findScript(path, 'shim');
    if (found.kind === 'edited') throw editedError(path);
    if (found.kind === 'foreign') throw foreignError(path);
    if (found.kind === 'nothing') notes.push(`there is no shim ${name} in ${folder}`);
    else changes.push({ path, before: found.bytes, after: undefined });
  }
  const folders = Math.max(0, ...ours.map(shim => shim.folders));
  return { changes, folders: foldersAbove(folder, folders), notes };
}

const foreignError = (path: string): SeqxError =>
  foreign(path, 'is no shim of seqx', 'seqx init shims --dir /another/folder …');

const exportLine = (folder: string): string => `export PATH=${shellWord(folder)}:"$PATH"`;

function notesFor(names: readonly string[], folder: string, context: InitContext): string[] {
  const { cwd, env, project } = context;
  const isReached = pathFolders(env, cwd).includes(folder);
  const missing = names.filter(
    name => !findPrograms(name, env, cwd).some(path => path !== join(folder, name)),
  );
  const inside = relative(project.root, folder);
  const isInProject = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  return [
    ...(isReached
      ? []
      : [`the line above puts ${count(names.length, 'shim')} before the tools: into ~/.profile`]),
    `with direnv, into .envrc: PATH_add ${shellWord(isInProject ? inside : folder)}`,
    ...missing.map(name => `${name} is not on PATH now; its shim says so until it is`),
    ...(names.includes('git') ? ['every git waits then, also those of prompts and editors'] : []),
  ];
}
