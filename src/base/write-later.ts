// Writing other people's output to our own descriptors without standing still: whoever reads it slowly must not
// keep a signal, a watchdog or another command waiting.

import { write } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { errnoOf } from './errors.ts';

const STALL_MS = 10;

/** @throws EPIPE when nobody reads it any more, and whatever else the system says */
export async function writeLater(fd: number, chunk: Buffer): Promise<void> {
  for (let rest = chunk; rest.length > 0; ) {
    try {
      rest = rest.subarray(await writeOnce(fd, rest));
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
      await pause(STALL_MS);
    }
  }
}

const writeOnce = (fd: number, chunk: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    write(fd, chunk, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
