// One holder and n waiters at one gate, all known to wait before anything is measured.

import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './place.js';

/**
 * Starts the holder, which stays until `go` is written, then the waiters.
 * @param words what each waiter runs when its turn has come
 */
export async function gather(place, gate, name, count, words) {
  const go = place.path(`go-${name}`);
  const ready = place.path(`ready-${name}`);
  const stay = `: >"${ready}"; until [ -e "${go}" ]; do sleep 0.02; done`;
  const holder = place.start(gate.wrap(name, [place.find('sh'), '-c', stay]));
  await until(`the holder of ${gate.label} holds`, () => existsSync(ready));
  const before = gate.waiting?.(name) ?? 0;
  const waiters = [];
  for (let i = 0; i < count; i++) {
    waiters.push(place.start(gate.wrap(name, words)));
    // One after the other, as people come; seventy at one moment would only queue for the processor.
    if (gate.waiting)
      await until(`${gate.label} has ${i + 1} waiters`, () => gate.waiting(name) - before > i);
  }
  if (!gate.waiting) await pause(2_000);
  return { holder, waiters, go, ended: () => Promise.all([holder, ...waiters].map(({ ended }) => ended)) };
}
