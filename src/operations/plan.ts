// Which agents a task is for, and in which way they would do it. Nothing is run.

import { planTask, type TaskPlan } from '../agents/plan-task.ts';
import { SeqxError } from '../base/errors.ts';
import { findPlace, type Place, type PlaceOptions } from '../place.ts';
import { delegationFolder, usualOfAgents } from './delegation-folder.ts';

/**
 * Plans a task with the agents of the configuration.
 * @throws SeqxError SEQX_AGENT_MISSING when none is configured, SEQX_USAGE_INVALID for a task that is none
 */
export async function plan(task: string, options: PlaceOptions = {}): Promise<TaskPlan> {
  const place = await findPlace(options);
  checkTask(task);
  checkAgents(place);
  return planTask(task, place.agents, usualOfAgents(delegationFolder(place)));
}

/**
 * Linux takes 128 KiB for an argument or a variable (MAX_ARG_STRLEN, execve(2)), Windows 32,767 characters for
 * all of them. What the command adds around the task must fit as well.
 */
const LONGEST_TASK_BYTES = 100_000;

/** @throws SeqxError SEQX_USAGE_INVALID */
export function checkTask(task: string): void {
  // A program may hand in anything.
  if (typeof task !== 'string')
    throw usage(`the task is ${task === null ? 'null' : typeof task}, and no text`);
  if (task.trim() === '') throw usage('the task is empty');
  if (task.includes('\0')) throw usage('the task has a NUL character in it, which no argument can have');
  const bytes = Buffer.byteLength(task);
  if (bytes > LONGEST_TASK_BYTES) {
    throw usage(
      `the task has ${bytes} bytes, and an argument takes at most ${LONGEST_TASK_BYTES}`,
      'seqx delegate "do what TASK.md says"',
    );
  }
}

/** @throws SeqxError SEQX_AGENT_MISSING */
export function checkAgents({ agents, project }: Pick<Place, 'agents' | 'project'>): void {
  if (agents.length > 0) return;
  throw new SeqxError('SEQX_AGENT_MISSING', `no agents are configured for ${project.name}`);
}

const usage = (message: string, hint = 'seqx plan "Add Button component"') =>
  new SeqxError('SEQX_USAGE_INVALID', message, hint);
