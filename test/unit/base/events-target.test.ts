// What --events takes.

import { expect, test } from 'vitest';
import { parseEventsTarget } from '../../../src/base/events-target.ts';

test.each([
  ['/tmp/e.ndjson', { kind: 'file', path: '/tmp/e.ndjson' }],
  ['a b', { kind: 'file', path: 'a b' }],
  ['./fd:3', { kind: 'file', path: './fd:3' }],
  ['fd', { kind: 'file', path: 'fd' }],
  ['FD:3', { kind: 'file', path: 'FD:3' }],
  ['fd:1', { kind: 'descriptor', fd: 1 }],
  ['fd:65535', { kind: 'descriptor', fd: 65_535 }],
])('%j is %j', (text, target) => {
  expect(parseEventsTarget(text)).toEqual(target);
});

test.each([
  '',
  'fd:',
  'fd:0',
  'fd:x',
  'fd:-1',
  'fd:03',
  'fd:3 ',
  'fd:3x',
  'fd:1.5',
  'fd:65536',
  'fd:999999',
  'a\0b',
])('%j is malformed', text => {
  expect(parseEventsTarget(text)).toBeUndefined();
});
