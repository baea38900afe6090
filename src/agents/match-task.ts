// How well an agent's words fit a task. Pure. What a task asks for stands before its first "for", "with", "in" and
// so on; what follows says where or how. So "add a test for the button" is about a test.

import type { AgentConfig } from '../base/agents-config.ts';
import { wordsOf } from '../base/words-of.ts';

export interface Match {
  readonly agent: AgentConfig;
  /** The agent's words that the task has, as the configuration writes them. */
  readonly phrases: readonly string[];
  /** How many different words of the request itself fit, and of the whole task. */
  readonly inRequest: number;
  readonly inTask: number;
  /** Where the first one stands, counted in words. */
  readonly at: number;
}

const ASIDE = new Set(
  (
    'for of in on to with without from at by into onto via using against about across under over through ' +
    'inside within because when while after before since until so that which whose where if as'
  ).split(' '),
);

/** The agents whose words the task has, in the order of the configuration. */
export function matchTask(task: string, agents: readonly AgentConfig[]): Match[] {
  const words = wordsOf(task);
  const places = new Map<string, number[]>();
  words.forEach((word, index) => {
    const known = places.get(word);
    if (known) known.push(index);
    else places.set(word, [index]);
  });
  const aside = words.findIndex(word => ASIDE.has(word));
  const requestEnd = aside < 0 ? words.length : aside;
  return agents.flatMap(agent => matchAgent(agent, words, places, requestEnd) ?? []);
}

function matchAgent(
  agent: AgentConfig,
  words: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  requestEnd: number,
): Match | undefined {
  const phrases: string[] = [];
  const [inRequest, inTask] = [new Set<string>(), new Set<string>()];
  let at = Infinity;
  for (const phrase of agent.match) {
    const wanted = wordsOf(phrase);
    const found = findPhrase(wanted, words, places);
    const [first] = found;
    if (first === undefined) continue;
    phrases.push(phrase);
    at = Math.min(at, first);
    for (const word of wanted) inTask.add(word);
    // In order, so the first place is the one that may lie in the request.
    if (first + wanted.length <= requestEnd) for (const word of wanted) inRequest.add(word);
  }
  return phrases.length === 0
    ? undefined
    : { agent, phrases, inRequest: inRequest.size, inTask: inTask.size, at };
}

/** Where a phrase begins in the task, in order. */
function findPhrase(
  wanted: readonly string[],
  words: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
): number[] {
  const starts = places.get(wanted[0] ?? '') ?? [];
  return starts.filter(start => wanted.every((word, offset) => words[start + offset] === word));
}
