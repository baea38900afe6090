// Lines of JSON, however the pipe cuts them.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageReader } from '../../../src/run/watch-messages.ts';

/** Feeds the bytes cut at these places; the messages that came out. */
function read(bytes: Buffer, cuts: readonly number[]): unknown[] {
  const messages: unknown[] = [];
  const feed = messageReader<unknown>(message => messages.push(message));
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (const [index, place] of places.entries()) feed(bytes.subarray(place, places[index + 1]));
  return messages;
}

const encode = (messages: readonly unknown[]) =>
  Buffer.from(messages.map(message => `${JSON.stringify(message)}\n`).join(''));

test('a path with an umlaut survives a cut through it (it once became two replacement marks)', () => {
  const order = { type: 'watch', gate: { folder: '/tmp/über 日本 👍' } };
  const bytes = encode([order]);
  for (let cut = 0; cut <= bytes.length; cut++) expect(read(bytes, [cut])).toEqual([order]);
});

test('messages come out whole and in order, however they are cut', () => {
  const message = fc.record({ type: fc.string({ unit: 'binary' }), path: fc.string({ unit: 'grapheme' }) });
  fc.assert(
    fc.property(fc.array(message), fc.array(fc.nat(400)), (messages, cuts) => {
      const bytes = encode(messages);
      const within = cuts.map(cut => Math.min(cut, bytes.length));
      expect(read(bytes, within)).toEqual(JSON.parse(JSON.stringify(messages)));
    }),
  );
});

test('a half line at the end is no message: its writer died over it', () => {
  expect(read(Buffer.from('{"type":"done"}\n{"type":"do'), [])).toEqual([{ type: 'done' }]);
});

test.each(['', 'warning: something', '{"type":', '[', 'null', '42'])(
  '%j is no message and is dropped',
  line => {
    expect(read(Buffer.from(`${line}\n{"type":"done"}\n`), [3])).toEqual([{ type: 'done' }]);
  },
);
