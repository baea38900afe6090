// Events as NDJSON for tools, appended to a file or written to a descriptor that the caller opened.
// Telemetry never fails a run and never holds it up: whatever goes wrong is told once, and nothing is written
// from then on. One write(2) a line, appending: several runs may share a file (O_APPEND) or a pipe (lines are kept
// below PIPE_BUF, but for commands full of characters that JSON spells out).
//
// What this does not protect against: a descriptor 1 or 2 that is a socket whose reader has stopped reading. It
// is the command's as well, so it must not be made non-blocking.

import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { errnoOf, messageOf } from '../base/errors.ts';
import type { EventsTarget } from '../base/events-target.ts';
import { openAnew } from '../base/open-anew.ts';

// Windows knows neither.
const { O_APPEND, O_CREAT, O_WRONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;
const LONGEST_STALL_MS = 1_000;
const pause = new Int32Array(new SharedArrayBuffer(4));

export class EventStream {
  readonly #target: EventsTarget;
  #fd: number | undefined;
  #isOver = false;

  /** Opens nothing yet. A path must be absolute. */
  constructor(target: EventsTarget) {
    this.#target = target;
  }

  /** Writes one line. Returns why it could not, the first time; nothing is tried again. */
  write(line: string): string | undefined {
    if (this.#isOver) return undefined;
    try {
      this.#fd ??= open(this.#target);
      writeAll(this.#fd, line);
      return undefined;
    } catch (error) {
      this.#isOver = true;
      return `${nameOf(this.#target)}: ${errnoOf(error) === 'EAGAIN' ? 'nobody reads it' : messageOf(error)}`;
    }
  }
}

const nameOf = (target: EventsTarget): string =>
  target.kind === 'file' ? target.path : `descriptor ${target.fd}`;

const open = (target: EventsTarget): number =>
  target.kind === 'file' ? openToAppend(target.path, O_CREAT) : unblocked(target.fd);

/** Non-blocking: a FIFO that nobody reads fails (ENXIO) instead of waiting for a reader. */
const openToAppend = (path: string, more = 0): number =>
  openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | more, 0o600);

/**
 * The descriptor, or another way to the same pipe that does not block: the one we were given shares its flags
 * with everybody who has it. Files stay as they are, because their position is shared as well.
 */
function unblocked(fd: number): number {
  // EBADF for one that is not open or not open for writing.
  writeSync(fd, Buffer.alloc(0));
  const facts = fstatSync(fd);
  if (facts.isSocket() && fd > 2) unblockSocket(fd);
  return facts.isFIFO() ? (openAnew(fd) ?? fd) : fd;
}

/** A socket cannot be opened anew. libuv makes its end non-blocking; the other end is not touched. */
function unblockSocket(fd: number): void {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on('error', () => {});
  socket.unref();
}

function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text);
  for (let stalledMs = 0; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN' || stalledMs >= LONGEST_STALL_MS) throw error;
      Atomics.wait(pause, 0, 0, 5);
      stalledMs += 5;
    }
  }
}
