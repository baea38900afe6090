// Do the git hooks of this repository go through the gate? For `seqx doctor`.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findScript, readIfPossible } from './found-script.ts';
import { callsSeqx, HOOKS_OFF, type HookManager, managerOf, shown } from './hook-managers.ts';
import { HOOK_NAMES } from './hook-script.ts';
import { type HooksPlace, lookForHooks } from './hooks-place.ts';
import type { InitContext, IntegrationState } from './integration.ts';
import { shellWord } from './own-script.ts';

interface SeenHook {
  readonly hook: string;
  readonly state: 'gated' | 'idle' | 'open';
  /** The file that a line would be added to. */
  readonly file: string;
}

export async function inspectHooks(context: InitContext): Promise<IntegrationState> {
  const place = await lookForHooks(context);
  if (!place && context.project.git) {
    const detail = `git does not answer in ${context.project.root}`;
    return { state: 'open', detail, hint: 'git status   (it says what is wrong)' };
  }
  if (!place) return { state: 'absent', detail: 'no git repository' };
  if (place.isOff) return { state: 'absent', detail: HOOKS_OFF };
  const manager = managerOf(place);
  const seen = HOOK_NAMES.flatMap(hook => (manager ? managedHook(hook, manager) : plainHook(hook, place)));
  const open = seen.find(({ state }) => state !== 'gated');
  const gated = seen.filter(({ state }) => state === 'gated').map(({ hook }) => hook);
  if (open?.state === 'idle') {
    const detail = `git does not run ${shown(open.file, place.top)}: it is not executable`;
    return { state: 'open', detail, hint: `chmod +x ${shellWord(open.file)}` };
  }
  if (open) {
    const detail = `${open.hook} runs without the gate`;
    return { state: 'open', detail, hint: `in ${shown(open.file, place.top)}: seqx -- <command>` };
  }
  if (gated.length === 0) return { state: 'absent', detail: 'no git hooks' };
  return { state: 'active', detail: `${gated.join(', ')}${manager ? ` (${manager.name})` : ''}` };
}

/** A hook that only hands large files to git-lfs is no heavy command. */
const isLight = (text: string): boolean => /\bgit[ -]lfs\b/.test(text);

function plainHook(hook: string, place: HooksPlace): SeenHook[] {
  const file = join(place.folder, hook);
  const found = findScript(file, 'git-hook');
  switch (found.kind) {
    case 'nothing':
      return [];
    case 'ours':
      return [{ hook, file, state: found.isExecutable ? 'gated' : 'idle' }];
    case 'edited':
      return [{ hook, file, state: callsSeqx(hook, textOf(file), place) ? 'gated' : 'open' }];
    case 'foreign':
      if (isLight(found.text)) return [];
      return [{ hook, file, state: callsSeqx(hook, found.text, place) ? 'gated' : 'open' }];
  }
}

/** What a manager runs is in its own files; husky's hooks are there for every name, used or not. */
function managedHook(hook: string, manager: HookManager): SeenHook[] {
  const file = manager.fileOf(hook);
  if (!existsSync(file)) return [];
  const text = textOf(file);
  // A key of YAML, JSON or TOML.
  const isUsed = manager.name === 'husky' || new RegExp(`(^|["'\\s[{])${hook}["'\\s.:\\]]`, 'm').test(text);
  if (!isUsed || isLight(text)) return [];
  return [{ hook, file, state: /\bseqx\b/.test(text) ? 'gated' : 'open' }];
}

const textOf = (path: string): string => readIfPossible(path)?.toString() ?? '';
