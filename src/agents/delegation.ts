// A delegation: a task with its agents in stages, and how each of them has ended so far. Pure: what is left to do,
// and who is left out because somebody before it failed. It is kept on disk as it is (delegation-store.ts).

import type { AgentConfig } from '../base/agents-config.ts';
import { predecessors } from './follow-order.ts';

/** How an agent's run ended. */
export interface AgentEnd {
  readonly isOk: boolean;
  /** As in the history: `exited`, `signalled`, `memory`, `timeout`, `wait-passed` … */
  readonly outcome: string;
  readonly exitCode: number;
  readonly signal: string | null;
  readonly ranMs: number;
  readonly peakBytes: number | null;
  readonly endedAt: string;
}

export interface Delegation {
  readonly schema: 'seqx.delegation/1';
  readonly id: string;
  readonly task: string;
  readonly cwd: string;
  readonly startedAt: string;
  /** Names; the primary agent alone in the first. */
  readonly stages: readonly (readonly string[])[];
  /** By name; who has not ended is not here. */
  readonly ends: Readonly<Record<string, AgentEnd>>;
}

/** How an agent of a delegation stands. */
export type AgentState =
  | { readonly kind: 'ended'; readonly end: AgentEnd }
  | { readonly kind: 'left-out'; readonly because: string }
  | { readonly kind: 'waiting' };

export const isComplete = ({ stages, ends }: Delegation): boolean =>
  stages.flat().every(name => endOf(ends, name)?.isOk);

/** What is done stays done; what failed is tried again. */
export const forgetFailures = (delegation: Delegation): Delegation => ({
  ...delegation,
  ends: Object.fromEntries(Object.entries(delegation.ends).filter(([, { isOk }]) => isOk)),
});

/** After a primary agent that failed nobody goes on; else only those do not who come after one that failed. */
export function stateOf(name: string, delegation: Delegation, agents: readonly AgentConfig[]): AgentState {
  const { stages, ends } = delegation;
  const end = endOf(ends, name);
  if (end) return { kind: 'ended', end };
  const before = predecessors(name, agents);
  const primary = stages[0]?.[0];
  const failed = stages
    .flat()
    .find(other => endOf(ends, other)?.isOk === false && (other === primary || before.has(other)));
  return failed === undefined ? { kind: 'waiting' } : { kind: 'left-out', because: failed };
}

/** Agents may have any name, `constructor` among them. */
const endOf = (ends: Delegation['ends'], name: string): AgentEnd | undefined =>
  Object.hasOwn(ends, name) ? ends[name] : undefined;

/** What is on disk may be anything; what is not ours is passed over. */
export function isDelegation(value: unknown): value is Delegation {
  if (!isRecord(value) || value.schema !== 'seqx.delegation/1') return false;
  const { id, task, cwd, startedAt, stages, ends } = value;
  return (
    [id, task, cwd, startedAt].every(text => typeof text === 'string') &&
    Array.isArray(stages) &&
    stages.length > 0 &&
    stages.every(stage => Array.isArray(stage) && stage.every(name => typeof name === 'string')) &&
    isRecord(ends) &&
    Object.values(ends).every(end => isRecord(end) && typeof end.isOk === 'boolean')
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
