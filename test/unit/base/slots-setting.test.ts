// How many slots: the file's word for all, the old scripts' names, and what a single call may ask for.

import { describe, expect, test } from 'vitest';
import { oldParallel } from '../../../src/base/old-parallel.ts';
import { fileSource, oldNamesSource, settle } from '../../../src/base/settings.ts';
import { refuseMoreSlots } from '../../../src/base/slots-limit.ts';

describe('SAFE_PARALLEL and CONCURRENCY_LIMIT', () => {
  test.each([
    [{}, undefined],
    [{ CONCURRENCY_LIMIT: '4' }, undefined],
    [{ SAFE_PARALLEL: '', CONCURRENCY_LIMIT: '4' }, undefined],
    [{ SAFE_PARALLEL: 'true' }, { name: 'SAFE_PARALLEL', text: '2' }],
    [
      { SAFE_PARALLEL: '1', CONCURRENCY_LIMIT: '' },
      { name: 'SAFE_PARALLEL', text: '2' },
    ],
    [
      { SAFE_PARALLEL: 'yes', CONCURRENCY_LIMIT: '4' },
      { name: 'CONCURRENCY_LIMIT', text: '4' },
    ],
    [
      { SAFE_PARALLEL: 'false', CONCURRENCY_LIMIT: '4' },
      { name: 'SAFE_PARALLEL', text: '1' },
    ],
  ])('%j ask for %j', (env, expected) => {
    expect(oldParallel(env)).toEqual(expected);
  });

  test('are named where they decide', () => {
    const env = { SAFE_PARALLEL: 'true', CONCURRENCY_LIMIT: '3', MEMORY_THRESHOLD: '8192' };
    const { settings, origins } = settle([oldNamesSource(env)]);
    expect(settings).toMatchObject({ slots: 3, memoryThreshold: 8 * 2 ** 30 });
    expect(origins).toMatchObject({ slots: 'CONCURRENCY_LIMIT', memoryThreshold: 'MEMORY_THRESHOLD' });
  });

  test('that are malformed are refused by name', () => {
    expect(() => oldParallel({ SAFE_PARALLEL: 'maybe' })).toThrow(
      'SAFE_PARALLEL is "maybe"; it takes 1 or 0',
    );
    const source = oldNamesSource({ SAFE_PARALLEL: 'true', CONCURRENCY_LIMIT: '0' });
    expect(() => settle([source])).toThrow('CONCURRENCY_LIMIT is "0"; it takes a whole number from 1 to 64');
  });
});

describe('more slots', () => {
  const files = [fileSource('/w/seqx.toml', { wait: 1 }), fileSource('/u/config.toml', { slots: 3 })];

  test.each([1, 2, 3])('%i are as many as the file has, or fewer', slots => {
    expect(() => refuseMoreSlots(slots, '--slots', files)).not.toThrow();
  });

  test('than the strongest file that says so has are refused, by its name', () => {
    expect(() => refuseMoreSlots(4, '--slots', files)).toThrow(
      '--slots asks for 4 slots, but slots in /u/config.toml is 3: one call may ask for fewer, never for more',
    );
  });

  test('may be asked for where no file says anything', () => {
    expect(() => refuseMoreSlots(64, 'SEQX_SLOTS', [])).not.toThrow();
  });

  test.each([0, -1, 1.5, 65, Number.NaN])('such as %d are no number of slots', slots => {
    expect(() => refuseMoreSlots(slots, 'settings.slots', [])).toThrow(
      `settings.slots is ${slots}; it takes a whole number from 1 to 64`,
    );
  });
});
