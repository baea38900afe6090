// What a command has written and nobody has printed yet: in a file without a name, so that it takes no memory and
// is gone with this process however that ends.

import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { randomNonce } from '../base/identity.ts';

const CHUNK_BYTES = 65_536;

export class Spool {
  readonly #folder: string;
  #fd: number | undefined;
  #writtenBytes = 0;
  #readBytes = 0;
  /** What the disk refused. */
  #kept: Buffer[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** False when the disk takes no more: the chunk is kept in memory, and nothing more should come. */
  write(chunk: Buffer): boolean {
    let rest = chunk;
    try {
      if (this.#kept.length === 0) {
        this.#fd ??= openNameless(this.#folder);
        while (rest.length > 0) {
          const bytes = writeSync(this.#fd, rest, 0, rest.length, this.#writtenBytes);
          this.#writtenBytes += bytes;
          rest = rest.subarray(bytes);
        }
        return true;
      }
    } catch {
      // a full disk: whoever reads us has it soon
    }
    this.#kept.push(rest);
    return false;
  }

  /** The next piece, in order; `undefined` when all has been read. */
  read(): Buffer | undefined {
    const leftBytes = this.#writtenBytes - this.#readBytes;
    if (this.#fd === undefined || leftBytes === 0) return this.#kept.shift();
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, leftBytes));
    const bytes = readSync(this.#fd, chunk, 0, chunk.length, this.#readBytes);
    this.#readBytes += bytes;
    return bytes === 0 ? this.#kept.shift() : chunk.subarray(0, bytes);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#kept = [];
  }
}

function openNameless(folder: string): number {
  const path = join(folder, `spool-${randomNonce()}`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return fd;
}
