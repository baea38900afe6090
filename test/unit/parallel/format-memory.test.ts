// Memory in words.

import { expect, test } from 'vitest';
import { formatMemory } from '../../../src/parallel/format-memory.ts';
import { MIB, usage } from './made-up-process.ts';

test.each([
  [0, '0 B'],
  [1.5 * 1024 * MIB, '1.5 GiB'],
  [usage(120, { externalBytes: 2 * MIB }), '120 MiB (heap 20.0 MiB of 4.0 GiB, buffers 2.0 MiB)'],
])('%j is %j', (memory, text) => {
  expect(formatMemory(memory)).toBe(text);
});
