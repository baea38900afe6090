// Pipes for what commands write. Node's own are sockets, and opening /dev/stderr, as many a script does, fails on
// a socket (ENXIO); these are pipes as a shell makes them: named by mkfifo(1) for the moment until both ends are
// open, so that nothing is left on disk whenever we are killed. Some at a time, because each call is a process.

import { execFile } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Pipe {
  readonly readFd: number;
  readonly writeFd: number;
}

const AT_ONCE = 8;
const PREFIX = 'pipes-';
/** They are there for some milliseconds: whoever made these is dead. */
const OLD_MS = 60_000;

export class PipeStock {
  readonly #folder: string;
  readonly #pipes: Pipe[] = [];
  #making: Promise<void> | undefined;
  #isLacking = false;

  /** @param folder where names may be made for a moment */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `undefined` on a system that has no such thing. */
  async take(): Promise<Pipe | undefined> {
    while (this.#pipes.length === 0 && !this.#isLacking) {
      this.#making ??= this.#make();
      await this.#making;
      this.#making = undefined;
    }
    return this.#pipes.pop();
  }

  close(): void {
    for (const { readFd, writeFd } of this.#pipes.splice(0)) {
      closeSync(readFd);
      closeSync(writeFd);
    }
  }

  async #make(): Promise<void> {
    try {
      sweep(this.#folder);
      const folder = mkdtempSync(join(this.#folder, PREFIX));
      try {
        const paths = Array.from({ length: AT_ONCE }, (_, index) => join(folder, `${index}`));
        await mkfifo(paths);
        for (const path of paths) this.#pipes.push(openBoth(path));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    } catch {
      this.#isLacking = this.#pipes.length === 0;
    }
  }
}

/** What was left by one who was killed just then. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name.startsWith(PREFIX) && Date.now() - statSync(path).mtimeMs > OLD_MS)
      rmSync(path, { recursive: true, force: true });
  }
}

const mkfifo = (paths: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile('mkfifo', ['-m', '600', ...paths], error => (error ? reject(error) : resolve()));
  });

/** The reading end first, and not waiting for a writer: then the other one opens at once. */
function openBoth(path: string): Pipe {
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { readFd, writeFd: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    closeSync(readFd);
    throw error;
  }
}
