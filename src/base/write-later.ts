// Writing other people's output to our own descriptors without standing still: whoever reads it slowly must not
// keep a signal, a watchdog or another command waiting. One chunk after the other, whole: two that are written at
// once are torn wherever the pipe is full.

import { write } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { errnoOf } from './errors.ts';
import { openAnew } from './open-anew.ts';

const SHORTEST_STALL_MS = 1;
const LONGEST_STALL_MS = 10;

interface Way {
  readonly fd: number;
  /** When all is written that was asked for so far. */
  written: Promise<void>;
}

/** By descriptor; for a pipe a way of our own, so that a reader who has stopped does not keep a thread. */
const ways = new Map<number, Way>();

/** @throws EPIPE when nobody reads it any more, and whatever else the system says */
export function writeLater(fd: number, chunk: Buffer): Promise<void> {
  const way = ways.get(fd) ?? { fd: openAnew(fd) ?? fd, written: Promise.resolve() };
  ways.set(fd, way);
  const writing = way.written.then(() => writeWhole(way.fd, chunk));
  way.written = writing.catch(() => {});
  return writing;
}

async function writeWhole(fd: number, chunk: Buffer): Promise<void> {
  let stallMs = SHORTEST_STALL_MS;
  for (let rest = chunk; rest.length > 0; ) {
    try {
      rest = rest.subarray(await writeOnce(fd, rest));
      stallMs = SHORTEST_STALL_MS;
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
      await pause(stallMs);
      stallMs = Math.min(LONGEST_STALL_MS, stallMs * 2);
    }
  }
}

const writeOnce = (fd: number, chunk: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    write(fd, chunk, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
