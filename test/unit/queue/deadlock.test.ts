// Circles of waiting runs: found at once, by the last to arrive alone, and never where there is none.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WaitingRun } from '../../../src/base/ports.ts';
import { findCircle } from '../../../src/queue/deadlock.ts';

/** `run(7, 'C', { inside: ['A'], behind: ['B'] })`: the 7th to arrive, at gate C. */
function run(
  arrival: number,
  label: string,
  tokens: { inside: string[]; behind: string[] },
  isShared = false,
): WaitingRun {
  const token = `${label}:${String(arrival).padStart(20, '0')}`;
  return { token, chain: tokens.inside, behind: tokens.behind, isShared, label };
}

describe('a circle', () => {
  test('of one: a run that waits for the lock it is itself inside of', () => {
    const me = run(1, 'me', { inside: ['web:1'], behind: ['web:1'] });
    expect(findCircle(me, [])).toEqual(['me']);
  });

  test('of two: each inside one lock waits for the other', () => {
    const first = run(1, 'first', { inside: ['a:1'], behind: ['b:1'] });
    const last = run(2, 'last', { inside: ['b:1'], behind: ['a:1'] });
    expect(findCircle(last, [first])).toEqual(['last', 'first']);
  });

  test('of three, told in the order in which they wait', () => {
    const a = run(1, 'a', { inside: ['A:1'], behind: ['B:1'] });
    const b = run(2, 'b', { inside: ['B:1'], behind: ['C:1'] });
    const c = run(3, 'c', { inside: ['C:1'], behind: ['A:1'] });
    expect(findCircle(c, [b, a])).toEqual(['c', 'a', 'b']);
  });

  test('is found through an outer run, and past runs that lead nowhere', () => {
    const nested = run(1, 'nested', { inside: ['a:1', 'x:1'], behind: ['b:1'] });
    const deadEnd = run(2, 'dead end', { inside: ['a:1'], behind: ['z:1'] });
    const me = run(3, 'me', { inside: ['y:1', 'b:1'], behind: ['a:1'] });
    expect(findCircle(me, [deadEnd, nested])).toEqual(['me', 'nested']);
  });

  test('makes only the last to arrive give up', () => {
    const first = run(1, 'first', { inside: ['a:1'], behind: ['b:1'] });
    const last = run(2, 'last', { inside: ['b:1'], behind: ['a:1'] });
    expect(findCircle(first, [last])).toBeUndefined();
    expect(findCircle(last, [first])).toBeDefined();
  });

  test('of earlier ones is found also when a later one closes another', () => {
    const me = run(5, 'me', { inside: ['b:1'], behind: ['a:1'] });
    const later = run(9, 'later', { inside: ['a:1'], behind: ['b:1'] });
    const earlier = run(3, 'earlier', { inside: ['a:1'], behind: ['b:1'] });
    expect(findCircle(me, [later, earlier])).toEqual(['me', 'earlier']);
  });
});

describe('one who shares a gate', () => {
  const first = run(1, 'first', { inside: ['a:1'], behind: ['b:1'] });

  test('goes on when any of its holders ends: it is stuck only if all of them are', () => {
    const oneFree = run(2, 'me', { inside: ['b:1'], behind: ['a:1', 'a:2'] }, true);
    expect(findCircle(oneFree, [first])).toBeUndefined();
    const second = run(1, 'second', { inside: ['a:2'], behind: ['b:1'] });
    expect(findCircle(oneFree, [first, second])).toEqual(['me', 'first']);
    expect(findCircle({ ...oneFree, isShared: false }, [first])).toEqual(['me', 'first']);
  });

  test('is in nobody’s circle as long as one of its holders may end', () => {
    const shared = run(1, 'shared', { inside: ['a:1'], behind: ['b:1', 'b:2'] }, true);
    const me = run(2, 'me', { inside: ['b:1'], behind: ['a:1'] });
    expect(findCircle(me, [shared])).toBeUndefined();
    const other = run(1, 'other', { inside: ['b:2'], behind: ['a:1'] });
    expect(findCircle(me, [shared, other])).toBeUndefined();
    expect(findCircle({ ...me, chain: ['b:1', 'b:2'] }, [shared])).toEqual(['me', 'shared']);
  });
});

describe('no circle', () => {
  test('is a queue, however long', () => {
    const others = [1, 2, 3].map(n => run(n, `${n}`, { inside: [], behind: ['a:1'] }));
    expect(findCircle(run(4, 'me', { inside: [], behind: ['a:1'] }), others)).toBeUndefined();
  });

  test('is a run inside one lock behind a run that is inside none', () => {
    const other = run(1, 'other', { inside: [], behind: ['a:1'] });
    expect(findCircle(run(2, 'me', { inside: ['a:1'], behind: ['b:1'] }), [other])).toBeUndefined();
  });

  test('is two runs inside the same lock that both wait for another', () => {
    const sibling = run(1, 'sibling', { inside: ['a:1'], behind: ['b:1'] });
    expect(findCircle(run(2, 'me', { inside: ['a:1'], behind: ['b:1'] }), [sibling])).toBeUndefined();
  });

  test('is a later run of the same gate', () => {
    const other = run(1, 'other', { inside: ['a:1'], behind: ['b:2'] });
    expect(findCircle(run(2, 'me', { inside: ['b:1'], behind: ['a:1'] }), [other])).toBeUndefined();
  });

  test('is a circle of others: they see to it themselves', () => {
    const x = run(1, 'x', { inside: ['a:1'], behind: ['b:1'] });
    const y = run(2, 'y', { inside: ['b:1'], behind: ['a:1'] });
    expect(findCircle(run(3, 'me', { inside: ['c:1'], behind: ['a:1'] }), [x, y])).toBeUndefined();
  });

  test('is found quickly among hundreds of runs in four layers', () => {
    const layers = ['a:1', 'b:1', 'c:1', 'd:1', 'e:1'];
    const others = layers
      .slice(0, 4)
      .flatMap((inside, layer) =>
        Array.from({ length: 100 }, (_, n) =>
          run(layer * 100 + n, `${layer}.${n}`, { inside: [inside], behind: [layers[layer + 1] ?? ''] }),
        ),
      );
    expect(findCircle(run(9_999, 'me', { inside: ['m:1'], behind: ['a:1'] }), others)).toBeUndefined();
  });
});

test('of any picture, exactly the last of each circle gives up, and nobody outside one', () => {
  const token = fc.constantFrom('a:1', 'b:1', 'c:1', 'd:1');
  const picture = fc.array(
    fc.record({ inside: fc.uniqueArray(token, { maxLength: 2 }), behind: fc.array(token, { maxLength: 1 }) }),
    { minLength: 1, maxLength: 7 },
  );
  fc.assert(
    fc.property(picture, tokens => {
      const runs = tokens.map((one, index) => run(index + 1, `${index + 1}`, one));
      for (const [index, me] of runs.entries()) {
        const others = runs.filter(other => other !== me);
        // The plain answer: among me and those who came before, do I wait, over any steps, for myself?
        const reached = new Set<WaitingRun>();
        for (let size = -1; size < reached.size; ) {
          size = reached.size;
          for (const next of runs.slice(0, index + 1)) {
            const isBehind = (at: WaitingRun) => next.chain.some(held => at.behind.includes(held));
            if ([me, ...reached].some(isBehind)) reached.add(next);
          }
        }
        expect(findCircle(me, others) !== undefined).toBe(reached.has(me));
      }
    }),
    { numRuns: 500 },
  );
});
