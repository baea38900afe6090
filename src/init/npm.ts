// `seqx init npm`: npm, pnpm and Yarn 1 run scripts as `<script-shell> -c '<script>'`, and `seqx -c '<line>'` is a
// run like any other. So the whole integration is a setting: script-shell in .npmrc, scriptShell in
// pnpm-workspace.yaml for pnpm 11 and newer, which no longer read the former (docs/npm.md has what was tried).

import { existsSync, lstatSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SeqxError } from '../base/errors.ts';
import { changeOf, foreign, malformed, readIfThere, textOf } from './files.ts';
import type { FileChange, InitContext, InitPlan, InitRequest, Integration } from './integration.ts';
import { findNodeProject, type NodeProject } from './node-project.ts';
import { inspectNpm, pnpmMajor } from './npm-state.ts';
import {
  addSetting,
  findSetting,
  freshSetting,
  isPlainYaml,
  NPMRC,
  PNPM_WORKSPACE,
  removeSetting,
  type SettingFile,
} from './setting-line.ts';

export const npm: Integration = {
  name: 'npm',
  usage: 'npm',
  describe: 'Gates every script that npm, pnpm or Yarn 1 runs in this project.',
  touches: '.npmrc (one line), with pnpm pnpm-workspace.yaml (one line)',
  options: {},
  plan: planNpm,
  inspect: inspectNpm,
};

async function planNpm({ words, isRemoval }: InitRequest, context: InitContext): Promise<InitPlan> {
  if (words.length > 0) throw usage('init npm takes no words', 'seqx init npm');
  const project = findNodeProject(context.cwd);
  if (!project) throw usage(`there is no package.json in ${context.cwd} or above it`, 'npm init');
  if (isRemoval) {
    const plans = [NPMRC, PNPM_WORKSPACE].map(file => planRemoval(join(project.root, file.name), file));
    return { changes: plans.flatMap(plan => plan.changes), notes: plans.flatMap(plan => plan.notes) };
  }
  if (project.usesBerry) throw noBerry(project);
  const changes = planSetting(join(project.root, NPMRC.name), NPMRC);
  if (await needsPnpmFile(project, context)) {
    changes.push(...planSetting(join(project.root, PNPM_WORKSPACE.name), PNPM_WORKSPACE));
  }
  return { changes, notes: notesFor(project, context, changes.length > 0) };
}

/** pnpm 9 refuses a pnpm-workspace.yaml without packages, so one is only created for versions that need it. */
async function needsPnpmFile(project: NodeProject, context: InitContext): Promise<boolean> {
  // Also a link that leads nowhere, so that it is refused.
  if (lstatSync(join(project.root, PNPM_WORKSPACE.name), { throwIfNoEntry: false })) return true;
  return project.usesPnpm && ((await pnpmMajor(project, context)) ?? 0) >= 11;
}

function planSetting(path: string, file: SettingFile): FileChange[] {
  const before = readIfThere(path);
  if (before === undefined) return changeOf(path, undefined, freshSetting(file));
  const text = textOf(before);
  const found = findSetting(text, file);
  if (found.kind === 'other') throw otherShell(path, found.value);
  if (found.kind !== 'none') return [];
  if (file === PNPM_WORKSPACE && !isPlainYaml(text)) {
    throw malformed(path, 'does not begin with a setting of its own line', `add to it by hand: ${file.line}`);
  }
  return changeOf(path, before, addSetting(text, file));
}

function planRemoval(path: string, file: SettingFile): InitPlan {
  const before = readIfThere(path);
  if (before === undefined) return { changes: [], notes: [] };
  const after = removeSetting(textOf(before), file);
  // Words that are not ours, or a second line, were there before us.
  const isLeft = after !== undefined && ['ours', 'same'].includes(findSetting(after, file).kind);
  const notes = isLeft ? [`${path} says \`${file.line}\` in a line that is not ours; it stays`] : [];
  return { changes: changeOf(path, before, after), notes };
}

const otherShell = (path: string, value: string): SeqxError =>
  foreign(
    path,
    value === '' ? 'sets script-shell to nothing' : `has another script shell already: ${value}`,
    'remove that line if sh will do; otherwise write seqx into the scripts: "test": "seqx vitest run"',
  );

const noBerry = ({ root }: NodeProject): SeqxError =>
  foreign(
    root,
    'is a project for Yarn 2 or newer, which runs scripts in a shell of its own and has no setting for it',
    'write seqx into the scripts ("test": "seqx vitest run"), or call: seqx yarn test',
  );

function notesFor({ root }: NodeProject, { env }: InitContext, isChanged: boolean): string[] {
  const folders = [join(root, 'node_modules', '.bin'), ...(env.PATH ?? '').split(delimiter)];
  const isThere = folders.some(folder => folder !== '' && existsSync(join(folder, 'seqx')));
  return [
    ...(isThere
      ? []
      : [
          'seqx is not in PATH; scripts fail without it: npm install -g seqx-gate, or npm install -D seqx-gate',
        ]),
    ...(isChanged
      ? ['a script that runs on and on (npm start) keeps the gate; start it with SEQX_BYPASS=1 npm start']
      : []),
  ];
}

const usage = (message: string, hint: string): SeqxError =>
  new SeqxError('SEQX_USAGE_INVALID', message, hint);
