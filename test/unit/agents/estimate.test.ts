// What a plan is expected to take: from the journal, else from the configuration, else nothing.

import { expect, test } from 'vitest';
import { estimateStages, type Usual } from '../../../src/agents/estimate.ts';
import { planTask } from '../../../src/agents/plan-task.ts';
import { agentsOf } from './agents.ts';

const AGENTS = agentsOf(`
  [agents.a]
  match = ["x"]
  memory = "2G"
  timeout = "10m"
  [agents.b]
  follows = ["a"]
  reads_only = true
  [agents.c]
  follows = ["a"]
  reads_only = true
  memory = 0
`);
const [a, b, c] = AGENTS.map(agent => [agent]);
const usual = (rows: Record<string, [number?, number?]>): ReadonlyMap<string, Usual> =>
  new Map(Object.entries(rows).map(([name, [runMs, peakBytes]]) => [name, { runMs, peakBytes }]));

const KNOWN = usual({ a: [1_000.4, 100], b: [2_000, 50], c: [500, 70] });

test.each([
  ['nothing is known of those', [b, c], usual({}), null],
  ['one alone, from the configuration', [a], usual({}), { run_ms: 600_000, peak_bytes: 2 ** 31 }],
  ['one alone, from the journal', [a], KNOWN, { run_ms: 1_000, peak_bytes: 100 }],
  ['one after the other: times add up', [a, b, c], KNOWN, { run_ms: 3_500, peak_bytes: 100 }],
  [
    'side by side: memory adds up',
    [a, [...(b ?? []), ...(c ?? [])]],
    KNOWN,
    { run_ms: 3_000, peak_bytes: 120 },
  ],
  ['one is unknown', [a, b], usual({ a: [1, 1] }), { run_ms: null, peak_bytes: null }],
  ['one half is unknown', [a, b], usual({ b: [5] }), { run_ms: 600_005, peak_bytes: null }],
])('%s', (_what, stages, known, expected) => {
  const estimate = estimateStages(
    stages.map(stage => stage ?? []),
    known,
  );
  if (expected === null) expect(estimate).toBeNull();
  else expect(estimate).toMatchObject(expected);
});

test('a plan says of each agent where its figures are from', () => {
  const { estimate } = planTask('x', AGENTS, usual({ a: [1_000], b: [5, 6] }));
  expect(estimate?.agents).toEqual([
    { agent: 'a', run_ms: 1_000, run_from: 'journal', peak_bytes: 2 ** 31, peak_from: 'configuration' },
    { agent: 'b', run_ms: 5, run_from: 'journal', peak_bytes: 6, peak_from: 'journal' },
    { agent: 'c', run_ms: null, run_from: null, peak_bytes: null, peak_from: null },
  ]);
});
