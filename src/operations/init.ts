// `seqx init`: plans what an integration changes and, unless it is only to be shown, changes it, one init at a
// time. The plan is made under the lock, so that what it read is what it replaces.

import { execFile } from 'node:child_process';
import { messageOf } from '../base/errors.ts';
import { realDirectory } from '../base/project.ts';
import { INTEGRATIONS, integrationNamed } from '../init/index.ts';
import type {
  InitContext,
  InitPlan,
  InitRequest,
  IntegrationState,
  ProgramAnswer,
} from '../init/integration.ts';
import { findPlace, type Place, type PlaceOptions } from '../place.ts';
import { applyPlan } from './apply-plan.ts';
import { findHome } from './find-home.ts';
import { withInitLock } from './init-lock.ts';

export interface InitOptions extends PlaceOptions, Partial<InitRequest> {
  /** Only plans; nothing is written. */
  readonly isPreview?: boolean | undefined;
}

export interface InitReport extends InitPlan {
  readonly integration: string;
  readonly isRemoval: boolean;
}

export interface InspectedIntegration extends IntegrationState {
  readonly name: string;
}

const LONGEST_ANSWER_MS = 10_000;

/**
 * Sets up an integration where the call is made, or takes it away again.
 * @throws SeqxError SEQX_FILE_MALFORMED, SEQX_FILE_FOREIGN, SEQX_FILE_UNWRITABLE; nothing is changed then
 */
export async function init(name: string, options: InitOptions = {}): Promise<InitReport> {
  const integration = integrationNamed(name);
  const { words = [], options: flags = {}, isRemoval = false, isPreview = false } = options;
  const place = await findPlace(options);
  const context = contextOf(place);
  const plan = () => integration.plan({ words, options: flags, isRemoval }, context);
  const planned = isPreview
    ? await plan()
    : await withInitLock(place, async stillOurs => {
        const made = await plan();
        stillOurs();
        applyPlan(made);
        return made;
      });
  return { ...planned, integration: name, isRemoval };
}

/** How every integration stands where the call is made, for `seqx doctor`; one that cannot tell says why. */
export async function inspectIntegrations(options: PlaceOptions = {}): Promise<InspectedIntegration[]> {
  const context = contextOf(await findPlace(options));
  const states: InspectedIntegration[] = [];
  for (const integration of INTEGRATIONS) {
    const { name } = integration;
    try {
      states.push({ name, ...(await integration.inspect(context)) });
    } catch (error) {
      states.push({ name, state: 'open', detail: messageOf(error) });
    }
  }
  return states;
}

function contextOf({ cwd, env, project, state, platform }: Place): InitContext {
  const real = realDirectory(cwd);
  return {
    cwd: real,
    env,
    home: findHome(env),
    project,
    state,
    system: platform.system,
    ask: (file, args) => askProgram(file, args, real, env),
  };
}

function askProgram(
  file: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<ProgramAnswer> {
  return new Promise(resolve => {
    const child = execFile(file, [...args], { cwd, env, timeout: LONGEST_ANSWER_MS }, (error, stdout) => {
      if (!error) return resolve({ code: 0, stdout });
      resolve({ code: typeof error.code === 'number' ? error.code : undefined, stdout });
    });
    child.stdin?.end();
  });
}
