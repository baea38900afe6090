// Endings and their exit codes: the table of docs/exit-codes.md.

import { describe, expect, test } from 'vitest';
import { exitCodeOf, type Outcome, outcomeWord, signalToRaise } from '../../../src/base/outcome.ts';

const ROWS: readonly [Outcome, number, string, NodeJS.Signals | undefined][] = [
  [{ kind: 'exited', code: 0 }, 0, 'exited', undefined],
  [{ kind: 'exited', code: 7 }, 7, 'exited', undefined],
  [{ kind: 'exited', code: 255 }, 255, 'exited', undefined],
  [{ kind: 'signalled', signal: 'SIGTERM' }, 143, 'signalled', 'SIGTERM'],
  [{ kind: 'signalled', signal: 'SIGKILL' }, 137, 'signalled', 'SIGKILL'],
  [{ kind: 'signalled', signal: 'SIGSEGV' }, 139, 'signalled', 'SIGSEGV'],
  [{ kind: 'interrupted', signal: 'SIGINT' }, 130, 'interrupted', 'SIGINT'],
  [{ kind: 'not-started', why: 'not-found', detail: '' }, 127, 'not-found', undefined],
  [{ kind: 'not-started', why: 'not-executable', detail: 'EACCES' }, 126, 'not-executable', undefined],
  [{ kind: 'not-run', reason: 'wait-passed' }, 75, 'wait-passed', undefined],
  [{ kind: 'not-run', reason: 'busy' }, 75, 'busy', undefined],
  [{ kind: 'not-run', reason: 'cancelled' }, 75, 'cancelled', undefined],
  [{ kind: 'not-run', reason: 'git-busy' }, 75, 'git-busy', undefined],
  [{ kind: 'ended', by: 'timeout', signal: 'SIGTERM' }, 124, 'timeout', undefined],
  [{ kind: 'ended', by: 'memory', signal: 'SIGKILL' }, 137, 'memory', undefined],
  [{ kind: 'ended', by: 'pressure', signal: 'SIGTERM' }, 137, 'pressure', undefined],
  [{ kind: 'ended', by: 'unwatched', signal: undefined }, 125, 'unwatched', undefined],
  [{ kind: 'ended', by: 'unprinted', signal: undefined }, 125, 'unprinted', undefined],
  [{ kind: 'ended', by: 'slot-lost', signal: 'SIGTERM' }, 75, 'slot-lost', undefined],
  [{ kind: 'ended', by: 'cancelled', signal: 'SIGTERM' }, 143, 'cancelled', 'SIGTERM'],
  [{ kind: 'ended', by: 'cancelled', signal: 'SIGKILL' }, 137, 'cancelled', 'SIGKILL'],
  [{ kind: 'ended', by: 'cancelled', signal: undefined }, 143, 'cancelled', undefined],
  [{ kind: 'ended', by: 'aborted', signal: 'SIGTERM' }, 143, 'aborted', undefined],
];

describe.each(ROWS)('%j', (outcome, code, word, signal) => {
  test(`is ${code} to the caller and ${word} in the journal`, () => {
    expect(exitCodeOf(outcome, 75)).toBe(code);
    expect(outcomeWord(outcome)).toBe(word);
    expect(signalToRaise(outcome)).toBe(signal);
  });

  test('takes the code of -E only where nothing was run, or the lock was lost', () => {
    const isConflict = outcome.kind === 'not-run' || (outcome.kind === 'ended' && outcome.by === 'slot-lost');
    expect(exitCodeOf(outcome, 42)).toBe(isConflict ? 42 : code);
  });
});

test('an ending that nobody knows is a bug and is thrown', () => {
  expect(() => exitCodeOf({ kind: 'melted' } as unknown as Outcome, 75)).toThrow('broken invariant');
});
