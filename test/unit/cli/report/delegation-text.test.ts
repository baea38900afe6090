// Plans, news and verdicts in words; nothing of other people's text that a terminal would obey.

import { expect, test } from 'vitest';
import type { AgentEnd } from '../../../../src/agents/delegation.ts';
import type { TaskPlan } from '../../../../src/agents/plan-task.ts';
import { newsText, planText, previewText, verdictText } from '../../../../src/cli/report/delegation-text.ts';

const DELEGATION = {
  schema: 'seqx.delegation/1' as const,
  id: '0123abcd',
  task: 't',
  cwd: '/',
  startedAt: '',
  stages: [['a'], ['b', 'c']],
  ends: {},
};

const end = (more: Partial<AgentEnd>): { kind: 'ended'; end: AgentEnd } => ({
  kind: 'ended',
  end: {
    isOk: false,
    outcome: 'exited',
    exitCode: 1,
    signal: null,
    ranMs: 72_000,
    peakBytes: null,
    endedAt: '',
    ...more,
  },
});

test('the verdict has a row for every agent, and a way on if one is left', () => {
  const agents = [
    { name: 'a', state: end({ isOk: true, exitCode: 0, peakBytes: 2 ** 30 }) },
    { name: 'long-name', state: end({ exitCode: 3 }) },
    { name: 'c', state: end({ outcome: 'signalled', signal: 'SIGKILL' }) },
    { name: 'd', state: end({ outcome: 'memory' }) },
    { name: 'e', state: { kind: 'left-out' as const, because: 'd' } },
    { name: 'f', state: { kind: 'waiting' as const } },
  ];
  const report = { id: '0123abcd', task: 't', agents, isComplete: false, stoppedBy: undefined, exitCode: 1 };
  expect(verdictText(report)).toBe(
    `seqx: delegation 0123abcd: 1 of 6 agents succeeded
  AGENT      OUTCOME            TIME   PEAK
  a          ok                 1m12s  1.0 GiB
  long-name  exit 3             1m12s  -
  c          SIGKILL            1m12s  -
  d          memory             1m12s  -
  e          not run: d failed  -      -
  f          not run            -      -
  try: seqx delegate --resume 0123abcd
`,
  );
  const done = { ...report, agents: agents.slice(0, 1), isComplete: true };
  expect(verdictText(done)).toContain('1 of 1 agent succeeded');
  expect(verdictText(done)).not.toContain('try:');
});

test('news are one clean line, or none', () => {
  const settings = {} as never;
  expect(newsText({ type: 'delegation-started', delegation: DELEGATION, isResumed: false, settings })).toBe(
    'delegation 0123abcd: beginning a, then b + c',
  );
  expect(
    newsText({ type: 'delegation-started', delegation: DELEGATION, isResumed: true, settings }),
  ).toContain('taking up a');
  const argv = ['agent', '--token=x', 'do\u001b[2J this\nnow'];
  expect(newsText({ type: 'agent-started', agent: 'a', argv, place: 1, of: 3 })).toBe(
    "agent 1 of 3: a: agent --token=*** 'do [2J this now'",
  );
  expect(newsText({ type: 'delegation-unkept', reason: 'ENOSPC\n\u0007' })).toContain('(ENOSPC)');
  expect(newsText({ type: 'agent-ended', agent: 'a', end: end({}).end })).toBeUndefined();
});

test('a preview tells who runs side by side and who is done', () => {
  expect(previewText({ ...DELEGATION, ends: { a: end({}).end } })).toBe(
    '1.  a  done before\n2.  b  side by side\n2.  c  side by side',
  );
});

const PLAN: TaskPlan = {
  primary_agent: 'a',
  secondary_agents: ['b', 'c'],
  execution_mode: 'parallel',
  rationale: 'one; two',
  estimate: null,
};
const figures = (run_from: 'journal' | 'configuration') => ({
  run_ms: 90_000,
  peak_bytes: 2 ** 30,
  agents: [{ agent: 'a', run_ms: 90_000, run_from, peak_bytes: 2 ** 30, peak_from: null }],
});

test.each([
  [null, 'estimate  unknown'],
  [figures('journal'), 'estimate  about 1m30s, 1.0 GiB'],
  [figures('configuration'), 'estimate  at most 1m30s, 1.0 GiB'],
])('a plan with the estimate %j', (estimate, line) => {
  expect(planText({ ...PLAN, estimate }).split('\n')).toEqual([
    'primary   a',
    'then      b, c',
    'mode      parallel',
    line,
    'because   one',
    '          two',
  ]);
});

test('a plan with nobody', () => {
  const plan = { ...PLAN, primary_agent: null, secondary_agents: [], execution_mode: 'single' as const };
  expect(planText(plan)).toContain('primary   nobody\nthen      nobody\nmode      single');
});
