// `seqx delegate`: plans a task, or takes up a delegation that was not finished, and carries it out. Who carries
// one out has claimed it, so that two never do.

import { chooseAgents } from '../agents/choose-agents.ts';
import { type Delegation, forgetFailures, isComplete } from '../agents/delegation.ts';
import { readDelegations, writeDelegation } from '../agents/delegation-store.ts';
import { messageOf, SeqxError } from '../base/errors.ts';
import { randomNonce } from '../base/identity.ts';
import { showCommand } from '../base/text.ts';
import { findPlace, type Place } from '../place.ts';
import { carryOut, type DelegateOptions, type DelegationReport } from './carry-out.ts';
import { claimAt } from './claim-at.ts';
import { delegationFolder } from './delegation-folder.ts';
import { checkAgents, checkTask } from './plan.ts';
import { agentCall } from './run-agent.ts';

/**
 * Carries a task out with the agents it is for: the primary one first, then those that come after it.
 * @throws SeqxError SEQX_AGENT_MISSING, SEQX_AGENT_UNSET when nothing was run, and whatever a run throws
 */
export async function delegate(task: string, options: DelegateOptions = {}): Promise<DelegationReport> {
  const place = await findPlace(options);
  const delegation = newDelegation(task, place);
  checkCommands(delegation, place);
  return keepingTrack(delegation, false, place, options);
}

/**
 * Takes up a delegation that was not finished: agents that succeeded are not run again.
 * @param id the latest unfinished one by default
 * @throws SeqxError SEQX_DELEGATION_UNKNOWN, SEQX_DELEGATION_BUSY, and as `delegate`
 */
export async function resumeDelegation(
  id: string | undefined,
  options: DelegateOptions = {},
): Promise<DelegationReport> {
  const { delegation, place } = await findUnfinished(id, options);
  checkCommands(delegation, place);
  return keepingTrack(delegation, true, place, options);
}

/** What `delegate` or, without a task, `resumeDelegation` would carry out. Nothing is run or written. */
export async function previewDelegation(
  what: { readonly task: string } | { readonly id: string | undefined },
  options: DelegateOptions = {},
): Promise<Delegation> {
  if ('id' in what) return (await findUnfinished(what.id, options)).delegation;
  return newDelegation(what.task, await findPlace(options));
}

function newDelegation(task: string, place: Place): Delegation {
  checkTask(task);
  checkAgents(place);
  const { primary, stages, reasons } = chooseAgents(task, place.agents);
  if (!primary) {
    throw new SeqxError(
      'SEQX_AGENT_MISSING',
      `${reasons.join('; ')}; nothing was run`,
      'seqx plan "the task in other words"   or a match = ["*"] for the agent that takes any',
    );
  }
  return {
    schema: 'seqx.delegation/1',
    id: randomNonce(),
    task,
    cwd: place.cwd,
    startedAt: new Date().toISOString(),
    stages: [[primary], ...stages].map(stage => stage.map(({ name }) => name)),
    ends: {},
  };
}

async function findUnfinished(
  id: string | undefined,
  options: DelegateOptions,
): Promise<{ delegation: Delegation; place: Place }> {
  const here = await findPlace(options);
  const folder = delegationFolder(here);
  const all = folder === undefined ? [] : readDelegations(folder);
  const found = all.findLast(one => (id === undefined ? !isComplete(one) : one.id === id));
  if (!found) {
    const which =
      id === undefined ? 'no delegation is left to finish' : `there is no delegation ${JSON.stringify(id)}`;
    throw unknown(which, here);
  }
  refuseComplete(found, here);
  return { delegation: forgetFailures(found), place: await placeOf(found, options) };
}

/** @throws SeqxError SEQX_DIRECTORY_MISSING naming the delegation: nobody has typed this folder now */
async function placeOf({ id, cwd }: Delegation, options: DelegateOptions): Promise<Place> {
  try {
    return await findPlace({ ...options, cwd });
  } catch (error) {
    if (!(error instanceof SeqxError) || error.code !== 'SEQX_DIRECTORY_MISSING') throw error;
    throw new SeqxError(
      error.code,
      `delegation ${id} was begun in ${cwd}, which is not there any more; nothing was run`,
      `mkdir -p ${showCommand([cwd], 200)}   or, for a new one: seqx delegate "the task"`,
    );
  }
}

/** @throws SeqxError SEQX_DELEGATION_UNKNOWN */
function refuseComplete(delegation: Delegation, place: Place): void {
  if (isComplete(delegation)) {
    throw unknown(`every agent of delegation ${delegation.id} has succeeded`, place);
  }
}

const unknown = (which: string, { gate }: Place): SeqxError =>
  new SeqxError('SEQX_DELEGATION_UNKNOWN', `${which} at ${gate.name}`);

/**
 * Before anything is run: every agent that is left to run is still there and has a command.
 * @throws SeqxError SEQX_AGENT_MISSING, SEQX_AGENT_UNSET
 */
function checkCommands({ stages, ends, task, id }: Delegation, place: Place): void {
  for (const name of stages.flat()) {
    if (Object.hasOwn(ends, name)) continue;
    const agent = place.agents.find(other => other.name === name);
    if (!agent) {
      throw new SeqxError(
        'SEQX_AGENT_MISSING',
        `${name} of delegation ${id} is not configured any more; nothing was run`,
        `seqx delegate "…"   (a new one), or put [agents.${name}] back`,
      );
    }
    agentCall(agent, task, place);
  }
}

/** With a claim on it and its state on disk; where there is no place for these, without. */
async function keepingTrack(
  delegation: Delegation,
  isResumed: boolean,
  place: Place,
  options: DelegateOptions,
): Promise<DelegationReport> {
  const { folder, problem, release } = await claimAt(delegation.id, place);
  let unkept = problem;
  try {
    // Whoever had it before may have come further since it was read.
    const latest = isResumed && folder !== undefined ? reread(folder, delegation) : delegation;
    if (isResumed) refuseComplete(latest, place);
    const keep = (now: Delegation) => {
      if (folder === undefined || unkept !== undefined) return;
      unkept = attempt(() => writeDelegation(folder, now));
      if (unkept !== undefined) options.onNews?.({ type: 'delegation-unkept', reason: unkept });
    };
    const { settings } = place;
    options.onNews?.({ type: 'delegation-started', delegation: latest, isResumed, settings });
    if (unkept !== undefined) options.onNews?.({ type: 'delegation-unkept', reason: unkept });
    keep(latest);
    return await carryOut(latest, place, options, keep);
  } finally {
    release();
  }
}

const reread = (folder: string, delegation: Delegation): Delegation => {
  const now = readDelegations(folder).find(({ id }) => id === delegation.id);
  return now ? forgetFailures(now) : delegation;
};

/** Why it did not work, if it did not. */
function attempt(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
