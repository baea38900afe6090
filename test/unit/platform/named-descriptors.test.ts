// The descriptors that make and the shell name to a program.

import { expect, test } from 'vitest';
import { namedDescriptors } from '../../../src/platform/named-descriptors.ts';

test.each([
  ['nothing', undefined, ['seqx', 'make'], []],
  ['the jobserver of make 4.2 and later', ' -j8 --jobserver-auth=3,4 -- X=1', [], [3, 4]],
  ['the jobserver of make 4.1', '--jobserver-fds=5,6 -j', [], [5, 6]],
  ['a jobserver with a name', ' -j8 --jobserver-auth=fifo:/tmp/GMfifo12', [], []],
  ['a jobserver that is switched off', ' -j --jobserver-auth=-2,-2', [], []],
  ['process substitutions', '', ['diff', '/dev/fd/63', '--with=/dev/fd/62'], [62, 63]],
  ['where events go', '', ['seqx', '--events', 'fd:3', '--events=fd:4', 'to-fd:5'], [3, 4]],
  ['both, each once', '--jobserver-auth=3,63', ['cat', '/dev/fd/63'], [3, 63]],
  ['the first three, which are passed on anyway', '', ['cat', '/dev/fd/0', '/dev/fd/2'], []],
  ['numbers that are no descriptors', '', ['cat', '/dev/fd/99999999999', '/dev/fd/x'], []],
])('reads %s', (_case, makeFlags, words, expected) => {
  expect(namedDescriptors(makeFlags, words)).toEqual(expected);
});
