// Whose processes are a holder's run, and so may be ended for it. The machine is made up.

import { expect, test } from 'vitest';
import type { ProcessRef, RunRecord, World } from '../../../src/base/ports.ts';
import { isHeldByInit, targetOf } from '../../../src/lock/clear-holder.ts';

const id = (pid: number) => `00000000012345678901-${pid}-99-0123abcd-4026531836-deadbeef`;
const record = (command?: ProcessRef): RunRecord => ({
  schema: 'seqx.run/1',
  root: '',
  heldAt: '',
  command,
  watchdog: { pid: 6, start: '100' },
});
const ref = (pid: number): ProcessRef => ({ pid, start: '99' });

const worldWith = (found: RunRecord | undefined) =>
  ({
    gate: { hash: '0123456789abcdef' },
    platform: { self: () => ({ pid: 9, start: '1', boot: '0123abcd', namespace: '4026531836' }) },
    slots: { readRecord: () => found },
  }) as unknown as World;

test.each<[string, string, RunRecord | undefined, boolean]>([
  ['pid 1 that holds for itself', id(1), record(ref(1)), true],
  ['pid 1 of which nothing is known', id(1), undefined, true],
  ['pid 1 that runs a command', id(1), record(ref(7)), false],
  ['pid 1 before it has started its command', id(1), record(), false],
  ['any other holder', id(7), record(ref(7)), false],
  ['a name that seqx cannot have written', 'litter.txt', undefined, false],
])('%s', (_name, name, found, isInit) => {
  expect(isHeldByInit(name, found)).toBe(isInit);
  const { roots, tokens } = targetOf(name, 'stuck', worldWith(found));
  expect(roots.length + tokens.length === 0).toBe(isInit);
});

test('of a stuck holder its wrapper and watchdog are ended, too', () => {
  const target = targetOf(id(5), 'stuck', worldWith(record(ref(7))));
  expect(target.roots.map(({ pid }) => pid)).toEqual([7, 5, 6]);
  expect(targetOf(id(5), 'dead', worldWith(record(ref(7)))).roots.map(({ pid }) => pid)).toEqual([7]);
});
