// Who comes after whom: the order that `follows` asks for, and which agents may run side by side. Pure.

import type { AgentConfig } from '../base/agents-config.ts';

/** Everybody that an agent comes after, directly or by way of others; the configuration has no circles. */
export function predecessors(name: string, agents: readonly AgentConfig[]): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [name];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const { follows = [] } = agents.find(agent => agent.name === at) ?? {};
    for (const next of follows) {
      if (found.has(next)) continue;
      found.add(next);
      waiting.push(next);
    }
  }
  return found;
}

/** The chosen in an order in which nobody comes before whom it follows; else as the configuration has them. */
export function inFollowOrder(chosen: ReadonlySet<string>, agents: readonly AgentConfig[]): AgentConfig[] {
  const left = agents.filter(({ name }) => chosen.has(name));
  const ordered: AgentConfig[] = [];
  while (left.length > 0) {
    const isFree = ({ name }: AgentConfig) => {
      const before = predecessors(name, agents);
      return !left.some(other => before.has(other.name));
    };
    ordered.push(...left.splice(Math.max(0, left.findIndex(isFree)), 1));
  }
  return ordered;
}

/**
 * Splits agents in order into stages, one after the other; the agents of one stage may run side by side.
 * @param isAlone each agent gets a stage of its own
 */
export function stagesOf(
  ordered: readonly AgentConfig[],
  agents: readonly AgentConfig[],
  isAlone: boolean,
): AgentConfig[][] {
  const stages: AgentConfig[][] = [];
  for (const agent of ordered) {
    const last = stages.at(-1);
    const before = predecessors(agent.name, agents);
    const mayJoin =
      !isAlone && agent.readsOnly && last?.every(other => other.readsOnly && !before.has(other.name));
    if (last && mayJoin) last.push(agent);
    else stages.push([agent]);
  }
  return stages;
}
