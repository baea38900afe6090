// How npm stands, for `seqx doctor`: whether `npm run`, `pnpm run` or `yarn run` goes through the gate here.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, textOf } from './files.ts';
import type { InitContext, IntegrationState } from './integration.ts';
import { findNodeProject, type NodeProject } from './node-project.ts';
import { shellWord } from './own-script.ts';
import { findSetting, NPMRC, PNPM_WORKSPACE, type SettingFile } from './setting-line.ts';

export async function inspectNpm(context: InitContext): Promise<IntegrationState> {
  const project = findNodeProject(context.cwd);
  if (!project) return { state: 'absent', detail: 'no package.json' };
  const scripts = Object.values(project.scripts);
  if (scripts.length === 0) return { state: 'absent', detail: 'package.json has no scripts' };
  if (scripts.every(script => /^seqx\s/.test(script))) {
    return { state: 'active', detail: 'every script begins with seqx' };
  }
  if (project.usesBerry) {
    const detail = 'yarn run goes past the gate: Yarn 2 and newer have a shell of their own';
    return { state: 'open', detail, hint: 'seqx yarn …, or scripts that begin with seqx' };
  }
  const open = await openFile(project, context);
  if (open === undefined)
    return { state: 'active', detail: `every script, by ${join(project.root, NPMRC.name)}` };
  const detail = `scripts go past the gate: ${join(project.root, open.name)} does not say ${open.line}`;
  return { state: 'open', detail, hint: `seqx --cwd ${shellWord(project.root)} init npm` };
}

/** The file that should say so and does not. */
async function openFile(project: NodeProject, context: InitContext): Promise<SettingFile | undefined> {
  if (!isSet(project, NPMRC)) return NPMRC;
  if (!project.usesPnpm || isSet(project, PNPM_WORKSPACE)) return undefined;
  const readsNpmrc = ((await pnpmMajor(project, context)) ?? 0) < 11;
  return readsNpmrc && !existsSync(join(project.root, PNPM_WORKSPACE.name)) ? undefined : PNPM_WORKSPACE;
}

const isSet = ({ root }: NodeProject, file: SettingFile): boolean =>
  ['ours', 'same'].includes(findSetting(textOf(readIfThere(join(root, file.name))), file).kind);

/** What the project asks for, else what is installed. */
export async function pnpmMajor(project: NodeProject, context: InitContext): Promise<number | undefined> {
  if (project.pnpmMajor !== undefined) return project.pnpmMajor;
  const { code, stdout } = await context.ask('pnpm', ['--version']);
  const major = Number.parseInt(stdout, 10);
  return code === 0 && major >= 0 ? major : undefined;
}
