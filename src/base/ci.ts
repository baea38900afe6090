// Whether a CI system started us, and what must not happen there: a step that never ran its command and is
// green all the same.

import { SeqxError } from './errors.ts';

/** Set by the systems themselves; Jenkins, Azure and TeamCity do not set CI. */
const MARKS = ['CI', 'GITHUB_ACTIONS', 'GITLAB_CI', 'JENKINS_URL', 'TF_BUILD', 'TEAMCITY_VERSION'];
const NO = ['', '0', 'false', 'no', 'off'];

export const isCi = (env: NodeJS.ProcessEnv): boolean =>
  MARKS.some(name => !NO.includes((env[name] ?? '').toLowerCase()));

/** @throws SeqxError SEQX_SETTING_INVALID when a command that did not run would end as if it had passed */
export function refuseGreenConflict(conflictExitCode: number, origin: string, env: NodeJS.ProcessEnv): void {
  if (conflictExitCode !== 0 || !isCi(env)) return;
  throw new SeqxError(
    'SEQX_SETTING_INVALID',
    `${origin} is 0, and this is CI: a step whose command never ran would be green; nothing was run`,
    'another number, or a step of its own that tells 75 apart (docs/ci.md)',
  );
}
