// Where the threshold comes from, and when it sends tasks one by one.

import { describe, expect, test } from 'vitest';
import { isOneAtATime, megabytes, thresholdBytes } from '../../../src/parallel/memory-threshold.ts';

const MIB = 2 ** 20;

describe('the threshold', () => {
  test.each([
    ['the option', 100, { SEQX_MEMORY_THRESHOLD: '1G' }, 100],
    ['SEQX_MEMORY_THRESHOLD', undefined, { SEQX_MEMORY_THRESHOLD: '1G', MEMORY_THRESHOLD: '2048' }, 1_024],
    ['MEMORY_THRESHOLD, whose bare number is megabytes', undefined, { MEMORY_THRESHOLD: '2048' }, 2_048],
    ['an empty variable counts as unset', undefined, { SEQX_MEMORY_THRESHOLD: '' }, 4_096],
    ['the default', undefined, {}, 4_096],
    ['0 is off', 0, {}, Number.POSITIVE_INFINITY],
    ['0 is off in the environment, too', undefined, { MEMORY_THRESHOLD: '0' }, Number.POSITIVE_INFINITY],
  ])('%s', (_fact, option, env, mib) => {
    expect(thresholdBytes(option, env, 'memoryThresholdMb')).toBe(mib * MIB);
  });

  test.each([
    [undefined, { MEMORY_THRESHOLD: 'lots' }, /^MEMORY_THRESHOLD is "lots"; it takes a size/],
    [-1, {}, /^memoryThresholdMb is -1; it takes a number of megabytes from 0 up/],
    [Number.NaN, {}, /^memoryThresholdMb is NaN;/],
  ])('%j with %j is refused, and the source named', (option, env, message) => {
    expect(() => thresholdBytes(option, env, 'memoryThresholdMb')).toThrow(message);
  });
});

test('an option of another type is refused', () => {
  expect(() => megabytes('2G' as unknown as number, 'limitMb', 1)).toThrow(/^limitMb is "2G"; it takes/);
});

test('one at a time above the threshold, together again only 10 % below it', () => {
  let isSequential = false;
  const modes = [90, 100, 101, 95, 91, 90, 95, 100, 101].map(used => {
    isSequential = isOneAtATime(used, 100, isSequential);
    return isSequential;
  });
  expect(modes).toEqual([false, false, true, true, true, false, false, false, true]);
});
