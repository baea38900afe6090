// Which processes of dead runs may be ended: those that nobody who lives has come from.

import { expect, test } from 'vitest';
import { formatId } from '../../../src/base/identity.ts';
import { leftoversOf, ownerLives, type TokenCarrier } from '../../../src/run/token-carriers.ts';
import { facts } from './facts.ts';

const carrier = (pid: number, chain: string[]): TokenCarrier => ({
  ...facts(pid, 1),
  chain,
  tokens: chain.filter(token => token.startsWith('here:')),
});

const found = (carriers: TokenCarrier[], busyPids: number[] = []) => {
  const { leftovers, tokens } = leftoversOf(carriers, token => token.endsWith('alive'), new Set(busyPids));
  return [leftovers.map(({ pid }) => pid), tokens];
};

const CASES: [string, TokenCarrier[], number[], unknown][] = [
  ['nobody is there', [], [], [[], []]],
  ['a run is dead', [carrier(5, ['here:a']), carrier(6, ['here:a'])], [], [[5, 6], ['here:a']]],
  ['a run lives', [carrier(5, ['here:alive'])], [], [[], []]],
  ['one of two runs is dead', [carrier(5, ['here:alive']), carrier(6, ['here:a'])], [], [[6], ['here:a']]],
  ['a nested run has ended, the outer one lives', [carrier(5, ['here:alive', 'here:a'])], [], [[], []]],
  [
    'a dead run has left one who runs again',
    [carrier(5, ['here:a']), carrier(6, ['here:a', 'here:alive'])],
    [],
    [[], []],
  ],
  ['it runs at another gate', [carrier(5, ['here:a']), carrier(6, ['here:a', 'there:alive'])], [], [[], []]],
  ['a dead run has left one who waits', [carrier(5, ['here:a']), carrier(6, ['here:a'])], [6], [[], []]],
  [
    'that run shares a token with another',
    [carrier(5, ['here:a', 'here:b']), carrier(6, ['here:b', 'here:alive'])],
    [],
    [[], []],
  ],
];

test.each(CASES)('where %s', (_what, carriers, busyPids, expected) => {
  expect(found(carriers, busyPids)).toEqual(expected);
});

const ID = formatId({
  arrivalNs: 1n,
  pid: 77,
  start: '500',
  boot: 'b007b007',
  namespace: '4026531836',
  nonce: '3f9c01ab',
});
const platform = (now: { start: string; state?: string } | undefined, namespace = '4026531836') => ({
  self: () => ({ pid: 1, start: '1', boot: 'b007b007', namespace }),
  look: () => now && facts(77, 1, { start: now.start, state: now.state ?? 'S' }),
  isSameStart: (a: string, b: string) => a === b,
});

test.each([
  ['lives', platform({ start: '500' }), true],
  ['is gone', platform(undefined), false],
  ['is a zombie', platform({ start: '500', state: 'Z' }), false],
  ['is another by now', platform({ start: '501' }), false],
  ['is of another pid namespace, and not to be judged', platform(undefined, '1'), true],
])('the owner that a token names %s', (_what, seen, lives) => {
  expect(ownerLives(`0123456789abcdef:${ID}`, seen)).toBe(lives);
});

test('a token that nobody wrote, or from before the boot, has no owner', () => {
  expect(ownerLives('here:x', platform({ start: '500' }))).toBe(false);
  expect(ownerLives(`here:${ID.replace('b007b007', '11111111')}`, platform({ start: '500' }))).toBe(false);
});
