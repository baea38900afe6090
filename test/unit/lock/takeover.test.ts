// May an owner be declared dead? Every row of evidence, above all those that must not be dead: taking a
// living run's slot is the one mistake that cannot be made good.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Liveness } from '../../../src/base/ports.ts';
import { type Evidence, judgeByPid, judgeOwner } from '../../../src/lock/takeover.ts';

/** A healthy owner on this machine; each row changes what is different. */
const HEALTHY: Evidence = {
  isSameBoot: true,
  isSameNamespace: true,
  exists: 'yes',
  facts: { state: 'S', threads: 11 },
  isSameStart: true,
  socket: undefined,
};
const GONE = { exists: 'no', facts: undefined, isSameStart: undefined } as const;
const ELSEWHERE = { isSameNamespace: false, ...GONE } as const;
const inState = (state: string, threads = 1) => ({ facts: { state, threads } });

type Row = readonly [fact: string, change: Partial<Evidence>];

const NOT_DEAD: readonly (readonly [...Row, Liveness])[] = [
  ['a process that runs', {}, 'alive'],
  ['one that waits for the disk', inState('D'), 'alive'],
  ['one of another user (EPERM)', { exists: 'foreign', facts: undefined, isSameStart: undefined }, 'alive'],
  [
    'one of another user whose start time looks different',
    { exists: 'foreign', isSameStart: false },
    'alive',
  ],
  ['one whose facts cannot be read', { facts: undefined, isSameStart: undefined }, 'alive'],
  ['one whose start time cannot be read', { isSameStart: undefined, socket: 'connected' }, 'alive'],
  [
    'one without a start time, its socket file swept away',
    { isSameStart: undefined, socket: 'missing' },
    'unjudgeable',
  ],
  ['a zombie leader with a thread that runs', inState('Z', 2), 'alive'],
  ['a leader in state X with threads', inState('X', 7), 'alive'],
  ['one stopped by Ctrl-Z', inState('T'), 'suspended'],
  ['one stopped by a debugger', inState('t'), 'suspended'],
  ['one stopped, its socket unanswered', { ...inState('T'), socket: 'refused' }, 'suspended'],
  ['one alive by pid, its socket file swept away', { socket: 'missing' }, 'alive'],
  ['one alive by pid, its socket closed', { socket: 'refused' }, 'alive'],
  ['one dead by pid that answers', { ...GONE, socket: 'connected' }, 'alive'],
  ['one whose pid seems recycled but that answers', { isSameStart: false, socket: 'connected' }, 'alive'],
  [
    'a zombie whose socket is inherited by a living thread',
    { ...inState('Z'), socket: 'connected' },
    'alive',
  ],
  ['one in another namespace that answers', { ...ELSEWHERE, socket: 'connected' }, 'alive'],
  ['one in another namespace without a socket file', { ...ELSEWHERE, socket: 'missing' }, 'unjudgeable'],
  ['one in another namespace, not asked', ELSEWHERE, 'unjudgeable'],
];

const DEAD: readonly Row[] = [
  ['no such process (ESRCH)', GONE],
  ['no such process, and nobody listens', { ...GONE, socket: 'refused' }],
  ['no such process, and its socket file is gone', { ...GONE, socket: 'missing' }],
  ['a recycled pid: another start time', { isSameStart: false }],
  ['a recycled pid that happens to be stopped', { isSameStart: false, ...inState('T') }],
  ['a zombie of one thread', inState('Z')],
  ['state X with no thread left', inState('X', 0)],
  ['an earlier boot', { isSameBoot: false }],
  ['an earlier boot, its pid in use again', { isSameBoot: false, isSameStart: false }],
  ['an earlier boot, its socket path in use again', { isSameBoot: false, socket: 'connected' }],
  ['an earlier boot and another namespace', { isSameBoot: false, ...ELSEWHERE, socket: 'missing' }],
  ['another namespace, and nobody listens', { ...ELSEWHERE, socket: 'refused' }],
];

describe('not dead:', () => {
  test.each(NOT_DEAD)('%s', (_fact, change, verdict) => {
    expect(judgeOwner({ ...HEALTHY, ...change })).toBe(verdict);
  });
});

describe('dead:', () => {
  test.each(DEAD)('%s', (_fact, change) => {
    expect(judgeOwner({ ...HEALTHY, ...change })).toBe('dead');
  });
});

const evidence: fc.Arbitrary<Evidence> = fc.record({
  isSameBoot: fc.boolean(),
  isSameNamespace: fc.boolean(),
  exists: fc.constantFrom('yes', 'no', 'foreign'),
  facts: fc.option(
    fc.record({ state: fc.constantFrom('R', 'S', 'D', 'T', 't', 'Z', 'X', 'I', '?'), threads: fc.nat(3) }),
    { nil: undefined },
  ),
  isSameStart: fc.option(fc.boolean(), { nil: undefined }),
  socket: fc.constantFrom('connected', 'refused', 'missing', undefined),
});

describe('of any evidence', () => {
  test('a socket that answers is never dead, but on an earlier boot', () => {
    fc.assert(
      fc.property(evidence, one => {
        expect(judgeOwner({ ...one, isSameBoot: true, socket: 'connected' })).not.toBe('dead');
      }),
    );
  });

  test('what cannot be read is alive', () => {
    fc.assert(
      fc.property(evidence, one => {
        const unread = { ...one, isSameBoot: true, facts: undefined, isSameStart: undefined } as const;
        if (one.exists !== 'no' && one.isSameNamespace) expect(judgeOwner(unread)).toBe('alive');
      }),
    );
  });

  test('the pid of another namespace says nothing', () => {
    fc.assert(
      fc.property(evidence, evidence, (one, other) => {
        const elsewhere = { isSameBoot: true, isSameNamespace: false, socket: one.socket } as const;
        expect(judgeByPid({ ...one, ...elsewhere })).toBeUndefined();
        expect(judgeOwner({ ...one, ...elsewhere })).toBe(judgeOwner({ ...other, ...elsewhere }));
      }),
    );
  });

  test('dead needs a proof: another boot, no process, another start, an ended zombie, or a refusal', () => {
    fc.assert(
      fc.property(evidence, one => {
        if (judgeOwner(one) !== 'dead' || !one.isSameBoot) return;
        const isEnded = ['Z', 'X'].includes(one.facts?.state ?? '') && (one.facts?.threads ?? 9) <= 1;
        const byPid = one.isSameNamespace && (one.exists === 'no' || one.isSameStart === false || isEnded);
        const isPidMute = !one.isSameNamespace || one.isSameStart === undefined;
        const bySocket = isPidMute && one.socket === 'refused';
        expect(byPid || bySocket).toBe(true);
      }),
    );
  });
});
