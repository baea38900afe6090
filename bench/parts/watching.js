// What watching costs: the CPU of the watchdog over a quiet tree of n processes at its usual interval, that of
// the wrapper beside it, and what the same looks cost through pidtree and pidusage.

import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SEQX, until } from './place.js';
import { childrenOf, commandLine, cpuMs, descendantsOf } from './proc.js';

const SAMPLER = fileURLToPath(new URL('./sample-by-packages.js', import.meta.url));
const SETTLE_MS = 3_000;

export async function measureWatching(place, { processes, seconds }, say) {
  const { execPath } = process;
  const tree = `i=1; while [ $i -lt ${processes} ]; do sleep 600 & i=$((i+1)); done; wait`;
  const run = place.start([execPath, SEQX, place.find('sh'), '-c', tree]);
  const root = () => childrenOf(run.pid).find(pid => commandLine(pid)[1] === '-c');
  const watchdog = () => childrenOf(run.pid).find(pid => commandLine(pid).at(-1) === '__watchdog');
  await until('the watchdog has started', () => root() !== undefined && watchdog() !== undefined);
  await until('the tree has grown', () => descendantsOf(root()).length === processes - 1);
  await pause(SETTLE_MS);
  say(`watchdog over ${processes} processes, ${seconds} s`);
  const own = await percentOf([watchdog(), run.pid], seconds);
  say(`pidtree and pidusage over the same ${processes} processes`);
  const packages = JSON.parse(place.read([execPath, SAMPLER, String(root()), '20']));
  run.kill('SIGTERM');
  await run.ended;
  return { processes, seconds, watchdogPercent: own[0], wrapperPercent: own[1], packages };
}

async function percentOf(pids, seconds) {
  const before = pids.map(cpuMs);
  const beganMs = performance.now();
  await pause(seconds * 1_000);
  const passedMs = performance.now() - beganMs;
  return pids.map((pid, index) => (100 * (cpuMs(pid) - before[index])) / passedMs);
}
