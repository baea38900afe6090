// Writing to a stream, synchronously, so that nothing is lost at exit. process.stderr is not touched: creating
// it costs a millisecond, and a run that says nothing should pay nothing.

import { writeSync } from 'node:fs';
import { errnoOf } from './errors.ts';

const pause = new Int32Array(new SharedArrayBuffer(4));
const LONGEST_STALL_MS = 1_000;

/** Writes all of it. A reader that has gone, or a pipe that stays full for a second, is no reason to fail. */
export function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text);
  for (let stalledMs = 0; rest.length > 0 && stalledMs < LONGEST_STALL_MS; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') return;
      Atomics.wait(pause, 0, 0, 5);
      stalledMs += 5;
    }
  }
}
