// Agents for tests: the four of the starter, and two auditors that only read.

import { parse } from 'smol-toml';
import { type AgentConfig, readAgents } from '../../../src/base/agents-config.ts';
import { fileSource } from '../../../src/base/settings.ts';
import { ROLE_NAMES, starterText } from '../../../src/init/agents-starter.ts';

export const agentsOf = (toml: string): AgentConfig[] =>
  readAgents([fileSource('/w/seqx.toml', parse(toml))]);

export const FOUR = agentsOf(starterText(ROLE_NAMES, ['my-agent', '{task}']));

export const SIX = agentsOf(`${starterText(ROLE_NAMES, ['my-agent', '{task}'])}
[agents.security-auditor]
match = ["security", "vulnerability", "login"]
follows = ["backend-architect"]
reads_only = true

[agents.accessibility-auditor]
match = ["a11y", "screen reader"]
follows = ["frontend-developer"]
reads_only = true
`);
