// Which makes can use seqx.mk.

import { expect, test } from 'vitest';
import { explainMake, judgeMake } from '../../../src/init/make-version.ts';

test.each([
  ['GNU Make 4.3\nBuilt for x86_64-pc-linux-gnu\n', 0, 'fit'],
  ['GNU Make 4.4.1\n', 0, 'fit'],
  ['GNU Make 4.10\n', 0, 'fit'],
  ['GNU Make 5.0\n', 0, 'fit'],
  ['GNU Make 4.2.1\n', 0, 'old'],
  ['GNU Make 3.81\n', 0, 'old'],
  ['', 2, 'other'],
  ['', undefined, 'missing'],
] as const)('%j with exit %s is %s', (stdout, code, kind) => {
  const found = judgeMake({ stdout, code });
  expect(found.kind).toBe(kind);
  if (kind === 'fit') expect(explainMake(found)).toBeUndefined();
  else expect(explainMake(found)).toMatch(/4\.3 or newer$/);
});

test('an old one is named', () => {
  expect(explainMake(judgeMake({ stdout: 'GNU Make 3.81\n', code: 0 }))).toContain(
    'GNU make 3.81 is too old',
  );
});
