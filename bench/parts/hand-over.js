// How long the gate is empty between two commands: from the last thing one does to the first thing the next
// one does. Both are times that bash takes itself ($EPOCHREALTIME, microseconds), the cheapest honest way
// without a compiler; starting bash is part of every figure, and the first row is that alone.

import { readFileSync, writeFileSync } from 'node:fs';
import { gather } from './crowd.js';
import { gatesBeside, seqxGate } from './others.js';
import { summarise } from './stats.js';

/** Works for a moment, as a command does, and writes down when it began and when it ended. */
const workOf = log => `began=$EPOCHREALTIME; sleep 0.05; echo "$began $EPOCHREALTIME" >>"${log}"`;

export async function measureHandOver(place, { waiters, rounds }, say) {
  const gates = [seqxGate(place), ...gatesBeside(place)];
  const gaps = new Map([['no gate', []], ...gates.map(({ label }) => [label, []])]);
  for (let round = 0; round < rounds; round++) {
    gaps.get('no gate').push(...ungated(place, round, waiters));
    for (const [index, gate] of gates.entries()) {
      // Nothing is learned from a polling loop twice: its gap is the poll.
      if (gate.label.startsWith('mkdir') && round > 0) continue;
      say(`hand-over, round ${round + 1} of ${rounds}: ${gate.label}`);
      gaps.get(gate.label).push(...(await gated(place, gate, `${round}-${index}`, waiters)));
    }
  }
  return [...gaps].map(([label, values]) => ({ label, gapMs: summarise(values) }));
}

async function gated(place, gate, name, count) {
  const log = place.path(`log-${name}`);
  writeFileSync(log, '');
  const crowd = await gather(place, gate, name, count, [place.find('bash'), '-c', workOf(log)]);
  writeFileSync(crowd.go, '');
  await crowd.ended();
  return gapsIn(log, count);
}

/** The same work in a plain loop: what starting the next command costs by itself. */
function ungated(place, round, count) {
  const log = place.path(`log-${round}-none`);
  const loop = 'i=0; while [ $i -lt $0 ]; do "$@"; i=$((i+1)); done';
  place.read([place.find('sh'), '-c', loop, String(count), place.find('bash'), '-c', workOf(log)]);
  return gapsIn(log, count);
}

/** Milliseconds between the end of one and the start of the next; two at once would be negative. */
function gapsIn(log, count) {
  const times = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map(line => line.split(' ').map(word => Number(word) * 1_000))
    .sort(([a], [b]) => a - b);
  if (times.length !== count) throw new Error(`${times.length} of ${count} commands have run`);
  const gaps = times.slice(1).map(([began], index) => began - times[index][1]);
  if (gaps.some(gap => gap < 0)) throw new Error('two commands have run at once');
  return gaps;
}
