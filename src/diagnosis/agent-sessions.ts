// How many coding agents run at once? Pure. An agent is known by its program, or by the mark that it leaves in
// the environment of what it starts. One session is the top-most process of each: what an agent started is part
// of it, and processes marked beside each other under one unmarked parent were started by that one.

import type { SeenProcess } from './process-groups.ts';
import { baseName, programName } from './program-name.ts';

export interface AgentMarks {
  readonly name: string;
  /** Variables that it sets for what it starts; any value counts. */
  readonly variables: readonly string[];
  /** Its program, as `programName` gives it. */
  readonly program: RegExp;
}

const ANY_AGENT = 'AI_AGENT';

/** From the agents' own documentation and sources; `AI_AGENT` names any other. */
export const AGENT_MARKS: readonly AgentMarks[] = [
  { name: 'Claude Code', variables: ['CLAUDECODE'], program: /^(claude|node @anthropic-ai\/claude-code)$/ },
  {
    name: 'Codex',
    variables: ['CODEX_THREAD_ID', 'CODEX_SANDBOX', 'CODEX_CI'],
    program: /^(codex|node @openai\/codex)$/,
  },
  { name: 'Cursor', variables: ['CURSOR_AGENT'], program: /^cursor-agent$/ },
  {
    name: 'Gemini CLI',
    variables: ['GEMINI_CLI'],
    program: /^(gemini|node @google\/gemini-cli|node gemini)$/,
  },
  {
    name: 'opencode',
    variables: ['OPENCODE', 'OPENCODE_CLIENT', 'OPENCODE_CALLER'],
    program: /^(opencode|node opencode-ai)$/,
  },
  { name: 'Copilot CLI', variables: [], program: /^(copilot|node @github\/copilot)$/ },
  { name: 'Qwen Code', variables: ['QWEN_CODE'], program: /^(qwen|node @qwen-code\/qwen-code)$/ },
  { name: 'Cline', variables: ['CLINE_ACTIVE'], program: /^(cline|node cline)$/ },
  { name: 'Augment', variables: ['AUGMENT_AGENT'], program: /^(auggie|node @augmentcode\/auggie)$/ },
  { name: 'Antigravity', variables: ['ANTIGRAVITY_AGENT'], program: /^antigravity$/ },
  { name: 'Goose', variables: ['GOOSE_TERMINAL'], program: /^goose$/ },
  { name: 'Amp', variables: [], program: /^(amp|node @sourcegraph\/amp)$/ },
  { name: 'Aider', variables: [], program: /^(aider|python[\d.]* aider)$/ },
  { name: 'another agent', variables: [ANY_AGENT], program: /^(?!)/ },
];

export const AGENT_VARIABLES: readonly string[] = AGENT_MARKS.flatMap(({ variables }) => variables);

export interface MarkedProcess extends SeenProcess {
  /** Those of AGENT_VARIABLES that are in its environment. */
  readonly variables: readonly string[];
}

export interface AgentSession {
  readonly agent: string;
  /** The top-most process that is known to belong to it. */
  readonly pid: number;
  readonly processes: number;
  readonly rssBytes: number;
}

export function agentSessions(table: readonly MarkedProcess[]): AgentSession[] {
  const byPid = new Map(table.map(process => [process.pid, process]));
  return AGENT_MARKS.flatMap(marks => {
    const sessions = new Map<number, MarkedProcess[]>();
    for (const process of table) {
      const parent = byPid.get(process.ppid);
      const isTop = carries(process, marks) && !(parent && carries(parent, marks));
      if (!isTop) continue;
      const pid = isStarter(parent) && !isProgram(process, marks) ? parent.pid : process.pid;
      sessions.set(pid, [...(sessions.get(pid) ?? []), process]);
    }
    return [...sessions].map(([pid, tops]) => session(marks.name, pid, tops, table));
  });
}

function carries(process: MarkedProcess, marks: AgentMarks): boolean {
  if (isProgram(process, marks)) return true;
  // What anybody may set says something only where nothing better does.
  if (marks.variables.includes(ANY_AGENT)) return process.variables.join() === ANY_AGENT && !isKnown(process);
  return process.variables.some(name => marks.variables.includes(name));
}

const isKnown = (process: SeenProcess): boolean => AGENT_MARKS.some(marks => isProgram(process, marks));

const isProgram = ({ argv }: SeenProcess, { program }: AgentMarks): boolean =>
  program.test(programName(argv)) || program.test(baseName(argv[0] ?? ''));

/** The unmarked parent of what is marked set the mark; unless that one was adopted by init, or is another agent. */
const isStarter = (parent: MarkedProcess | undefined): parent is MarkedProcess =>
  parent !== undefined && parent.pid > 1 && !isKnown(parent);

function session(
  agent: string,
  pid: number,
  tops: readonly SeenProcess[],
  table: readonly SeenProcess[],
): AgentSession {
  const roots = new Set([pid, ...tops.map(top => top.pid)]);
  const members = new Set(roots);
  // Parents come before children only by chance: go over the table until nothing is added.
  for (let grown = true; grown; ) {
    const before = members.size;
    for (const process of table) if (members.has(process.ppid)) members.add(process.pid);
    grown = members.size > before;
  }
  const own = table.filter(process => members.has(process.pid));
  return {
    agent,
    pid,
    processes: own.length,
    rssBytes: own.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  };
}
