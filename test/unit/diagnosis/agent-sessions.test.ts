// Sessions of coding agents: the top-most process of each.

import { expect, test } from 'vitest';
import {
  AGENT_MARKS,
  AGENT_VARIABLES,
  agentSessions,
  type MarkedProcess,
} from '../../../src/diagnosis/agent-sessions.ts';

const seen = (pid: number, ppid: number, argv: string[], variables: string[] = []): MarkedProcess => ({
  pid,
  ppid,
  argv,
  variables,
  rssBytes: 10,
  isOwn: true,
});

const sessions = (...table: MarkedProcess[]) =>
  agentSessions([seen(1, 0, ['init']), ...table]).map(({ agent, pid, processes }) => [agent, pid, processes]);

test('two sessions of one agent, each with what it started', () => {
  expect(
    sessions(
      seen(10, 1, ['claude']),
      seen(11, 10, ['bash', '-c', 'make'], ['CLAUDECODE']),
      seen(12, 11, ['make'], ['CLAUDECODE']),
      seen(20, 1, ['claude', '--continue']),
    ),
  ).toEqual([
    ['Claude Code', 10, 3],
    ['Claude Code', 20, 1],
  ]);
});

test('marks under one unmarked parent are one session: the parent set them', () => {
  expect(
    sessions(
      seen(10, 1, ['my-wrapper']),
      seen(11, 10, ['bash', '-c', 'a'], ['CODEX_THREAD_ID']),
      seen(12, 10, ['bash', '-c', 'b'], ['CODEX_THREAD_ID', 'CODEX_SANDBOX']),
      seen(13, 12, ['b'], ['CODEX_THREAD_ID']),
    ),
  ).toEqual([['Codex', 10, 4]]);
});

test('what was left to init by an agent that has gone stands for itself', () => {
  expect(sessions(seen(10, 1, ['sleep', '600'], ['CLAUDECODE']))).toEqual([['Claude Code', 10, 1]]);
});

test('an agent that another agent started is a session of its own kind', () => {
  expect(
    sessions(
      seen(10, 1, ['claude']),
      seen(11, 10, ['codex', 'exec', 'x'], ['CLAUDECODE']),
      seen(12, 11, ['ls'], ['CLAUDECODE', 'CODEX_SANDBOX']),
    ),
  ).toEqual([
    ['Claude Code', 10, 3],
    ['Codex', 11, 2],
  ]);
});

test('AI_AGENT counts where no agent is known', () => {
  expect(sessions(seen(10, 1, ['x'], ['AI_AGENT']))).toEqual([['another agent', 10, 1]]);
  expect(
    sessions(seen(10, 1, ['claude'], ['AI_AGENT']), seen(11, 10, ['ls'], ['AI_AGENT', 'CLAUDECODE'])),
  ).toEqual([['Claude Code', 10, 2]]);
});

test.each([
  [['claude'], 'Claude Code'],
  [['node', '/x/node_modules/@anthropic-ai/claude-code/cli.js'], 'Claude Code'],
  [['node', '/x/node_modules/@google/gemini-cli/dist/index.js'], 'Gemini CLI'],
  [['/home/ann/.opencode/bin/opencode'], 'opencode'],
  [['cursor-agent', '-p', 'x'], 'Cursor'],
  [['python3', '/home/ann/.local/bin/aider'], 'Aider'],
])('%j is a session of %s', (argv, agent) => {
  expect(sessions(seen(10, 1, argv))).toEqual([[agent, 10, 1]]);
});

test.each([[['vim', 'claude.md']], [['make', 'codex']], [['node', 'gemini.test.js']], [[]]])(
  '%j is no agent',
  argv => {
    expect(sessions(seen(10, 1, argv))).toEqual([]);
  },
);

test('no variable marks two agents', () => {
  expect(new Set(AGENT_VARIABLES).size).toBe(AGENT_VARIABLES.length);
  expect(AGENT_MARKS.length).toBeGreaterThan(10);
});
