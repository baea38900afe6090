// `make bench`: what seqx costs, beside other ways of doing the same, measured in one run on one machine.
// Writes bench/README.md. With --quick: small counts, printed only, to see that the benchmark itself works.
// `agents`: only the agents under a memory budget, that part of the page.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureAgents } from './parts/agents/measure.js';
import { AGENTS_TITLE, agents } from './parts/agents/report.js';
import { measureHandOver } from './parts/hand-over.js';
import { describeMachine } from './parts/machine.js';
import { whyNoSem } from './parts/others.js';
import { Place, SEQX } from './parts/place.js';
import { withPart, writeReport } from './parts/report.js';
import { measureStart } from './parts/start-cost.js';
import { measureWaiters } from './parts/waiters.js';
import { measureWatching } from './parts/watching.js';

const COUNTS = {
  full: {
    start: { rounds: 60, coldRounds: 15 },
    handOver: { waiters: 20, rounds: 3 },
    waiters: { waiters: 71, restSeconds: 20, seconds: 20 },
    watching: { processes: 50, seconds: 20 },
    agents: { rounds: 3, autoRounds: 20 },
  },
  quick: {
    start: { rounds: 5, coldRounds: 2 },
    handOver: { waiters: 5, rounds: 1 },
    waiters: { waiters: 8, restSeconds: 2, seconds: 3 },
    watching: { processes: 50, seconds: 3 },
    agents: { rounds: 1, autoRounds: 3 },
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    // The memory budget is kept by the benchmark itself, as where no cgroup may be made.
    played: { type: 'boolean', default: false },
  },
});
const [part] = positionals;
if (positionals.length > 1 || !['agents', undefined].includes(part))
  throw new Error('usage: run.js [agents]');
const counts = values.quick ? COUNTS.quick : COUNTS.full;
const page = new URL('README.md', import.meta.url);
const say = text => console.error(`bench: ${text}`);

if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: it runs on Linux');
if (!existsSync(new URL('../dist/seqx.cjs', import.meta.url))) throw new Error('run `npm run build` first');
for (const program of ['git', 'perl', 'bash', 'flock']) execFileSync('sh', ['-c', `command -v ${program}`]);

const place = new Place();
const giveUp = async () => {
  await place.remove();
  process.exit(130);
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void giveUp());
try {
  // The first run makes the gate's folders; what it costs is paid once.
  await place.start([process.execPath, SEQX, 'true']).ended;
  const report = await (part === 'agents' ? onlyAgents() : everything());
  if (!values.quick) writeFileSync(page, report);
} finally {
  await place.remove();
}

async function everything() {
  const noSem = whyNoSem(place);
  if (noSem) say(`sem: skipped, ${noSem}`);
  const before = describeMachine();
  say(`start, ${counts.start.rounds} rounds`);
  const results = {
    counts,
    before,
    noSem,
    start: measureStart(place, counts.start, say),
    handOver: await measureHandOver(place, counts.handOver, say),
    waiters: await measureWaiters(place, counts.waiters, say),
    watching: await measureWatching(place, counts.watching, say),
    agents: await measureAgents(place, { ...counts.agents, played: values.played }, say),
    after: describeMachine(),
  };
  const report = writeReport(results);
  console.log(report);
  return report;
}

/** The page as it is, with this part of it new. */
async function onlyAgents() {
  const before = describeMachine();
  const results = await measureAgents(place, { ...counts.agents, played: values.played }, say);
  const report = agents({ agents: results, before, after: describeMachine(), isAlone: true });
  console.log(report);
  return withPart(readFileSync(page, 'utf8'), AGENTS_TITLE, report);
}
