// Real repositories for tests, and a git commit that stays in the middle of its work until told to go on.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { fixture } from './paths.ts';
import type { Scratch } from './scratch.ts';
import type { Ended, Started } from './started.ts';
import { until } from './until.ts';

/** A repository with one commit; `web`, the scratch's own project, by default. */
export async function repository(scratch: Scratch, name = 'web'): Promise<string> {
  const folder = join(scratch.root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'file'), 'text\n');
  const git = (...words: string[]) =>
    execa('git', words, { cwd: folder, env: scratch.env, extendEnv: false });
  await git('init', '-q');
  await git('add', 'file');
  await git('commit', '-qm', 'first');
  return folder;
}

export interface BusyGit {
  readonly git: Started;
  /** Lets the commit finish. */
  letGo(): Promise<Ended>;
}

/** `git commit` in its editor; with `-a` it holds index.lock meanwhile. */
export async function busyGit(
  scratch: Scratch,
  cwd: string,
  { words = [], env = {} }: { words?: readonly string[]; env?: Record<string, string> } = {},
): Promise<BusyGit> {
  const signs = join(scratch.root, `editor-${Math.random().toString(36).slice(2)}`);
  mkdirSync(signs);
  const git = scratch.start('git', [...words, 'commit', '-qa', '--allow-empty'], {
    cwd,
    env: { ...env, GIT_EDITOR: `'${fixture('hold-editor.sh')}' ${signs}` },
  });
  await until('git waits for its editor', () => existsSync(join(signs, 'editing')));
  return {
    git,
    letGo: () => {
      writeFileSync(join(signs, 'let-go'), '');
      return git.ended;
    },
  };
}
