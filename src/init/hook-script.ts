// A git hook that runs one command through the gate, and the hooks that it may be. Pure.

import { SeqxError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { shellLine, stampScript } from './own-script.ts';

/**
 * Hooks at which git does nothing but run them (githooks(5)). Left out are those that speak a protocol with
 * git or run at every ref update: reference-transaction, proc-receive, fsmonitor-watchman, post-index-change.
 */
export const HOOK_NAMES: readonly string[] = [
  'pre-commit',
  'pre-push',
  'pre-merge-commit',
  'prepare-commit-msg',
  'commit-msg',
  'post-commit',
  'pre-rebase',
  'post-checkout',
  'post-merge',
  'post-rewrite',
  'applypatch-msg',
  'pre-applypatch',
  'post-applypatch',
  'pre-auto-gc',
  'sendemail-validate',
  'pre-receive',
  'update',
  'post-receive',
  'post-update',
  'push-to-checkout',
];

/** @throws SeqxError SEQX_USAGE_INVALID with the nearest guess */
export function checkHookName(name: string): void {
  if (HOOK_NAMES.includes(name)) return;
  const guess = nearest(name, HOOK_NAMES);
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    `${JSON.stringify(name)} is no hook that seqx installs${guess ? `; did you mean ${guess}?` : ''}`,
    `seqx init git-hooks --hook ${guess ?? 'pre-commit'} -- npm test`,
  );
}

/** What a line in somebody else's hook must be. */
export const gatedLine = (command: readonly string[]): string => `seqx -- ${shellLine(command)}`;

export const hookScript = (name: string, command: readonly string[], folders: number): string =>
  stampScript('git-hook', folders, hookBody(name, shellLine(command)));

const hookBody = (name: string, line: string): string => `
if command -v seqx >/dev/null 2>&1; then
  exec seqx -- ${line}
fi
if [ "\${SEQX_REQUIRED-}" = 1 ]; then
  echo 'seqx: ${name}: seqx is not on PATH, and SEQX_REQUIRED=1: nothing was run' >&2
  exit 125
fi
echo 'seqx: ${name}: seqx is not on PATH; this hook runs without the gate' >&2
exec ${line}
`;
