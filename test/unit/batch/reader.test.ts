import { describe, expect, test } from 'vitest';
import type { OutputSink } from '../../../src/batch/output-order.ts';
import { type Loss, Reader } from '../../../src/batch/reader.ts';

const CHUNK = Buffer.from('x');

/** Time that passes when told to. */
class Hours {
  #action: (() => void) | undefined;
  readonly after = (_ms: number, action: () => void) => {
    this.#action = action;
    return () => {
      this.#action = undefined;
    };
  };
  pass(): void {
    const action = this.#action;
    this.#action = undefined;
    action?.();
  }
  get isWaiting(): boolean {
    return this.#action !== undefined;
  }
}

function reading(write: OutputSink['write'], isOwnStreams = true) {
  const losses: Loss[] = [];
  const begun: number[] = [];
  const hours = new Hours();
  const sink = { begin: (number: number) => begun.push(number), write, isOwnStreams };
  return { reader: new Reader(sink, loss => losses.push(loss), hours), losses, begun, hours };
}

const failing = (code: string) => () => {
  throw Object.assign(new Error(`${code}: as the system says`), { code });
};
const never = () => new Promise<void>(() => {});

describe('what cannot be written', () => {
  test.each<[string, boolean, Loss]>([
    ['EPIPE', true, { kind: 'gone' }],
    ['ECONNRESET', true, { kind: 'gone' }],
    ['ENOSPC', true, { kind: 'refused', reason: 'ENOSPC: as the system says' }],
    ['EIO', true, { kind: 'refused', reason: 'EIO: as the system says' }],
    ['ENOSPC', false, { kind: 'gone' }],
  ])('for %s to our own streams: %s', async (code, isOwn, loss) => {
    const { reader, losses, begun } = reading(failing(code), isOwn);
    reader.begin(1, 'a');
    await reader.write('stdout', CHUNK, 1);
    await reader.write('stdout', CHUNK, 1);
    reader.begin(2, 'b');
    expect([losses, begun]).toEqual([[loss], [1]]);
  });
});

describe('a reader who stands still', () => {
  test('is waited for as long as nobody is in a hurry', async () => {
    const { reader, hours } = reading(never);
    void reader.write('stdout', CHUNK, 1);
    expect(hours.isWaiting).toBe(false);
  });

  test('is not waited for when the batch is to end', async () => {
    const { reader, losses, hours } = reading(never);
    const writing = reader.write('stdout', CHUNK, 1);
    reader.hurry();
    hours.pass();
    await writing;
    expect(losses).toEqual([{ kind: 'unread', reason: 'nobody has read it for 5s' }]);
    expect(hours.isWaiting).toBe(false);
  });

  test('is waited for as long as he takes something now and then', async () => {
    let take = () => {};
    const { reader, losses, hours } = reading(() => new Promise(resolve => (take = resolve)));
    const first = reader.write('stdout', CHUNK, 1);
    reader.hurry();
    take();
    await first;
    const second = reader.write('stdout', CHUNK, 1);
    hours.pass();
    expect(losses).toEqual([]);
    hours.pass();
    await second;
    expect(losses.map(({ kind }) => kind)).toEqual(['unread']);
  });

  test('has not missed anything when there is nothing to read', () => {
    const { reader, losses, hours } = reading(never);
    reader.hurry();
    hours.pass();
    hours.pass();
    reader.close();
    expect([losses, hours.isWaiting]).toEqual([[], false]);
  });
});
