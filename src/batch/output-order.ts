// The output of commands that run side by side, printed whole and in the order in which they were given. The first
// whose output is not printed yet has its turn; what the others write is spooled. When all spools together are
// full, nobody but the one whose turn it is is read any further: it is printed as it comes, and the others wait in
// their write(2), as before a slow terminal. So nothing is lost, disk and memory are bounded, and since commands
// start in the same order, the one whose turn it is can always go on.

import type { Readable } from 'node:stream';
import { drained } from './drained.ts';
import { Spool } from './spool.ts';

export type StreamName = 'stdout' | 'stderr';

/** Where output goes. A promise is waited for: that is how a slow reader slows the commands down. */
export interface OutputSink {
  /** Output of this command comes next, and of no other until `begin` is called again. */
  begin(number: number, name: string): void;
  /** Nobody reads it any more if this throws. */
  write(stream: StreamName, chunk: Buffer, number: number): Promise<void> | void;
  /** It is nothing but this process's stdout and stderr: a command that runs alone may have these themselves. */
  readonly isOwnStreams?: boolean;
}

/** All spools of a batch together. */
const MOST_BYTES = 256 * 2 ** 20;

interface Piece {
  readonly name: StreamName;
  readonly source: Readable;
}

export class OutputOrder {
  readonly #sink: OutputSink;
  readonly #folder: string;
  readonly #mostBytes: number;
  readonly #lanes = new Map<number, Lane>();
  /** Which command's turn it is, from 1. */
  #turn = 1;
  #spooledBytes = 0;
  #printing: Promise<void> = Promise.resolve();

  constructor(sink: OutputSink, folder: string, mostBytes = MOST_BYTES) {
    this.#sink = sink;
    this.#folder = folder;
    this.#mostBytes = mostBytes;
  }

  /** The command was started and writes to these. */
  add(number: number, name: string, pieces: readonly Piece[]): void {
    const lane = new Lane(name, pieces, this.#folder);
    this.#lanes.set(number, lane);
    for (const piece of pieces) {
      piece.source.on('data', (chunk: Buffer) => this.#onData(number, lane, piece, chunk));
    }
  }

  /** The command has ended, or was never started: what it has written to the end is its output. */
  async end(number: number): Promise<void> {
    const lane = this.#lanes.get(number) ?? new Lane('', [], this.#folder);
    this.#lanes.set(number, lane);
    await lane.drain();
    lane.isEnded = true;
    this.#advance();
  }

  /** Resolves when all that has ended is printed. */
  async flush(): Promise<void> {
    for (let before: Promise<void> | undefined; before !== this.#printing; ) {
      before = this.#printing;
      await before;
    }
  }

  #onData(number: number, lane: Lane, { name, source }: Piece, chunk: Buffer): void {
    if (lane.isStreaming) {
      source.pause();
      this.#print(async () => {
        await this.#sink.write(name, chunk, number);
        source.resume();
      });
      return;
    }
    const isKept = lane.spoolOf(name).write(chunk);
    this.#spooledBytes += chunk.length;
    if (isKept && this.#spooledBytes < this.#mostBytes) return;
    if (number === this.#turn) this.#stream(number, lane);
    else if (!lane.isDraining) lane.pause();
  }

  /** It is this one's turn, and there is no room for more of it: it is printed as it comes from now on. */
  #stream(number: number, lane: Lane): void {
    lane.isStreaming = true;
    lane.pause();
    this.#print(() => this.#empty(number, lane));
  }

  #advance(): void {
    for (let lane = this.#lanes.get(this.#turn); lane?.isEnded; lane = this.#lanes.get(this.#turn)) {
      const [number, ended] = [this.#turn, lane];
      this.#lanes.delete(number);
      this.#turn += 1;
      if (ended.isEmpty) continue;
      this.#print(async () => {
        await this.#empty(number, ended);
        ended.close();
      });
    }
    const next = this.#lanes.get(this.#turn);
    if (next?.isPaused && !next.isStreaming) this.#stream(this.#turn, next);
  }

  async #empty(number: number, lane: Lane): Promise<void> {
    if (!lane.isBegun) this.#sink.begin(number, lane.name);
    lane.isBegun = true;
    for (const name of ['stdout', 'stderr'] as const) {
      const spool = lane.spoolOf(name);
      for (let chunk = spool.read(); chunk; chunk = spool.read()) {
        this.#spooledBytes -= chunk.length;
        await this.#sink.write(name, chunk, number);
      }
    }
    lane.resume();
    this.#resumeOthers();
  }

  #resumeOthers(): void {
    if (this.#spooledBytes >= this.#mostBytes / 2) return;
    for (const lane of this.#lanes.values()) if (lane.isPaused && !lane.isStreaming) lane.resume();
  }

  #print(action: () => Promise<void>): void {
    this.#printing = this.#printing.then(action);
  }
}

/** What one command writes. */
class Lane {
  readonly name: string;
  readonly #pieces: readonly Piece[];
  readonly #spools: Record<StreamName, Spool>;
  isEnded = false;
  isStreaming = false;
  isBegun = false;
  isPaused = false;
  /** Its command has ended: what is left is what a pipe can hold. */
  isDraining = false;

  constructor(name: string, pieces: readonly Piece[], folder: string) {
    this.name = name;
    this.#pieces = pieces;
    this.#spools = { stdout: new Spool(folder), stderr: new Spool(folder) };
  }

  /** It was never started. */
  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  spoolOf(name: StreamName): Spool {
    return this.#spools[name];
  }

  pause(): void {
    this.isPaused = true;
    for (const { source } of this.#pieces) source.pause();
  }

  resume(): void {
    this.isPaused = false;
    for (const { source } of this.#pieces) source.resume();
  }

  async drain(): Promise<void> {
    this.isDraining = true;
    if (!this.isStreaming) this.resume();
    await Promise.all(this.#pieces.map(({ source }) => drained(source)));
  }

  close(): void {
    for (const spool of Object.values(this.#spools)) spool.close();
  }
}
