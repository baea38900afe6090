// What waiting costs: memory of each waiter while all of them wait, and the CPU of all of them while nothing
// happens.

import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { gather } from './crowd.js';
import { gatesBeside, seqxGate } from './others.js';
import { cpuMs, descendantsOf, pssBytes } from './proc.js';
import { sum, summarise } from './stats.js';

export async function measureWaiters(place, { waiters, restSeconds, seconds }, say) {
  const rows = [];
  for (const [index, gate] of [seqxGate(place), ...gatesBeside(place)].entries()) {
    say(`${waiters} waiters, ${seconds} s: ${gate.label}`);
    rows.push(await idle(place, gate, `idle-${index}`, { waiters, restSeconds, seconds }));
  }
  return rows;
}

async function idle(place, gate, name, { waiters, restSeconds, seconds }) {
  const crowd = await gather(place, gate, name, waiters, [place.find('true')]);
  // The start is no idling, nor is the first big garbage collection of V8, about eight seconds after it.
  await pause(restSeconds * 1_000);
  const pids = crowd.waiters.map(({ pid }) => pid);
  const before = pids.map(cpuMs);
  const beganMs = performance.now();
  await pause(seconds * 1_000);
  const after = pids.map(cpuMs);
  const passedMs = performance.now() - beganMs;
  const spentMs = after.map((ms, index) => ms - before[index]);
  const pss = pids.map(pid => sum([pid, ...descendantsOf(pid)].map(pssIfThere)));
  // A polling loop would take a second for each: what is measured is over, so its waiters may simply end.
  if (!gate.waiting) for (const { kill } of crowd.waiters) kill('SIGTERM');
  writeFileSync(crowd.go, '');
  await crowd.ended();
  return {
    label: gate.label,
    pssMb: summarise(pss.map(bytes => bytes / 1e6)),
    cpuPercent: (100 * sum(spentMs)) / passedMs,
    cpuEachMs: summarise(spentMs),
  };
}

function pssIfThere(pid) {
  try {
    return pssBytes(pid);
  } catch {
    return 0;
  }
}
