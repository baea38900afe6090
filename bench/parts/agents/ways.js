// How people run several agents: all at once, one after the other, and as batches of seqx. Each way starts the
// same agents in the same order; it answers with the exit codes of what it started.

import { writeFileSync } from 'node:fs';
import { SEQX } from '../place.js';
import { BUDGET_MB } from './list.js';

export const UNLIMITED = 'unlimited, all at once';
export const SEQUENTIAL = 'sequential, `seqx` each';
export const AUTO = '`seqx batch --jobs auto`';
export const byJobs = jobs => `\`seqx batch --jobs ${jobs}\``;

const QUIET = ['--quiet'];

export const WAYS = [
  { label: UNLIMITED, start: (place, agents) => agents.map(({ words }) => place.start(words)) },
  {
    label: SEQUENTIAL,
    start: (place, agents) =>
      agents.map(({ words }) => place.start([process.execPath, SEQX, ...QUIET, '--', ...words])),
  },
  { label: byJobs(2), start: (place, agents) => [startBatch(place, agents, '2')] },
  { label: byJobs(3), start: (place, agents) => [startBatch(place, agents, '3')] },
  { label: AUTO, start: (place, agents) => [startBatch(place, agents, 'auto')] },
];

/** The list says of each agent what it is known to peak at; the threshold is the budget. */
function startBatch(place, agents, jobs) {
  const list = place.path('agents.ndjson');
  const lines = agents.map(({ name, words, mb }) => JSON.stringify({ name, argv: words, memory: `${mb}M` }));
  writeFileSync(list, `${lines.join('\n')}\n`);
  const settings = [...QUIET, '--memory-threshold', `${BUDGET_MB}M`];
  return place.start([process.execPath, SEQX, ...settings, 'batch', '--jobs', jobs, list]);
}
