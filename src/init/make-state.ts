// How make stands, for `seqx doctor`: whether plain `make` goes through the gate in the project's folder and in
// the one of the call.

import { join } from 'node:path';
import { readIfThere, textOf } from './files.ts';
import type { InitContext, IntegrationState } from './integration.ts';
import { findMakefile } from './make-places.ts';
import { explainMake, judgeMake } from './make-version.ts';
import { findInclude } from './makefile.ts';
import { shellWord } from './own-script.ts';
import { judgeSeqxMk } from './seqx-mk.ts';

export async function inspectMake(context: InitContext): Promise<IntegrationState> {
  const everywhere = everyMake(context);
  const folders = [...new Set([context.project.root, context.cwd])];
  const states = folders.flatMap(folder => inspectFolder(folder, everywhere !== undefined) ?? []);
  const open = states.find(({ state }) => state === 'open');
  if (open) return open;
  const active = everywhere ?? states[0];
  if (!active) return { state: 'absent', detail: 'no Makefile' };
  const problem = explainMake(judgeMake(await context.ask('make', ['--version'])));
  return problem === undefined ? active : { state: 'open', detail: problem };
}

/** `MAKEFILES` is in force for every make of the shell that set it. */
function everyMake({ env }: InitContext): IntegrationState | undefined {
  const path = (env.MAKEFILES ?? '').split(/\s+/).find(word => isSeqxMk(word));
  return path === undefined ? undefined : { state: 'active', detail: `every make, by MAKEFILES: ${path}` };
}

function inspectFolder(folder: string, isGatedAnyway: boolean): IntegrationState | undefined {
  const makefile = findMakefile(folder);
  if (makefile === undefined) return undefined;
  const path = join(folder, makefile);
  const hint = `seqx --cwd ${shellWord(folder)} init make`;
  if (findInclude(textOf(readIfThere(path))) === undefined) {
    if (isGatedAnyway) return undefined;
    return { state: 'open', detail: `plain make goes past the gate: ${path} does not include seqx.mk`, hint };
  }
  if (isSeqxMk(join(folder, 'seqx.mk'))) return { state: 'active', detail: `plain make, by ${path}` };
  const detail = `plain make goes past the gate: ${path} includes seqx.mk, which is not there`;
  return isGatedAnyway ? undefined : { state: 'open', detail, hint };
}

/** With edits, too: they are their author's business. */
function isSeqxMk(path: string): boolean {
  const bytes = path === '' ? undefined : readIfThere(path);
  return bytes !== undefined && judgeSeqxMk(bytes) !== 'foreign';
}
