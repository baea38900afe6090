// The other gates, doing the same work: flock(1), GNU parallel's sem, and the loop people write by hand. Each
// says how to put a command behind it, and how to see that n are waiting.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SEQX } from './place.js';
import { blockedOn } from './proc.js';

const LOOP = 'until mkdir "$0" 2>/dev/null; do sleep 1; done; "$@"; code=$?; rmdir "$0"; exit $code';

export const seqxGate = place => ({
  label: 'seqx',
  wrap: (name, words) => [process.execPath, SEQX, '--lock', name, ...words],
  waiting: () => Math.max(0, tickets(place) - 1),
});

export function gatesBeside(place) {
  const gates = [
    {
      label: 'flock',
      wrap: (name, words) => [place.find('flock'), place.path(`flock-${name}`), ...words],
      waiting: name => blockedOn(statSync(place.path(`flock-${name}`)).ino),
    },
    {
      label: 'mkdir loop, 1 s',
      wrap: (name, words) => [place.find('sh'), '-c', LOOP, place.path(`mkdir-${name}`), ...words],
      // A loop shows nobody that it waits: two seconds are enough to start it.
      waiting: undefined,
    },
  ];
  if (!whyNoSem(place)) {
    gates.push({
      label: 'sem',
      wrap: (name, words) => [place.find('sem'), '--fg', '-j1', '--id', `seqx-bench-${name}`, ...words],
      waiting: undefined,
    });
  }
  return gates;
}

export function whyNoSem(place) {
  if (!place.has('sem')) return 'sem is not installed (Debian package parallel)';
  try {
    const text = execFileSync('sem', ['--version'], { env: place.env, encoding: 'utf8', stdio: 'pipe' });
    return text.includes('GNU') ? undefined : 'sem is not that of GNU parallel';
  } catch {
    return 'sem --version fails';
  }
}

/** Everybody in the queues of the state folder, holder and waiters. */
function tickets({ state }) {
  const queues = readdirSync(state).map(hash => join(state, hash, 'q'));
  return queues
    .filter(existsSync)
    .flatMap(queue => readdirSync(queue))
    .filter(name => !name.startsWith('.')).length;
}
