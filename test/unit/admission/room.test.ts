// On what terms a run comes, and what it reads in the entries of others.

import { describe, expect, test } from 'vitest';
import { Room, termsOf } from '../../../src/admission/room.ts';
import type { RunRecord, World } from '../../../src/base/ports.ts';
import { settle } from '../../../src/base/settings.ts';

const G = 2 ** 30;
const settings = (values: Record<string, string>) =>
  settle([{ values, describe: flag => `--${flag}` }]).settings;
const never = (): never => {
  throw new Error('asked for nothing');
};

describe('terms', () => {
  test('of a gate with one slot are exclusive, and no journal is read for them', () => {
    expect(termsOf(settings({ 'memory-expected': '1G' }), never).share).toBeUndefined();
  });

  test('of one who asks to be exclusive are exclusive', () => {
    expect(termsOf(settings({ slots: '2', exclusive: 'yes' }), never).share).toBeUndefined();
  });

  test.each<[Record<string, string>, number | undefined, number]>([
    [{ 'memory-expected': '1G', 'memory-limit': '3G' }, 7 * G, G],
    [{ 'memory-expected': '0' }, 7 * G, 0],
    [{ 'memory-limit': '3G' }, 7 * G, 7 * G],
    [{ 'memory-limit': '3G' }, undefined, 3 * G],
    [{ 'memory-limit': '0', 'memory-threshold': '5G' }, undefined, 5 * G],
  ])('with %j and a past of %j bytes expect %d', (values, past, expected) => {
    expect(termsOf(settings({ slots: '2', ...values }), () => past).share?.expectedBytes).toBe(expected);
  });

  test('count no more slots for it than there are', () => {
    expect(termsOf(settings({ slots: '2', weight: '5' }), () => 0).share?.weight).toBe(2);
  });
});

describe('a room', () => {
  const records: Record<string, unknown> = {
    small: { share: { weight: 1, expectedBytes: G }, memory: { bytes: 5 } },
    big: { share: { weight: 2, expectedBytes: 3 * G } },
    exclusive: {},
    nonsense: { share: { weight: 'x', expectedBytes: G } },
    negative: { share: { weight: 1, expectedBytes: -G } },
    weightless: { share: { weight: 0, expectedBytes: G } },
  };
  const read: string[] = [];
  const world = (availableBytes: () => number) =>
    ({
      slots: {
        readRecord: (name: string) => {
          read.push(name);
          return records[name] as RunRecord | undefined;
        },
      },
      platform: { machineMemory: () => ({ availableBytes: availableBytes() }) },
    }) as unknown as World;
  const shared = termsOf(settings({ slots: '3', 'memory-expected': '1G' }), never);

  test('reads of each what it was promised and what it uses', () => {
    const room = new Room(
      shared,
      world(() => 100 * G),
    );
    expect(room.beside(['small'])).toEqual({ admission: { kind: 'open', tight: undefined }, takenSlots: 1 });
    expect(room.beside(['small', 'big'])).toMatchObject({ admission: { kind: 'taken' }, takenSlots: 3 });
    expect(room.isOpenBeside(['big'])).toBe(true);
  });

  test.each(['exclusive', 'nonsense', 'negative', 'weightless', 'missing'])(
    'has none beside an entry that is %s',
    name => {
      expect(
        new Room(
          shared,
          world(() => 100 * G),
        ).isOpenBeside([name]),
      ).toBe(false);
    },
  );

  test('is one of slots and threshold alone where the machine cannot be seen', () => {
    expect(new Room(shared, world(never)).isOpenBeside(['small'])).toBe(true);
    expect(
      new Room(
        shared,
        world(() => 0),
      ).isOpenBeside(['small']),
    ).toBe(false);
  });

  test('of an exclusive one is decided without reading anything', () => {
    read.length = 0;
    const room = new Room(termsOf(settings({}), never), world(never));
    expect([room.isOpenBeside([]), room.isOpenBeside(['small'])]).toEqual([true, false]);
    expect(read).toEqual([]);
  });
});
