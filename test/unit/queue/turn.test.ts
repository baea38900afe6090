// Whose turn is it: arrival order within a band, higher bands first, and nobody waits for ever.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Band, formatId, type Ticket } from '../../../src/base/identity.ts';
import { queueOrder, whoseTurn } from '../../../src/queue/turn.ts';

const MINUTE_NS = 60_000_000_000n;
const NOW = 10_000n * MINUTE_NS;

/** A ticket that arrived this many nanoseconds before now. */
function ticket(agoNs: bigint, band: Band = 1, pid = 4321): Ticket {
  const identity = {
    arrivalNs: NOW - agoNs,
    pid,
    start: '1',
    boot: '00000000',
    namespace: '0',
    nonce: pid.toString(16).padStart(8, '0'),
  };
  return { band, id: formatId(identity), identity };
}

const minutes = (ago: number, band: Band = 1) => ticket(BigInt(Math.round(ago * 60)) * 1_000_000_000n, band);
const bands = fc.constantFrom<Band>(0, 1, 2);
const queues = fc
  .array(fc.tuple(fc.bigInt({ min: -MINUTE_NS, max: 90n * MINUTE_NS }), bands), {
    minLength: 1,
    maxLength: 30,
  })
  .map(list => list.map(([ago, band], index) => ticket(ago, band, index + 2)));

describe('queueOrder', () => {
  test('within a band is the order of arrival, whatever order the folder lists', () => {
    const [first, second, third] = [minutes(3), minutes(2), minutes(1)];
    expect(queueOrder([second, third, first], NOW)).toEqual([first, second, third]);
  });

  test('puts a waiting high ahead of normals, and a low behind them', () => {
    const [low, normal, high] = [minutes(3, 2), minutes(2, 1), minutes(1, 0)];
    expect(queueOrder([low, normal, high], NOW)).toEqual([high, normal, low]);
  });

  test.each([
    ['9:59 stays in its band', 9.98, 2, 5, 1, false],
    ['10:00 rises one band, and is then older than its new equals', 10, 2, 5, 1, true],
    ['10:00 does not rise two', 10, 2, 1, 0, false],
    ['20:00 has risen two', 20, 2, 1, 0, true],
    ['a normal has risen to high at 10:00', 10, 1, 9, 0, true],
    ['a high cannot rise above high', 60, 0, 61, 0, false],
  ] as const)('%s', (_fact, ago, band, otherAgo, otherBand, isFirst) => {
    const mine = minutes(ago, band);
    const order = queueOrder([minutes(otherAgo, otherBand), mine], NOW);
    expect(order[0] === mine).toBe(isFirst);
  });

  test('a ticket from the future (another clock) has not risen', () => {
    const [future, normal] = [minutes(-30, 2), minutes(1)];
    expect(queueOrder([future, normal], NOW)).toEqual([normal, future]);
  });

  test('does not depend on how the folder lists, and changes nothing given', () => {
    fc.assert(
      fc.property(
        queues.chain(queue =>
          fc.tuple(fc.constant(queue), fc.shuffledSubarray(queue, { minLength: queue.length })),
        ),
        ([queue, shuffled]) => {
          const before = [...shuffled];
          expect(queueOrder(shuffled, NOW)).toEqual(queueOrder(queue, NOW));
          expect(shuffled).toEqual(before);
        },
      ),
    );
  });

  test('nobody starves: after 20 minutes only those are ahead who arrived before', () => {
    fc.assert(
      fc.property(queues, bands, (queue, band) => {
        const mine = ticket(20n * MINUTE_NS, band, 99);
        const order = queueOrder([...queue, mine], NOW);
        const ahead = order.slice(0, order.indexOf(mine));
        expect(ahead.every(({ id }) => id < mine.id)).toBe(true);
      }),
    );
  });

  test('every ticket is first in the end, however many high ones keep arriving', () => {
    fc.assert(
      fc.property(queues, fc.integer({ min: 1, max: 5 }), (queue, perRound) => {
        let waiting = [...queue];
        for (let round = 0; round < 20 + queue.length; round++) {
          const nowNs = NOW + BigInt(round) * 2n * MINUTE_NS;
          for (let i = 0; i < perRound; i++)
            waiting.push(ticket(NOW - nowNs - BigInt(i), 0, 1_000 + round * 10 + i));
          const [next] = queueOrder(waiting, nowNs);
          waiting = waiting.filter(one => one !== next);
        }
        // Two minutes a run: who was here at the start is through after 20 minutes and the queue before it.
        expect(queue.filter(one => waiting.includes(one))).toEqual([]);
      }),
    );
  });
});

describe('whoseTurn', () => {
  const [first, second, third] = [minutes(3), minutes(2), minutes(1)];
  const queue = [third, first, second];

  test('the first has the free slot', () => {
    expect(whoseTurn(first.id, queue, true, NOW)).toEqual({ kind: 'mine' });
  });

  test('everybody else wakes up after the one directly ahead', () => {
    expect(whoseTurn(second.id, queue, true, NOW)).toEqual({
      kind: 'wait',
      position: 2,
      of: 3,
      behind: first,
    });
    expect(whoseTurn(third.id, queue, true, NOW)).toEqual({
      kind: 'wait',
      position: 3,
      of: 3,
      behind: second,
    });
  });

  test('without a free slot the first is next, behind the holder alone', () => {
    expect(whoseTurn(first.id, queue, false, NOW)).toEqual({
      kind: 'wait',
      position: 1,
      of: 3,
      behind: undefined,
    });
  });

  test('a high priority never goes ahead of a holder', () => {
    const high = minutes(0, 0);
    expect(whoseTurn(high.id, [...queue, high], false, NOW)).toMatchObject({
      kind: 'wait',
      position: 1,
      of: 4,
    });
  });

  test('only the first has a turn, however much room there is', () => {
    const kinds = queueOrder(queue, NOW).map(({ id }) => whoseTurn(id, queue, true, NOW).kind);
    expect(kinds).toEqual(['mine', 'wait', 'wait']);
  });

  test('one whose ticket cannot be seen counts as first: the lock still excludes', () => {
    expect(whoseTurn('gone', queue, true, NOW)).toEqual({ kind: 'mine' });
    expect(whoseTurn('gone', [], true, NOW)).toEqual({ kind: 'mine' });
    expect(whoseTurn('gone', [], false, NOW)).toEqual({
      kind: 'wait',
      position: 1,
      of: 1,
      behind: undefined,
    });
  });

  test('never gives more than one turn, and every position once', () => {
    fc.assert(
      fc.property(queues, fc.boolean(), (waiting, hasRoom) => {
        const turns = waiting.map(({ id }) => whoseTurn(id, waiting, hasRoom, NOW));
        const waits = turns.flatMap(turn => (turn.kind === 'wait' ? turn.position : []));
        expect(turns.length - waits.length).toBe(hasRoom ? Math.min(1, waiting.length) : 0);
        expect(new Set(waits).size).toBe(waits.length);
      }),
    );
  });
});
