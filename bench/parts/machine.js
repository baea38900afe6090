// The machine in general terms, and how busy it is with something else.

import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg, release, totalmem } from 'node:os';

export function describeMachine() {
  return {
    cores: availableParallelism(),
    processor: /^model name\s*:\s*(.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? process.arch,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    // Without the distribution's own suffix.
    kernel: release().split('-')[0],
    node: process.version,
    load: loadavg()[0],
    processes: Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[3].split('/')[1]),
  };
}
