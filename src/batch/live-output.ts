// The output of commands that run side by side, each line as it comes, with the name of its command in front.

import type { Readable } from 'node:stream';
import { drained } from './drained.ts';
import type { OutputSink, StreamName } from './output-order.ts';

/** A line without an end is cut here. */
const LONGEST_BYTES = 65_536;
const NEWLINE = 10;

/** Prints whole lines of a stream; resolves when it has ended and all is printed. */
export class LiveLines {
  readonly #source: Readable;
  readonly #print: (line: Buffer) => Promise<void> | void;
  readonly #prefix: Buffer;
  #rest: Buffer = Buffer.alloc(0);
  #printing: Promise<void> = Promise.resolve();

  constructor(source: Readable, prefix: string, print: (line: Buffer) => Promise<void> | void) {
    this.#source = source;
    this.#prefix = Buffer.from(prefix);
    this.#print = print;
    source.on('data', (chunk: Buffer) => this.#onData(chunk));
  }

  async end(): Promise<void> {
    await drained(this.#source);
    await this.#printing;
    if (this.#rest.length > 0)
      await this.#print(Buffer.concat([this.#prefix, this.#rest, Buffer.from('\n')]));
    this.#rest = Buffer.alloc(0);
  }

  #onData(chunk: Buffer): void {
    const text = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const cut =
      text.length - text.lastIndexOf(NEWLINE) > LONGEST_BYTES ? text.length : text.lastIndexOf(NEWLINE) + 1;
    this.#rest = Buffer.from(text.subarray(cut));
    if (cut === 0) return;
    const whole = prefixed(text.subarray(0, cut), this.#prefix);
    this.#source.pause();
    this.#printing = this.#printing.then(async () => {
      await this.#print(whole);
      this.#source.resume();
    });
  }
}

function prefixed(lines: Buffer, prefix: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let from = 0; from < lines.length; ) {
    const end = lines.indexOf(NEWLINE, from);
    const to = end < 0 ? lines.length : end + 1;
    pieces.push(prefix, lines.subarray(from, to));
    if (end < 0) pieces.push(Buffer.from('\n'));
    from = to;
  }
  return Buffer.concat(pieces);
}

/** Prefixes for one command's streams. */
export const liveOutput = (
  number: number,
  name: string,
  pieces: readonly { readonly name: StreamName; readonly source: Readable }[],
  sink: OutputSink,
): LiveLines[] =>
  pieces.map(
    ({ name: stream, source }) =>
      new LiveLines(source, `[${name}] `, line => sink.write(stream, line, number)),
  );
