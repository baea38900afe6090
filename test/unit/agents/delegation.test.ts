// What is left of a delegation to do: a table of how its agents ended.

import { describe, expect, test } from 'vitest';
import {
  type AgentEnd,
  type Delegation,
  forgetFailures,
  isComplete,
  isDelegation,
  stateOf,
} from '../../../src/agents/delegation.ts';
import { agentsOf } from './agents.ts';

const AGENTS = agentsOf(`
  [agents.a]
  [agents.b]
  follows = ["a"]
  [agents.c]
  follows = ["b"]
  [agents.d]
  [agents.constructor]
  follows = ["c"]
`);
const STAGES = [['a'], ['b'], ['c', 'd'], ['constructor']];

const end = (isOk: boolean): AgentEnd => ({
  isOk,
  outcome: 'exited',
  exitCode: isOk ? 0 : 1,
  signal: null,
  ranMs: 1,
  peakBytes: null,
  endedAt: '2026-01-01T00:00:00.000Z',
});

const delegation = (ok: string, failed: string): Delegation => ({
  schema: 'seqx.delegation/1',
  id: '00000000',
  task: 't',
  cwd: '/',
  startedAt: '2026-01-01T00:00:00.000Z',
  stages: STAGES,
  ends: Object.fromEntries([
    ...ok.split(' ').map(name => [name, end(true)]),
    ...failed.split(' ').map(name => [name, end(false)]),
  ]),
});

const ALL = ['a', 'b', 'c', 'd', 'constructor'];

test.each([
  ['', '', 'waiting waiting waiting waiting waiting'],
  ['a', '', 'ended waiting waiting waiting waiting'],
  ['', 'a', 'ended a a a a'],
  ['a', 'b', 'ended ended b waiting b'],
  ['a d', 'b', 'ended ended b ended b'],
  ['a b', 'd', 'ended ended waiting ended waiting'],
  ['a b d', 'c', 'ended ended ended ended c'],
  ['a b c d', 'constructor', 'ended ended ended ended ended'],
])('done: %j, failed: %j', (ok, failed, states) => {
  const now = delegation(ok, failed);
  const found = ALL.map(name => {
    const state = stateOf(name, now, AGENTS);
    return state.kind === 'left-out' ? state.because : state.kind;
  });
  expect(found.join(' ')).toBe(states);
  expect(isComplete(now)).toBe(false);
});

test('is complete when everybody has succeeded', () => {
  expect(isComplete(delegation('a b c d constructor', ''))).toBe(true);
});

test('taken up again, it knows only who succeeded', () => {
  expect(Object.keys(forgetFailures(delegation('a', 'b d')).ends)).toEqual(['a']);
});

describe('a file', () => {
  test('that was written by us is read back', () => {
    expect(isDelegation(JSON.parse(JSON.stringify(delegation('a', 'b'))))).toBe(true);
  });

  test.each([
    [null],
    [[]],
    ['x'],
    [{}],
    [{ ...delegation('', ''), schema: 'seqx.delegation/2' }],
    [{ ...delegation('', ''), task: 1 }],
    [{ ...delegation('', ''), stages: [] }],
    [{ ...delegation('', ''), stages: ['a'] }],
    [{ ...delegation('', ''), stages: [[1]] }],
    [{ ...delegation('', ''), ends: [] }],
    [{ ...delegation('', ''), ends: { a: 1 } }],
    [{ ...delegation('', ''), ends: { a: { isOk: 'yes' } } }],
  ])('that is none of ours is passed over: %j', value => {
    expect(isDelegation(value)).toBe(false);
  });
});
