// Hooks that are not ours are never written over: who runs them, and which line to add where.

import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { SeqxError } from '../base/errors.ts';
import { foreign } from './files.ts';
import { readIfPossible } from './found-script.ts';
import { gatedLine } from './hook-script.ts';
import type { HooksPlace } from './hooks-place.ts';
import { shellLine, shellWord } from './own-script.ts';

/** Somebody who installs the hooks of this repository from a file of their own. */
export interface HookManager {
  readonly name: 'husky' | 'lefthook' | 'pre-commit';
  /** Where the commands of a hook are written down. */
  readonly fileOf: (hook: string) => string;
}

const LEFTHOOK_FILES = ['', '.', '.config/'].flatMap(prefix =>
  ['yml', 'yaml', 'toml', 'json', 'jsonc'].map(ending => `${prefix}lefthook.${ending}`),
);
const PRE_COMMIT_FILE = '.pre-commit-config.yaml';

/** Who rules all hooks here, whether they are installed yet or not. */
export function managerOf({ folder, top }: HooksPlace): HookManager | undefined {
  const husky = huskyFolder(folder, top);
  if (husky) return { name: 'husky', fileOf: hook => join(husky, hook) };
  const file = LEFTHOOK_FILES.map(name => join(top, name)).find(existsSync);
  return file === undefined ? undefined : { name: 'lefthook', fileOf: () => file };
}

/** Who has generated this one hook. */
export function managerOfHook(text: string, { top }: HooksPlace): HookManager | undefined {
  if (/pre-commit\.com/.test(text)) return { name: 'pre-commit', fileOf: () => join(top, PRE_COMMIT_FILE) };
  if (/\blefthook\b/.test(text)) return { name: 'lefthook', fileOf: () => join(top, 'lefthook.yml') };
  return undefined;
}

/** husky 9 points core.hooksPath at `<folder>/_`, husky 4 to 8 at the folder itself. */
function huskyFolder(folder: string, top: string): string | undefined {
  if (basename(folder) === '_' && ['h', 'husky.sh'].some(name => existsSync(join(folder, name)))) {
    return dirname(folder);
  }
  if (existsSync(join(folder, '_', 'husky.sh'))) return folder;
  const usual = join(top, '.husky');
  return existsSync(usual) ? usual : undefined;
}

export function managedError(
  manager: HookManager,
  hooks: readonly string[],
  command: readonly string[],
  { top }: HooksPlace,
): SeqxError {
  const files = [...new Set(hooks.map(hook => shown(manager.fileOf(hook), top)))];
  return new SeqxError(
    'SEQX_FILE_FOREIGN',
    `the git hooks here belong to ${manager.name}; nothing was written; its own file is ${files.join(', ')}`,
    hintFor(manager, hooks, command, files),
  );
}

function hintFor(
  { name }: HookManager,
  hooks: readonly string[],
  command: readonly string[],
  files: readonly string[],
): string {
  const line = gatedLine(command);
  // JSON text is YAML text, too.
  const quoted = JSON.stringify(line);
  const [file = ''] = files;
  switch (name) {
    case 'husky':
      return `echo ${shellWord(line)} ${files.length === 1 ? '>>' : '| tee -a'} ${shellLine(files)}`;
    case 'lefthook':
      return `add to ${file}: ${hooks.map(hook => `${hook}: {commands: {gate: {run: ${quoted}}}}`).join('  and  ')}`;
    case 'pre-commit': {
      const stages = hooks.every(hook => hook === 'pre-commit') ? '' : `, stages: [${hooks.join(', ')}]`;
      const flags = 'language: system, pass_filenames: false, always_run: true';
      return `add to ${file}, under repos: - {repo: local, hooks: [{id: gate, name: gate, entry: ${quoted}, ${flags}${stages}}]}`;
    }
  }
}

/** A hooks folder that other repositories use as well. */
export function sharedError(
  { folder, ownFolder }: HooksPlace,
  hooks: readonly string[],
  command: readonly string[],
): SeqxError {
  const files = hooks.map(hook => join(folder, hook)).join(', ');
  const what =
    folder === ownFolder
      ? `${folder} is a link that leads out of this repository`
      : `core.hooksPath leads out of this repository, to ${folder}`;
  return new SeqxError(
    'SEQX_FILE_FOREIGN',
    `${what}; nothing was written there`,
    `add to ${files}: ${gatedLine(command)} || exit $?`,
  );
}

export const HOOKS_OFF = 'core.hooksPath is empty: git runs no hooks here';

export const hooksOffError = (): SeqxError =>
  new SeqxError(
    'SEQX_FILE_FOREIGN',
    `${HOOKS_OFF}; nothing was written`,
    'git config --unset core.hooksPath   (git config --show-origin core.hooksPath says where it is set)',
  );

export function foreignHookError(path: string, command: readonly string[], { top }: HooksPlace): SeqxError {
  const file = shown(path, top);
  return foreign(file, 'is not a hook of seqx', `add to ${file}: ${gatedLine(command)} || exit $?`);
}

/** Whether somebody else's hook, or the file that it is made from, calls seqx. */
export function callsSeqx(hook: string, text: string, place: HooksPlace): boolean {
  const manager = managerOf(place) ?? managerOfHook(text, place);
  const file = manager && readIfPossible(manager.fileOf(hook))?.toString();
  return /\bseqx\b/.test(text) || /\bseqx\b/.test(file ?? '');
}

export const shown = (path: string, top: string): string => {
  const way = relative(top, path);
  return way.startsWith('..') ? path : way;
};
