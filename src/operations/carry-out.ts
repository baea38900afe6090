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
import { mostAtOnce, runMany } from './run-many.ts';
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
  /** Somebody's run threw, which is thrown next; this is how far it came. */
  | { readonly type: 'delegation-failed'; readonly report: DelegationReport }
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

/**
 * @param keep called with the delegation as it stands after every agent
 * @throws whatever a run throws, when none runs any more
 */
export async function carryOut(
  delegation: Delegation,
  place: Place,
  options: DelegateOptions,
  keep: (delegation: Delegation) => void,
): Promise<DelegationReport> {
  const carrier = new Carrier(delegation, place, options, keep);
  try {
    for (const stage of delegation.stages) await carrier.stage(stage);
  } catch (error) {
    options.onNews?.({ type: 'delegation-failed', report: carrier.report() });
    throw error;
  } finally {
    carrier.close();
  }
  return carrier.report();
}

class Carrier {
  readonly #place: Place;
  readonly #options: DelegateOptions;
  readonly #keep: (delegation: Delegation) => void;
  readonly #all: readonly string[];
  readonly #stop: EndListener;
  #now: Delegation;
  #isCancelled = false;

  constructor(
    delegation: Delegation,
    place: Place,
    options: DelegateOptions,
    keep: (delegation: Delegation) => void,
  ) {
    this.#now = delegation;
    this.#place = place;
    this.#options = options;
    this.#keep = keep;
    this.#all = delegation.stages.flat();
    this.#stop = listenForEnd(options);
  }

  /** Those of a stage that are due: as many at once as the gate lets in. */
  async stage(names: readonly string[]): Promise<void> {
    const { agents, settings } = this.#place;
    const due = names.filter(name => stateOf(name, this.#now, agents).kind === 'waiting');
    const calls = agents
      .filter(({ name }) => due.includes(name))
      .map(agent => agentCall(agent, this.#now.task, this.#place));
    const refused: (readonly [AgentCall, AgentEnd])[] = [];
    const run = async (call: AgentCall) => {
      const end = await this.#run(call);
      if (end && isRefused(end)) refused.push([call, end]);
      else if (end) this.#note(call, end);
    };
    await runMany(
      calls.map(call => () => run(call)),
      mostAtOnce(settings),
    );
    // One whose patience (--wait) ended behind others of this very stage was not let down by anybody: its turn is now.
    const isOwnCrowd = refused.length < calls.length;
    for (const [call, end] of refused) this.#note(call, (isOwnCrowd ? await this.#run(call) : end) ?? end);
  }

  report(): DelegationReport {
    const { id, task } = this.#now;
    return {
      id,
      task,
      isComplete: isComplete(this.#now),
      agents: this.#all.map(name => ({ name, state: stateOf(name, this.#now, this.#place.agents) })),
      stoppedBy: this.#stop.signal(),
      exitCode: isComplete(this.#now) ? 0 : 1,
    };
  }

  close(): void {
    this.#stop.close();
  }

  /** `undefined` when it is not to begin any more. */
  async #run(call: AgentCall): Promise<AgentEnd | undefined> {
    if (this.#isCancelled || this.#stop.isAsked()) return undefined;
    const { name } = call.agent;
    this.#options.onNews?.({
      type: 'agent-started',
      agent: name,
      argv: maskSecrets(call.argv),
      place: this.#all.indexOf(name) + 1,
      of: this.#all.length,
    });
    const onEvent = (event: SeqxEvent) => this.#options.onEvent?.(event, name);
    return runAgent(call, { ...this.#options, cwd: this.#now.cwd, onEvent });
  }

  #note({ agent: { name } }: AgentCall, end: AgentEnd): void {
    // Whoever takes one of its runs out (seqx cancel, kill-all) does not want the next one to begin.
    if (end.outcome === 'cancelled') this.#isCancelled = true;
    this.#now = { ...this.#now, ends: { ...this.#now.ends, [name]: end } };
    this.#keep(this.#now);
    this.#options.onNews?.({ type: 'agent-ended', agent: name, end });
  }
}

/** The gate was taken, and the time to wait for it had passed. */
const isRefused = ({ outcome }: AgentEnd): boolean => outcome === 'busy' || outcome === 'wait-passed';

interface EndListener {
  readonly isAsked: () => boolean;
  readonly signal: () => SignalName | undefined;
  readonly close: () => void;
}

/** Whoever asks the agent that runs to end does not want the next one to begin. */
function listenForEnd(options: Pick<DelegateOptions, 'signal' | 'takeSignals'>): EndListener {
  const stop = new Stop();
  let signal: SignalName | undefined;
  stop.listen(request => {
    if (request.kind === 'signal' && ENDING.includes(request.signal)) signal ??= request.signal;
  });
  const close = listenForStops(stop, options);
  const isAsked = () => signal !== undefined || options.signal?.aborted === true;
  return { isAsked, signal: () => signal, close };
}
