// A sentence in, a plan out: who does it, who comes after, in which way, and why. Pure; nothing is run.

import type { AgentConfig } from '../base/agents-config.ts';
import { chooseAgents } from './choose-agents.ts';
import { type Estimate, estimateStages, type Usual } from './estimate.ts';

export interface TaskPlan {
  /** `null` when no agent fits. */
  readonly primary_agent: string | null;
  /** In the order in which they run, all of them after the primary one. */
  readonly secondary_agents: readonly string[];
  /**
   * `single`: nobody but the primary agent. `sequential`: one after the other. `parallel`: after the primary
   * one, some of them side by side, which only read and do not follow each other.
   */
  readonly execution_mode: 'single' | 'sequential' | 'parallel';
  readonly rationale: string;
  /** `null` when neither the journal nor the configuration says anything. */
  readonly estimate: Estimate | null;
}

/**
 * Decides who does a task.
 * @param usual what agents took before, by name
 */
export function planTask(
  task: string,
  agents: readonly AgentConfig[],
  usual: ReadonlyMap<string, Usual> = new Map(),
): TaskPlan {
  const { primary, stages, reasons } = chooseAgents(task, agents);
  return {
    primary_agent: primary?.name ?? null,
    secondary_agents: stages.flat().map(({ name }) => name),
    execution_mode: modeOf(stages),
    rationale: reasons.join('; '),
    estimate: primary ? estimateStages([[primary], ...stages], usual) : null,
  };
}

function modeOf(stages: readonly (readonly AgentConfig[])[]): TaskPlan['execution_mode'] {
  if (stages.length === 0) return 'single';
  return stages.some(stage => stage.length > 1) ? 'parallel' : 'sequential';
}
