// Another way to a pipe that somebody else opened, which does not block. Whether a descriptor blocks is a flag of the
// open file, so of everybody who has it: made non-blocking, `make | tee log` fails in all other programs that write
// there ("Resource temporarily unavailable").

import { closeSync, constants, fstatSync, openSync } from 'node:fs';

// Windows knows neither.
const { O_APPEND, O_WRONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;

/**
 * A descriptor of our own to write to the same pipe. `undefined` where there is none to be had: it is no pipe, nobody
 * reads it, it belongs to somebody else, or /dev/fd does not give another open file (Linux does).
 */
export function openAnew(fd: number): number | undefined {
  try {
    const asked = fstatSync(fd);
    if (!asked.isFIFO()) return undefined;
    const anew = openSync(`/dev/fd/${fd}`, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY);
    const { ino, dev } = fstatSync(anew);
    if (ino === asked.ino && dev === asked.dev) return anew;
    closeSync(anew);
    return undefined;
  } catch {
    return undefined;
  }
}
