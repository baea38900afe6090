// A project with fake agents, and what they have noted.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from './paths.ts';
import type { Scratch } from './scratch.ts';

export interface FakeAgent {
  readonly follows?: readonly string[];
  readonly megabytes?: number;
  readonly code?: number;
  /** Instead of the fake agent's own command: TOML. */
  readonly command?: string;
  /** More lines of its table. */
  readonly toml?: string;
}

/** Writes seqx.toml; the first agent takes the task "work". */
export function writeAgents({ project }: Scratch, agents: Record<string, FakeAgent>): void {
  const tables = Object.entries(agents).map(([name, agent], index) => {
    const { follows = [], megabytes = 1, code = 0, toml = '' } = agent;
    const words = ['perl', fixture('agent.pl'), `${megabytes}`, `${code}`, '{task}'];
    return [
      `[agents.${name}]`,
      `match = ${index === 0 ? '["work"]' : '[]'}`,
      `follows = ${JSON.stringify(follows)}`,
      `command = ${agent.command ?? JSON.stringify(words)}`,
      toml,
    ].join('\n');
  });
  writeFileSync(join(project, 'seqx.toml'), tables.join('\n'));
}

/** `begin a`, `end a`, …: what the agents have noted so far. */
export function agentsLog({ project }: Scratch): string[] {
  const path = join(project, 'agents.log');
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
}

/** From now on the agent stays until `letAgentGo`. */
export const holdAgent = ({ project }: Scratch, name: string): void =>
  writeFileSync(join(project, `hold-${name}`), '');

export const letAgentGo = ({ project }: Scratch, name: string): void => rmSync(join(project, `hold-${name}`));

/** Files in the folder of delegations of the one gate there is. */
export function delegationFiles({ env }: Scratch): string[] {
  const journal = join(env.XDG_STATE_HOME ?? '', 'seqx');
  const folders = existsSync(journal)
    ? readdirSync(journal).map(gate => join(journal, gate, 'delegations'))
    : [];
  return folders.flatMap(folder =>
    existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : [],
  );
}
