// Where the commands of a batch write: to nowhere, to our own streams, or into pipes that are printed in turn or
// line by line.

import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock } from '../base/ports.ts';
import { liveOutput } from '../batch/live-output.ts';
import { OutputOrder, type OutputSink, type StreamName } from '../batch/output-order.ts';
import { type Pipe, PipeStock } from '../batch/pipe-stock.ts';
import { type Loss, Reader } from '../batch/reader.ts';
import type { CommandRun } from '../run/run-command.ts';

export type OutputMode = 'grouped' | 'live' | 'quiet' | 'direct';

export interface OutputWay {
  readonly mode: OutputMode;
  readonly stdin: 'inherit' | 'ignore';
  readonly sink: OutputSink;
}

/** What one command is started with. */
export interface CommandOutput {
  readonly stdio: NonNullable<CommandRun['stdio']>;
  readonly onSpawned: NonNullable<CommandRun['onSpawned']>;
  /** Resolves when what it has written is printed, or spooled until its turn. */
  readonly end: () => Promise<void>;
}

const STREAMS = ['stdout', 'stderr'] as const;

interface Source {
  readonly name: StreamName;
  readonly source: Readable;
}

export class BatchOutput {
  readonly #mode: OutputMode;
  readonly #stdin: 'inherit' | 'ignore';
  readonly #sink: Reader;
  readonly #stock: PipeStock;
  readonly #order: OutputOrder;
  #taking: Promise<unknown> = Promise.resolve();

  /** @param onLost called once, when the output cannot be printed any more */
  constructor(way: OutputWay, folder: string, onLost: (loss: Loss) => void, clock: Pick<Clock, 'after'>) {
    this.#mode = way.mode;
    this.#stdin = way.stdin;
    this.#sink = new Reader(way.sink, onLost, clock);
    this.#stock = new PipeStock(folder);
    this.#order = new OutputOrder(this.#sink, folder);
  }

  async open(number: number, name: string): Promise<CommandOutput> {
    if (this.#mode === 'quiet' || this.#mode === 'direct') return this.#plain(number, name);
    // One after the other: who comes first has to be started first.
    const taking = this.#taking.then(async () => [await this.#stock.take(), await this.#stock.take()]);
    this.#taking = taking;
    const pipes = await taking;
    let finish = async () => {};
    const close = () => {
      for (const pipe of pipes.splice(0)) if (pipe) closeSync(pipe.writeFd);
    };
    const sources = STREAMS.map((_stream, index) => sourceOf(pipes[index]));
    return {
      stdio: [this.#stdin, ...sources.map((_, index) => pipes[index]?.writeFd ?? ('pipe' as const))],
      onSpawned: child => {
        close();
        const all = STREAMS.flatMap((stream, index): Source[] => {
          const source = sources[index] ?? child[stream];
          return source ? [{ name: stream, source }] : [];
        });
        finish = this.#read(number, name, all);
      },
      end: async () => {
        close();
        await finish();
        if (this.#mode === 'grouped') await this.#order.end(number);
        for (const source of sources) source?.destroy();
      },
    };
  }

  /** Commands that are never started have no output; those after them may print theirs. */
  async skip(number: number): Promise<void> {
    if (this.#mode === 'grouped') await this.#order.end(number);
  }

  /** The batch is to end: a reader who stands still is not waited for. */
  hurry(): void {
    this.#sink.hurry();
  }

  /** Resolves when all is printed. */
  async close(): Promise<void> {
    await this.#order.flush();
    this.#sink.close();
    this.#stock.close();
  }

  #plain(number: number, name: string): CommandOutput {
    const way = this.#mode === 'direct' ? 'inherit' : 'ignore';
    if (this.#mode === 'direct') this.#sink.begin(number, name);
    return { stdio: [this.#stdin, way, way], onSpawned: () => {}, end: async () => {} };
  }

  #read(number: number, name: string, sources: readonly Source[]): () => Promise<void> {
    for (const { source } of sources) source.on('error', () => {});
    if (this.#mode === 'grouped') {
      this.#order.add(number, name, sources);
      return async () => {};
    }
    const lines = liveOutput(number, name, sources, this.#sink);
    return async () => void (await Promise.all(lines.map(line => line.end())));
  }
}

function sourceOf(pipe: Pipe | undefined): Readable | undefined {
  return pipe && new Socket({ fd: pipe.readFd, readable: true, writable: false });
}
