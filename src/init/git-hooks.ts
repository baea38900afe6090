// `seqx init git-hooks -- <command>`: git hooks that run a command through the gate. A hook of somebody else
// is never written over; the error says which line to add where.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SeqxError } from '../base/errors.ts';
import { showCommand } from '../base/text.ts';
import { checkFolder, editedError, findScript, foldersAbove, missingFolders } from './found-script.ts';
import {
  foreignHookError,
  hooksOffError,
  managedError,
  managerOf,
  managerOfHook,
  sharedError,
} from './hook-managers.ts';
import { checkHookName, HOOK_NAMES, hookScript } from './hook-script.ts';
import { inspectHooks } from './hooks-look.ts';
import { findHooks, type HooksPlace } from './hooks-place.ts';
import type { FileChange, InitContext, InitPlan, InitRequest, Integration } from './integration.ts';
import { findPrograms } from './programs.ts';

export const gitHooks: Integration = {
  name: 'git-hooks',
  usage: 'git-hooks [--hook NAME]… -- <command>',
  describe: 'Installs git hooks that run a command through the gate; never over the hook of somebody else.',
  touches: 'hooks/NAME in the repository’s git directory, or below core.hooksPath',
  options: {
    hook: {
      type: 'array',
      string: true,
      describe: 'a hook to install: pre-commit (the default), pre-push …',
    },
  },
  plan: async (request, context) => {
    const hooks = hooksOf(request);
    for (const hook of hooks) checkHookName(hook);
    return request.isRemoval ? planRemoval(request, hooks, context) : planHooks(request, hooks, context);
  },
  inspect: inspectHooks,
};

function hooksOf({ options, isRemoval }: InitRequest): string[] {
  const given = options.hook === undefined ? [] : [options.hook].flat().map(String);
  if (options.hook !== undefined && given.length === 0) {
    const message = '--hook needs the name of a hook; nothing was changed';
    throw new SeqxError('SEQX_USAGE_INVALID', message, 'seqx init git-hooks --hook pre-push -- npm test');
  }
  if (given.length > 0 || isRemoval) return [...new Set(given)];
  return ['pre-commit'];
}

async function planHooks(
  { words: command }: InitRequest,
  hooks: readonly string[],
  context: InitContext,
): Promise<InitPlan> {
  checkCommand(command);
  const place = await findHooks(context);
  if (place.isOff) throw hooksOffError();
  const manager = managerOf(place);
  if (manager) throw managedError(manager, hooks, command, place);
  checkFolder(place.folder);
  if (place.isShared) throw sharedError(place, hooks, command);
  const folders = Math.max(missingFolders(place.folder), ...ownHooks(place.folder).map(hook => hook.folders));
  const changes = hooks.flatMap(hook => writeChange(hook, command, folders, place));
  const line = `${hooks.join(' and ')} now run${hooks.length === 1 ? 's' : ''} ${showCommand(command)}`;
  const isThere = findPrograms('seqx', context.env, context.cwd).length > 0;
  const missing = 'seqx is not on PATH; until it is, the hook runs its command without the gate';
  return { changes, notes: [line, ...(isThere ? [] : [missing])] };
}

function checkCommand([first]: readonly string[]): void {
  if (first !== undefined && first !== '' && !first.startsWith('-')) return;
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    first
      ? `${first} is no command; nothing was written`
      : 'the hook needs a command to run; nothing was written',
    'seqx init git-hooks --hook pre-commit -- npm test',
  );
}

function writeChange(
  hook: string,
  command: readonly string[],
  folders: number,
  place: HooksPlace,
): FileChange[] {
  const path = join(place.folder, hook);
  const found = findScript(path, 'git-hook');
  if (found.kind === 'edited') throw editedError(path);
  if (found.kind === 'foreign') {
    const manager = managerOfHook(found.text, place);
    throw manager ? managedError(manager, [hook], command, place) : foreignHookError(path, command, place);
  }
  const after = Buffer.from(hookScript(hook, command, folders));
  const before = found.kind === 'ours' ? found.bytes : undefined;
  return before?.equals(after) ? [] : [{ path, before, after, mode: 0o755 }];
}

async function planRemoval(
  { words }: InitRequest,
  hooks: readonly string[],
  context: InitContext,
): Promise<InitPlan> {
  if (words.length > 0) {
    const message = `--remove takes no command; ${JSON.stringify(words[0])} is one word too many`;
    throw new SeqxError('SEQX_USAGE_INVALID', message, 'seqx init git-hooks --remove --hook pre-push');
  }
  const place = await findHooks(context);
  // core.hooksPath may have been set, or unset, since the hooks were written.
  const places = [...new Set([place.folder, place.ownFolder])];
  const plans = places.map(folder => removalIn(folder, hooks));
  const changes = plans.flatMap(plan => plan.changes);
  const gone = new Set(changes.map(({ path }) => path));
  const missed = hooks.filter(hook => !places.some(folder => gone.has(join(folder, hook))));
  return {
    changes,
    folders: plans.flatMap(plan => plan.folders),
    notes: missed.map(hook => whyMissed(hook, place)),
  };
}

function removalIn(folder: string, hooks: readonly string[]) {
  const ours = ownHooks(folder);
  const edited = HOOK_NAMES.filter(hook => hooks.length === 0 || hooks.includes(hook))
    .map(hook => join(folder, hook))
    .find(path => findScript(path, 'git-hook').kind === 'edited');
  if (edited) throw editedError(edited);
  const changes: FileChange[] = ours
    .filter(({ hook }) => hooks.length === 0 || hooks.includes(hook))
    .map(({ path, bytes }) => ({ path, before: bytes, after: undefined }));
  return { changes, folders: foldersAbove(folder, Math.max(0, ...ours.map(({ folders }) => folders))) };
}

const whyMissed = (hook: string, { folder }: HooksPlace): string =>
  existsSync(join(folder, hook))
    ? `${hook} is not of seqx; it stays`
    : `there is no ${hook} hook of seqx here`;

/** The hooks of a folder that seqx has written and nobody has changed. */
function ownHooks(folder: string) {
  return HOOK_NAMES.flatMap(hook => {
    const path = join(folder, hook);
    const found = findScript(path, 'git-hook');
    return found.kind === 'ours' ? [{ hook, path, bytes: found.bytes, folders: found.folders }] : [];
  });
}
