// Writing to a stream, synchronously, so that nothing is lost at exit. process.stderr is not touched: creating
// it costs a millisecond, and a run that says nothing should pay nothing.

import { writeSync } from 'node:fs';
import { errnoOf } from './errors.ts';

const pause = new Int32Array(new SharedArrayBuffer(4));
const LONGEST_STALL_MS = 1_000;
const GONE = ['EPIPE', 'ECONNRESET'];

/** Whether a failed write says that nobody reads any more, as after `| head`. */
export const isReaderGone = (error: unknown): boolean => GONE.includes(errnoOf(error));

/**
 * Writes all of it, and never throws.
 * @param longestStallMs for how long a pipe may be full, where somebody has made it non-blocking
 * @returns what kept it from being written
 */
export function writeAll(fd: number, text: string, longestStallMs = LONGEST_STALL_MS): unknown {
  let rest = Buffer.from(text);
  for (let stalledMs = 0; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
      stalledMs = 0;
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN' || stalledMs >= longestStallMs) return error;
      Atomics.wait(pause, 0, 0, 5);
      stalledMs += 5;
    }
  }
  return undefined;
}
