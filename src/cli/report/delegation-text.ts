// Plans and delegations as people read them. Pure.

import { cleanText, count, showCommand } from '../../base/text.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { AgentState, Delegation, DelegationNews, DelegationReport, TaskPlan } from '../../index.ts';
import { table } from './status-text.ts';

/** A plan as a few lines, each with its reason. */
export function planText(plan: TaskPlan): string {
  const { primary_agent, secondary_agents, execution_mode, rationale, estimate } = plan;
  const secondary = secondary_agents.length === 0 ? 'nobody' : secondary_agents.join(', ');
  return table([
    ['primary', primary_agent ?? 'nobody'],
    ['then', secondary],
    ['mode', execution_mode],
    ['estimate', estimateText(estimate)],
    ...rationale
      .split('; ')
      .map((reason, index) => [index === 0 ? 'because' : '', cleanText(reason, Infinity)]),
  ]).join('\n');
}

function estimateText(estimate: TaskPlan['estimate']): string {
  if (estimate === null) return 'unknown';
  const { run_ms, peak_bytes, agents } = estimate;
  const isAtMost = agents.some(({ run_from }) => run_from === 'configuration');
  const time =
    run_ms === null ? 'unknown time' : `${isAtMost ? 'at most' : 'about'} ${formatDuration(run_ms)}`;
  return `${time}, ${peak_bytes === null ? 'unknown memory' : formatBytes(peak_bytes)}`;
}

/** What is said while a delegation goes on; `undefined` for what the runs say themselves. */
export function newsText(news: DelegationNews): string | undefined {
  switch (news.type) {
    case 'delegation-started': {
      const { id, stages } = news.delegation;
      const doing = news.isResumed ? 'taking up' : 'beginning';
      return `delegation ${id}: ${doing} ${stages.map(stage => stage.join(' + ')).join(', then ')}`;
    }
    case 'agent-started':
      return `agent ${news.place} of ${news.of}: ${news.agent}: ${showCommand(news.argv)}`;
    case 'delegation-unkept':
      return `the state of this delegation cannot be kept (${cleanText(news.reason)}); going on, but it cannot be resumed`;
    case 'agent-ended':
    case 'delegation-failed':
      return undefined;
  }
}

/** The verdict: every agent, how it ended, how long it ran, what it used. */
export function verdictText({ id, agents, isComplete }: DelegationReport): string {
  const done = agents.filter(({ state }) => state.kind === 'ended' && state.end.isOk).length;
  const rows = agents.map(({ name, state }) => ['', name, outcomeText(state), ...figures(state)]);
  const lines = [
    `seqx: delegation ${id}: ${done} of ${count(agents.length, 'agent')} succeeded`,
    ...table([['', 'AGENT', 'OUTCOME', 'TIME', 'PEAK'], ...rows]),
    ...(isComplete ? [] : [`  try: seqx delegate --resume ${id}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function outcomeText(state: AgentState): string {
  switch (state.kind) {
    case 'waiting':
      return 'not run';
    case 'left-out':
      return `not run: ${state.because} failed`;
    case 'ended': {
      const { outcome, exitCode, signal } = state.end;
      if (outcome === 'exited') return exitCode === 0 ? 'ok' : `exit ${exitCode}`;
      return outcome === 'signalled' && signal !== null ? cleanText(signal, 20) : cleanText(outcome, 40);
    }
  }
}

function figures(state: AgentState): string[] {
  if (state.kind !== 'ended') return ['-', '-'];
  const { ranMs, peakBytes } = state.end;
  return [formatDuration(ranMs), peakBytes === null ? '-' : formatBytes(peakBytes)];
}

/** What a delegation would run, or still has to. */
export function previewText({ stages, ends }: Delegation): string {
  const rows = stages.flatMap((stage, index) =>
    stage.map(name => [
      `${index + 1}.`,
      name,
      Object.hasOwn(ends, name) ? 'done before' : stage.length > 1 ? 'side by side' : '',
    ]),
  );
  return table(rows).join('\n');
}
