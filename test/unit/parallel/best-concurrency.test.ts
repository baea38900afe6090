// How many tasks at once: figures in, a number out.

import { expect, test } from 'vitest';
import { bestConcurrency } from '../../../src/parallel/best-concurrency.ts';

const MIB = 2 ** 20;

test.each([
  ['processors are what is short', { cpus: 2, available: 64_000, task: 512 }, 2],
  ['memory is what is short', { cpus: 16, available: 4_000, task: 512 }, 6],
  ['a fifth of the memory is left alone', { cpus: 16, available: 1_280, task: 512 }, 2],
  ['just not room for another', { cpus: 16, available: 1_279, task: 512 }, 1],
  ['no room at all: one', { cpus: 16, available: 0, task: 512 }, 1],
  ['one task larger than the machine: one', { cpus: 16, available: 4_000, task: 64_000 }, 1],
  ['never more than asked for', { cpus: 16, available: 64_000, task: 512, most: 4 }, 4],
  ['a fraction asked for', { cpus: 16, available: 64_000, task: 512, most: 2.9 }, 2],
  ['tasks that need nothing', { cpus: 8, available: 1, task: 0 }, 8],
])('%s', (_fact, { cpus, available, task, ...rest }, expected) => {
  const facts = { cpus, availableBytes: available * MIB, taskBytes: task * MIB, ...rest };
  expect(bestConcurrency(facts)).toBe(expected);
});
