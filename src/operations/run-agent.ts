// One agent at its task: a run through the gate like any other, with limits of its own.

import { AGENT_VARIABLE, agentCommand, TASK_VARIABLE } from '../agents/agent-command.ts';
import type { AgentEnd } from '../agents/delegation.ts';
import { type AgentConfig, TASK_PLACE } from '../base/agents-config.ts';
import { SeqxError } from '../base/errors.ts';
import { outcomeWord } from '../base/outcome.ts';
import { SETTING_ROWS, type SettingName, type Settings } from '../base/settings.ts';
import type { Place, PlaceOptions } from '../place.ts';
import { type RunOptions, type RunResult, run } from './run.ts';

/** What an agent is started with. */
export interface AgentCall {
  readonly agent: AgentConfig;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * @throws SeqxError SEQX_AGENT_UNSET for an agent without a command, SEQX_PLATFORM_UNSUPPORTED where a line of shell
 *   cannot be given the task safely
 */
export function agentCall(
  agent: AgentConfig,
  task: string,
  { env, platform }: Pick<Place, 'env' | 'platform'>,
): AgentCall {
  const { name, where } = agent;
  const command = agentCommand(agent, task);
  if (!command) {
    throw new SeqxError(
      'SEQX_AGENT_UNSET',
      `${name} has no command yet; nothing was run. Set agents.${name}.command in ${where}, such as ["my-agent", "--prompt", "${TASK_PLACE}"]`,
    );
  }
  // cmd.exe puts variables in before it reads the line: what is in them becomes code.
  if (command.kind === 'line' && platform.system === 'windows' && command.line !== agent.command) {
    throw new SeqxError(
      'SEQX_PLATFORM_UNSUPPORTED',
      `agents.${name}.command in ${where} is a line of shell, which cannot be given a task safely on Windows`,
      `command = ["my-agent", "--prompt", "${TASK_PLACE}"]   (a list of words)`,
    );
  }
  const argv = command.kind === 'words' ? command.words : platform.shell(command.line);
  return { agent, argv, env: { ...env, [AGENT_VARIABLE]: name, [TASK_VARIABLE]: task } };
}

export async function runAgent({ agent, argv, env }: AgentCall, options: RunOptions): Promise<AgentEnd> {
  const settings = { ...limitsOf(agent, options), ...options.settings };
  const result = await run(argv, { ...options, env, settings });
  return {
    isOk: result.outcome.kind === 'exited' && result.exitCode === 0,
    outcome: outcomeWord(result.outcome),
    exitCode: result.exitCode,
    signal: signalOf(result),
    ranMs: Math.round(result.ranMs),
    peakBytes: result.peakBytes ?? null,
    endedAt: new Date().toISOString(),
  };
}

/** The agent's own limits are nearer than the project's; a flag of this very call is nearer still. */
function limitsOf({ timeoutMs, memoryBytes }: AgentConfig, { flags = {} }: PlaceOptions): Partial<Settings> {
  const isFree = (name: SettingName) => !Object.hasOwn(flags, SETTING_ROWS[name].flag);
  return {
    ...(timeoutMs !== undefined && isFree('timeout') ? { timeout: timeoutMs } : {}),
    ...(memoryBytes !== undefined && isFree('memoryLimit') ? { memoryLimit: memoryBytes } : {}),
  };
}

const signalOf = ({ outcome }: RunResult): string | null =>
  'signal' in outcome ? (outcome.signal ?? null) : null;
