// Whoever reads the output of a batch, as the commands see it. What cannot be printed any more is read from them all
// the same: none must stand still over it.

import { messageOf } from '../base/errors.ts';
import type { Clock } from '../base/ports.ts';
import { isReaderGone } from '../base/write-all.ts';
import type { OutputSink, StreamName } from './output-order.ts';

/** The reader has gone, as `head` does; what he reads from takes no more (a full disk); or he takes nothing. */
export type Loss =
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unread'; readonly reason: string };

/** A pager that waits for its user takes nothing either. */
const MOST_UNREAD_MS = 5_000;

export class Reader implements OutputSink {
  readonly #sink: OutputSink;
  readonly #onLost: (loss: Loss) => void;
  readonly #after: Clock['after'];
  /** What waits for the reader. */
  readonly #waiting = new Set<() => void>();
  #isLost = false;
  #written = 0;
  #cancel = (): void => {};

  /** @param onLost called once; nothing is printed from then on */
  constructor(sink: OutputSink, onLost: (loss: Loss) => void, { after }: Pick<Clock, 'after'>) {
    this.#sink = sink;
    this.#onLost = onLost;
    this.#after = after;
  }

  begin(number: number, name: string): void {
    if (!this.#isLost) this.#sink.begin(number, name);
  }

  async write(stream: StreamName, chunk: Buffer, number: number): Promise<void> {
    if (this.#isLost) return;
    try {
      await this.#orLost(async () => this.#sink.write(stream, chunk, number));
      this.#written += 1;
    } catch (error) {
      this.#lose(this.#lossBy(error));
    }
  }

  /** The batch is to end: from now on somebody who reads nothing is not waited for. */
  hurry(): void {
    this.#cancel();
    const before = this.#written;
    this.#cancel = this.#after(MOST_UNREAD_MS, () => {
      if (this.#waiting.size === 0 || this.#written > before) this.hurry();
      else this.#lose({ kind: 'unread', reason: `nobody has read it for ${MOST_UNREAD_MS / 1_000}s` });
    });
  }

  /** All is printed. */
  close(): void {
    this.#cancel();
  }

  #lose(loss: Loss): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#cancel();
    for (const goOn of this.#waiting) goOn();
    this.#onLost(loss);
  }

  #orLost(write: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      const isOver = () => this.#waiting.delete(resolve);
      write().finally(isOver).then(resolve, reject);
    });
  }

  /** Of a caller's own sink only that it throws is known. */
  #lossBy(error: unknown): Loss {
    if (this.#sink.isOwnStreams !== true || isReaderGone(error)) return { kind: 'gone' };
    return { kind: 'refused', reason: messageOf(error) };
  }
}
