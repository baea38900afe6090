// Sizes and durations: what is understood, what is refused, and that what is shown can be typed again.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatDuration,
  parseDuration,
  parseSize,
  spellDuration,
  spellSize,
} from '../../../src/base/units.ts';

const KIB = 1024;
const MIB = KIB * KIB;
const GIB = KIB * MIB;

describe('parseSize', () => {
  test.each([
    ['0', 0],
    ['512', 512 * MIB],
    ['1.5', 1.5 * MIB],
    ['100b', 100],
    ['100kb', 100 * KIB],
    ['512M', 512 * MIB],
    ['512 MiB', 512 * MIB],
    ['2GiB', 2 * GIB],
    ['1.5g', 1.5 * GIB],
    ['1T', 1024 * GIB],
    [' 7m ', 7 * MIB],
  ])('reads %j', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each([
    '',
    ' ',
    '-1',
    '+1',
    '1e3',
    '0x10',
    '1,5G',
    '1.G',
    '.5G',
    'G',
    '5x',
    '5MM',
    '1G5',
    '5 5',
    'NaN',
    'Infinity',
    '9'.repeat(30),
    '٥',
    '5m\n5',
  ])('refuses %j', text => {
    expect(parseSize(text)).toBeUndefined();
  });
});

describe('parseDuration', () => {
  test.each([
    ['0', 0],
    ['30', 30_000],
    ['0.5', 500],
    ['250ms', 250],
    ['5s', 5_000],
    ['5M', 300_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['1d2h3m4s5ms', 93_784_005],
    [' 1m ', 60_000],
  ])('reads %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    '',
    ' ',
    '-5s',
    '5 s',
    '5sec',
    '1h 30m',
    '1e3',
    '1.5.5s',
    's',
    '.5s',
    '5.s',
    'h1',
    '1m30',
    '٥s',
    'Infinity',
    '101d'.repeat(400),
    '9'.repeat(400),
  ])('refuses %j', text => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('ends at a hundred years, below what timers can count', () => {
    expect(parseDuration('36500d')).toBe(36_500 * 86_400_000);
    expect(parseDuration('36501d')).toBeUndefined();
  });
});

test('any text is a whole number that is not negative, or nothing', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      for (const value of [parseSize(text), parseDuration(text)]) {
        if (value !== undefined) expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
      }
    }),
  );
});

describe('formatBytes', () => {
  test.each([
    [-5, '0 B'],
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [50 * MIB, '50.0 MiB'],
    [512 * MIB, '512 MiB'],
    [1.1 * GIB, '1.1 GiB'],
    [2 * GIB, '2.0 GiB'],
    [120 * GIB, '120.0 GiB'],
    [5000 * 1024 * GIB, '5000.0 TiB'],
  ])('shows %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test('what is shown, read again, is at most 5 % away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 45 }), bytes => {
        const back = parseSize(formatBytes(bytes)) ?? Number.NaN;
        expect(Math.abs(back - bytes) / bytes).toBeLessThanOrEqual(0.05);
      }),
    );
  });
});

describe('spelling', () => {
  test.each([
    [0, '0'],
    [1_000, '1000B'],
    [2_048 * MIB, '2G'],
    [2_050 * MIB, '2050M'],
    [1.5 * GIB, '1536M'],
  ])('a size of %d bytes is %s', (bytes, text) => {
    expect(spellSize(bytes)).toBe(text);
  });

  test.each([
    [0, '0'],
    [1_500, '1500ms'],
    [90_000, '90s'],
    [300_000, '5m'],
    [7 * 86_400_000, '7d'],
  ])('a duration of %d ms is %s', (ms, text) => {
    expect(spellDuration(ms)).toBe(text);
  });

  test('is exact when it is read again', () => {
    const amount = fc.oneof(fc.integer({ min: 0, max: 2 ** 45 }), fc.constantFrom(MIB, 3 * GIB, 3_600_000));
    fc.assert(
      fc.property(amount, value => {
        expect(parseSize(spellSize(value))).toBe(value);
        const ms = value % 1e12;
        expect(parseDuration(spellDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('formatDuration', () => {
  test.each([
    [-5, '0ms'],
    [0, '0ms'],
    [450.9, '450ms'],
    [999.9, '999ms'],
    [1_000, '1s'],
    [1_500, '1.5s'],
    [9_949, '9.9s'],
    [9_950, '10s'],
    [12_000, '12s'],
    [59_499, '59s'],
    [59_500, '1m'],
    [72_000, '1m12s'],
    [110_000, '1m50s'],
    [300_000, '5m'],
    [3_599_600, '1h'],
    [7_500_000, '2h05m'],
    [273_600_000, '3d04h'],
  ])('shows %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('what is shown, read again, is at most 5 % away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 * 86_400_000 }), ms => {
        const back = parseDuration(formatDuration(ms)) ?? Number.NaN;
        expect(Math.abs(back - ms) / ms).toBeLessThanOrEqual(0.05);
      }),
    );
  });
});
