// One place for every request to stop.

import { expect, test, vi } from 'vitest';
import { Stop } from '../../../src/base/stop.ts';

const INT = { kind: 'signal', signal: 'SIGINT' } as const;
const CANCEL = { kind: 'cancel', by: 'seqx cancel' } as const;

test('the first request stays the reason, and every one is heard', () => {
  const stop = new Stop();
  const listener = vi.fn();
  stop.listen(listener);
  expect(stop.requested).toBeUndefined();
  stop.request(INT);
  stop.request(CANCEL);
  expect(stop.requested).toEqual(INT);
  expect(listener.mock.calls).toEqual([[INT], [CANCEL]]);
});

test('a listener hears from now on, until it is cancelled', () => {
  const stop = new Stop();
  const listener = vi.fn();
  stop.request(INT);
  const cancel = stop.listen(listener);
  stop.request(CANCEL);
  cancel();
  stop.request({ kind: 'abort' });
  expect(listener.mock.calls).toEqual([[CANCEL]]);
});

test('a listener that cancels itself or another keeps nobody from hearing', () => {
  const stop = new Stop();
  const heard: string[] = [];
  const cancelFirst = stop.listen(() => {
    heard.push('first');
    cancelFirst();
  });
  stop.listen(() => heard.push('second'));
  stop.request(INT);
  stop.request(INT);
  expect(heard).toEqual(['first', 'second', 'second']);
});
