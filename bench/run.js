// `make bench`: what seqx costs, beside other ways of doing the same, measured in one run on one machine.
// Writes bench/README.md. With --quick: small counts, printed only, to see that the benchmark itself works.

import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureHandOver } from './parts/hand-over.js';
import { describeMachine } from './parts/machine.js';
import { whyNoSem } from './parts/others.js';
import { Place, SEQX } from './parts/place.js';
import { writeReport } from './parts/report.js';
import { measureStart } from './parts/start-cost.js';
import { measureWaiters } from './parts/waiters.js';
import { measureWatching } from './parts/watching.js';

const COUNTS = {
  full: {
    start: { rounds: 60, coldRounds: 15 },
    handOver: { waiters: 20, rounds: 3 },
    waiters: { waiters: 71, restSeconds: 20, seconds: 20 },
    watching: { processes: 50, seconds: 20 },
  },
  quick: {
    start: { rounds: 5, coldRounds: 2 },
    handOver: { waiters: 5, rounds: 1 },
    waiters: { waiters: 8, restSeconds: 2, seconds: 3 },
    watching: { processes: 50, seconds: 3 },
  },
};

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const counts = values.quick ? COUNTS.quick : COUNTS.full;
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
    after: describeMachine(),
  };
  const report = writeReport(results);
  console.log(report);
  if (!values.quick) writeFileSync(new URL('README.md', import.meta.url), report);
} finally {
  await place.remove();
}
