// Which agents a task is for, who of them is first, and in which order the others come. Pure; every decision has
// its reason in words.

import type { AgentConfig } from '../base/agents-config.ts';
import { inFollowOrder, predecessors, stagesOf } from './follow-order.ts';
import { fragileWord } from './fragile-words.ts';
import { type Match, matchTask } from './match-task.ts';

export interface Choice {
  readonly primary: AgentConfig | undefined;
  /** The others in order; those of one stage may run side by side. */
  readonly stages: readonly (readonly AgentConfig[])[];
  readonly reasons: readonly string[];
}

export function chooseAgents(task: string, agents: readonly AgentConfig[]): Choice {
  const matches = matchTask(task, agents);
  const { primary, reason } = choosePrimary(task, matches, agents);
  if (!primary) return { primary, stages: [], reasons: [reason] };
  const before = predecessors(primary.name, agents);
  const others = matches.filter(({ agent }) => agent !== primary);
  const chosen = withFollowers(
    new Set([primary.name, ...others.map(({ agent }) => agent.name).filter(name => !before.has(name))]),
    agents,
  );
  const ordered = inFollowOrder(chosen, agents).filter(agent => agent !== primary);
  const fragile = fragileWord(task);
  const stages = stagesOf(ordered, agents, fragile !== undefined);
  const reasons = [
    reason,
    ...others
      .filter(({ agent }) => before.has(agent.name))
      .map(match => `${fits(match)}, but ${primary.name} comes after it: left out`),
    ...ordered.map(agent => whyChosen(agent, others, chosen)),
    ...whyInThisWay(ordered, stages, fragile),
  ];
  return { primary, stages, reasons };
}

/**
 * The best fit; of equals who follows none of them, then who may change files, then who is named first, then who is
 * configured first.
 */
function choosePrimary(
  task: string,
  matches: readonly Match[],
  agents: readonly AgentConfig[],
): { primary: AgentConfig | undefined; reason: string } {
  const most = (of: (match: Match) => number, among: readonly Match[]) => {
    const best = Math.max(...among.map(of));
    return among.filter(match => of(match) === best);
  };
  const best = most(
    ({ inTask }) => inTask,
    most(({ inRequest }) => inRequest, matches),
  );
  const names = new Set(best.map(({ agent }) => agent.name));
  const free = best.filter(({ agent }) => {
    const before = predecessors(agent.name, agents);
    return ![...names].some(name => before.has(name));
  });
  const [first] = most(
    ({ at }) => -at,
    most(({ agent }) => Number(!agent.readsOnly), free),
  );
  if (!first) return primaryOfNone(task, agents);
  const equals = best.filter(match => match !== first).map(({ agent }) => agent.name);
  const tie =
    equals.length === 0
      ? ''
      : ` (as well as ${list(equals)}; first is who follows none of them, then who may change files, then who is named first)`;
  return { primary: first.agent, reason: `${fits(first)} best${tie}` };
}

function primaryOfNone(
  task: string,
  agents: readonly AgentConfig[],
): { primary: AgentConfig | undefined; reason: string } {
  if (task.trim() === '') return { primary: undefined, reason: 'the task is empty' };
  const any = agents.find(({ match }) => match.includes('*'));
  if (any) return { primary: any, reason: `no agent has a word of the task; ${any.name} takes any (*)` };
  return {
    primary: undefined,
    reason: `no agent has a word of the task in its match (${list(agents.map(({ name }) => name))})`,
  };
}

/** The chosen and all who follow one of them. */
function withFollowers(chosen: ReadonlySet<string>, agents: readonly AgentConfig[]): ReadonlySet<string> {
  const all = new Set(chosen);
  for (let before = -1; before < all.size; ) {
    before = all.size;
    for (const { name, follows } of agents) if (follows.some(other => all.has(other))) all.add(name);
  }
  return all;
}

function whyChosen(agent: AgentConfig, others: readonly Match[], chosen: ReadonlySet<string>): string {
  const match = others.find(other => other.agent === agent);
  const followed = agent.follows.filter(name => chosen.has(name));
  const follows = followed.length === 0 ? '' : `follows ${list(followed)}`;
  if (!match) return `${agent.name} ${follows}`;
  return follows === '' ? `${fits(match)}, too` : `${fits(match)}, too, and ${follows}`;
}

function whyInThisWay(
  ordered: readonly AgentConfig[],
  stages: readonly (readonly AgentConfig[])[],
  fragile: string | undefined,
): string[] {
  if (ordered.length === 0) return ['nobody else is concerned'];
  if (fragile !== undefined) return [`one after the other, because the task says ${quote(fragile)}`];
  const together = stages.filter(stage => stage.length > 1);
  if (together.length > 0) {
    return together.map(stage => `${list(stage.map(({ name }) => name))} side by side: they only read`);
  }
  const writers = ordered.filter(({ readsOnly }) => !readsOnly).map(({ name }) => name);
  if (ordered.length === 1) return [`one after the other, because ${ordered[0]?.name} comes after`];
  return [
    writers.length > 0
      ? `one after the other, because ${list(writers)} may change files`
      : 'one after the other, because each follows the one before',
  ];
}

const fits = ({ agent, phrases }: Match): string => `${agent.name} fits (${phrases.map(quote).join(', ')})`;

const quote = (text: string): string => `"${text}"`;

const list = (names: readonly string[]): string => names.join(', ');
