// One look serves many questions, and only for as long as it is fresh.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { remembered } from '../../../src/platform/remembered.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

test('looks again when the answer is older than one interval', () => {
  const look = vi.fn(() => look.mock.calls.length);
  const answer = remembered(250, look);
  expect([answer(), answer()]).toEqual([1, 1]);
  vi.advanceTimersByTime(250);
  expect(answer()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(answer()).toBe(2);
});
