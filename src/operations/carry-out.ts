// Carrying a delegation out: stage after stage, each agent in a run of its own, so that what one leaves behind is
// ended before the next begins; what is known is written down after every one.

import {
  type AgentEnd,
  type AgentState,
  type Delegation,
  isComplete,
  stateOf,
} from '../agents/delegation.ts';
import type { SeqxEvent } from '../base/events.ts';
import type { SignalName } from '../base/outcome.ts';
import type { Settings } from '../base/settings.ts';
import { Stop } from '../base/stop.ts';
import { maskSecrets } from '../base/text.ts';
import type { Place } from '../place.ts';
import type { RunOptions } from './run.ts';
import { type AgentCall, agentCall, runAgent } from './run-agent.ts';
import type { RunMany } from './run-many.ts';
import { listenForStops } from './stops.ts';

/** What happens in a delegation, beside the events of each agent's run. */
export type DelegationNews =
  | {
      readonly type: 'delegation-started';
      readonly delegation: Delegation;
      /** It was begun before, and is taken up again. */
      readonly isResumed: boolean;
      readonly settings: Settings;
    }
  | {
      readonly type: 'agent-started';
      readonly agent: string;
      readonly argv: readonly string[];
      /** Its place among all of the delegation, from 1. */
      readonly place: number;
      readonly of: number;
    }
  | { readonly type: 'agent-ended'; readonly agent: string; readonly end: AgentEnd }
  /** It goes on, but cannot be taken up again if it is killed. */
  | { readonly type: 'delegation-unkept'; readonly reason: string };

export interface DelegateOptions extends Omit<RunOptions, 'onEvent'> {
  readonly onNews?: ((news: DelegationNews) => void) | undefined;
  /** Called for everything that happens in an agent's run; must not throw. */
  readonly onEvent?: ((event: SeqxEvent, agent: string) => void) | undefined;
}

export interface DelegationReport {
  readonly id: string;
  readonly task: string;
  /** Every agent has succeeded. */
  readonly isComplete: boolean;
  /** In the order of the plan. */
  readonly agents: readonly { readonly name: string; readonly state: AgentState }[];
  /** The signal that made it stop between two agents. */
  readonly stoppedBy: SignalName | undefined;
  /** 0 only if every agent has succeeded, else 1. */
  readonly exitCode: number;
}

/** Signals that mean the whole delegation, not only the agent that runs. */
const ENDING: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** @param keep called with the delegation as it stands after every agent */
export async function carryOut(
  delegation: Delegation,
  place: Place,
  options: DelegateOptions,
  runMany: RunMany,
  keep: (delegation: Delegation) => void,
): Promise<DelegationReport> {
  const { agents } = place;
  const all = delegation.stages.flat();
  const stop = listenForEnd(options);
  let now = delegation;
  const runOne = async (call: AgentCall) => {
    if (stop.isAsked()) return;
    const { name } = call.agent;
    const argv = maskSecrets(call.argv);
    options.onNews?.({
      type: 'agent-started',
      agent: name,
      argv,
      place: all.indexOf(name) + 1,
      of: all.length,
    });
    const onEvent = (event: SeqxEvent) => options.onEvent?.(event, name);
    const end = await runAgent(call, { ...options, cwd: delegation.cwd, onEvent });
    now = { ...now, ends: { ...now.ends, [name]: end } };
    keep(now);
    options.onNews?.({ type: 'agent-ended', agent: name, end });
  };
  try {
    for (const stage of delegation.stages) {
      const due = stage.filter(name => stateOf(name, now, agents).kind === 'waiting');
      const calls = agents.filter(({ name }) => due.includes(name));
      await runMany(calls.map(agent => () => runOne(agentCall(agent, delegation.task, place))));
    }
  } finally {
    stop.close();
  }
  return {
    id: now.id,
    task: now.task,
    isComplete: isComplete(now),
    agents: all.map(name => ({ name, state: stateOf(name, now, agents) })),
    stoppedBy: stop.signal(),
    exitCode: isComplete(now) ? 0 : 1,
  };
}

/** Whoever asks the agent that runs to end does not want the next one to begin. */
function listenForEnd(options: Pick<DelegateOptions, 'signal' | 'takeSignals'>) {
  const stop = new Stop();
  let signal: SignalName | undefined;
  stop.listen(request => {
    if (request.kind === 'signal' && ENDING.includes(request.signal)) signal ??= request.signal;
  });
  const close = listenForStops(stop, options);
  const isAsked = () => signal !== undefined || options.signal?.aborted === true;
  return { isAsked, signal: () => signal, close };
}
