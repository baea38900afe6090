// How long a task will take and how much memory it needs, from what its agents usually took, else from what the
// configuration allows them. Pure. What one agent leaves unknown is unknown of the whole.

import type { AgentConfig } from '../base/agents-config.ts';

/** What an agent usually took. */
export interface Usual {
  readonly runMs: number | undefined;
  readonly peakBytes: number | undefined;
}

type Source = 'journal' | 'configuration';

export interface Estimate {
  /** `null` when it is not known of somebody. */
  readonly run_ms: number | null;
  /** The most that is needed at once. */
  readonly peak_bytes: number | null;
  readonly agents: readonly AgentEstimate[];
}

export interface AgentEstimate {
  readonly agent: string;
  readonly run_ms: number | null;
  readonly run_from: Source | null;
  readonly peak_bytes: number | null;
  readonly peak_from: Source | null;
}

/** @returns `null` when nothing at all is known */
export function estimateStages(
  stages: readonly (readonly AgentConfig[])[],
  usual: ReadonlyMap<string, Usual>,
): Estimate | null {
  const estimates = stages.map(stage => stage.map(agent => estimateAgent(agent, usual.get(agent.name))));
  const agents = estimates.flat();
  if (agents.every(({ run_ms, peak_bytes }) => run_ms === null && peak_bytes === null)) return null;
  const longest = estimates.map(stage =>
    fold(
      stage.map(({ run_ms }) => run_ms),
      Math.max,
    ),
  );
  const needed = estimates.map(stage =>
    fold(
      stage.map(({ peak_bytes }) => peak_bytes),
      add,
    ),
  );
  return { run_ms: fold(longest, add), peak_bytes: fold(needed, Math.max), agents };
}

function estimateAgent(
  { name, timeoutMs, memoryBytes }: AgentConfig,
  usual: Usual | undefined,
): AgentEstimate {
  const [run_ms, run_from] = known(usual?.runMs, timeoutMs);
  // A limit of 0 is none.
  const [peak_bytes, peak_from] = known(usual?.peakBytes, memoryBytes || undefined);
  return { agent: name, run_ms, run_from, peak_bytes, peak_from };
}

function known(usual: number | undefined, configured: number | undefined): [number | null, Source | null] {
  if (usual !== undefined) return [Math.round(usual), 'journal'];
  return configured === undefined ? [null, null] : [configured, 'configuration'];
}

const add = (a: number, b: number): number => a + b;

function fold(numbers: readonly (number | null)[], join: (a: number, b: number) => number): number | null {
  return numbers.reduce((sum, number) => (sum === null || number === null ? null : join(sum, number)), 0);
}
