// What counts as CI, and that nothing there may be green without having run.

import { expect, test } from 'vitest';
import { isCi, refuseGreenConflict } from '../../../src/base/ci.ts';

test.each([
  [{ CI: 'true' }, true],
  [{ CI: '1' }, true],
  [{ CI: 'woodpecker' }, true],
  [{ GITHUB_ACTIONS: 'true' }, true],
  [{ GITLAB_CI: 'true' }, true],
  [{ JENKINS_URL: 'https://ci.example' }, true],
  [{ BUILD_NUMBER: '0', BUILD_TAG: 'jenkins-web-0' }, true],
  [{ TEAMCITY_VERSION: '2026.1' }, true],
  [{ TF_BUILD: 'True' }, true],
  [{ TF_BUILD: 'False' }, false],
  [{ TRAVIS: 'true' }, true],
  [{ BUILDKITE: 'true' }, true],
  [{ CIRCLECI: 'true' }, true],
  [{ CIRCLECI: '' }, false],
  [{ APPVEYOR: 'True' }, true],
  [{ DRONE: 'true' }, true],
  [{ CIRRUS_CI: 'true' }, true],
  [{ SEMAPHORE: 'true' }, true],
  [{ CONTINUOUS_INTEGRATION: 'true' }, true],
  [{ CONTINUOUS_INTEGRATION: 'no' }, false],
  [{ BITBUCKET_BUILD_NUMBER: '0' }, true],
  [{ BITBUCKET_BUILD_NUMBER: '' }, false],
  [{ CODEBUILD_BUILD_ID: 'web:b1a2' }, true],
  [{ bamboo_planKey: 'WEB' }, true],
  [{ GO_PIPELINE_LABEL: '1' }, true],
  [{ JENKINS_URL: '' }, false],
  [{ CI: 'false', GITLAB_CI: 'true' }, true],
  [{ CI: 'false' }, false],
  [{ CI: 'FALSE' }, false],
  [{ CI: '0' }, false],
  [{ CI: '' }, false],
  [{ CIRCLE: 'true' }, false],
  [{}, false],
])('%j is CI: %s', (env, expected) => {
  expect(isCi(env)).toBe(expected);
});

test('an exit code of 0 for what did not run is refused in CI, by the name of its source', () => {
  const origin = 'conflict-exit-code in /w/seqx.toml';
  const refusal = () => refuseGreenConflict(0, origin, { CI: 'true' });
  expect(refusal).toThrow(expect.objectContaining({ code: 'SEQX_SETTING_INVALID', exit: 125 }));
  expect(refusal).toThrow(`${origin} is 0, and this is CI`);
});

test.each([
  [0, {}],
  [0, { CI: 'false' }],
  [1, { CI: 'true' }],
  [75, { CI: 'true' }],
])('%i is taken under %j', (code, env) => {
  expect(() => refuseGreenConflict(code, '-E', env)).not.toThrow();
});
