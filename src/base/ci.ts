// Whether a CI system started us, and what must not happen there: a step that never ran its command and is
// green all the same.

import { SeqxError } from './errors.ts';

/** Set to yes or no. CodeBuild, Azure, Jenkins and TeamCity do not set CI; the names are those of npm's ci-info. */
const SWITCHES = `
  CI CONTINUOUS_INTEGRATION APPVEYOR BITRISE_IO BUILDKITE CIRCLECI CIRRUS_CI DRONE EAS_BUILD GITEA_ACTIONS
  GITHUB_ACTIONS GITLAB_CI NETLIFY SCREWDRIVER SEMAPHORE TF_BUILD TRAVIS VELA VERCEL`;
const NO = ['', '0', 'false', 'no', 'off'];

/** Set to a number, a name or an address, none of which means no. Jenkins knows its address only if it was told. */
const FACTS = `
  BITBUCKET_BUILD_NUMBER BITBUCKET_COMMIT BUDDY_WORKSPACE_ID BUILD_ID BUILD_NUMBER CF_BUILD_ID CI_NAME
  CI_XCODE_PROJECT CM_BUILD_ID CODEBUILD_BUILD_ARN CODEBUILD_BUILD_ID GO_PIPELINE_LABEL HARNESS_BUILD_ID
  HUDSON_URL JENKINS_URL PROW_JOB_ID TEAMCITY_VERSION bamboo_planKey`;

const names = (text: string): string[] => text.trim().split(/\s+/);

export const isCi = (env: NodeJS.ProcessEnv): boolean =>
  names(SWITCHES).some(name => !NO.includes((env[name] ?? '').toLowerCase())) ||
  names(FACTS).some(name => Boolean(env[name]));

/** @throws SeqxError SEQX_SETTING_INVALID when a command that did not run would end as if it had passed */
export function refuseGreenConflict(conflictExitCode: number, origin: string, env: NodeJS.ProcessEnv): void {
  if (conflictExitCode !== 0 || !isCi(env)) return;
  throw new SeqxError(
    'SEQX_SETTING_INVALID',
    `${origin} is 0, and this is CI: a step whose command never ran would be green; nothing was run`,
    'another number, or a step of its own that tells 75 apart (docs/ci.md)',
  );
}
