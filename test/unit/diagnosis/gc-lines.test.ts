// V8's lines about its collections, as every version since Node 8 writes them, whole and cut.

import { expect, test } from 'vitest';
import { readCollections } from '../../../src/diagnosis/gc-lines.ts';

const figures = (text: string) =>
  readCollections(text).map(c => [c.atMs, c.name, c.usedBeforeMb, c.usedAfterMb, c.committedMb, c.pauseMs]);
const mu = (text: string) => readCollections(text).map(c => [c.averageMu, c.currentMu]);

const ONE_LINE: [string, string, (string | number)[]][] = [
  [
    'Node 8, without mu',
    '[3575:0x3ed7c20]     4252 ms: Scavenge 389.0 (394.0) -> 388.0 (394.0) MB, 0.1 / 0.0 ms  allocation failure',
    [4252, 'Scavenge', 389, 388, 394, 0.1],
  ],
  [
    'Node 12',
    '[8:0x5a]    812 ms: Mark-sweep 62.1 (65.2) -> 62.0 (66.2) MB, 45.9 / 0.0 ms  (average mu = 0.278, current mu = 0.241) last resort',
    [812, 'Mark-sweep', 62.1, 62, 66.2, 45.9],
  ],
  [
    'Node 16, reducing',
    '[8:0x5a]  394 ms: Mark-sweep (reduce) 58.6 (80.4) -> 58.4 (65.4) MB, 49.8 / 0.0 ms  (average mu = 0.442, current mu = 0.100)',
    [394, 'Mark-sweep (reduce)', 58.6, 58.4, 65.4, 49.8],
  ],
  [
    'Node 20',
    '[8:0x5a]  189 ms: Mark-Compact 86.5 (118.9) -> 52.9 (85.4) MB, 19.53 / 0.00 ms  (average mu = 0.683, current mu = 0.663) allocation failure; scavenge might not succeed',
    [189, 'Mark-Compact', 86.5, 52.9, 85.4, 19.53],
  ],
  [
    'Node 22, with the pool',
    '[8:0x5a]  336 ms: Scavenge (interleaved) 58.5 (80.1) -> 58.2 (90.1) MB, pooled: 0 MB, 30.26 / 0.00 ms  (average mu = 0.715, current mu = 0.701) task;',
    [336, 'Scavenge (interleaved)', 58.5, 58.2, 90.1, 30.26],
  ],
  [
    'Node 26, incremental, one space before the words',
    '[8:0x5a]  7726 ms: Incremental Mark-Compact (reduce) 1016.9 (1025.1) -> 1016.9 (1019.4) MB, pooled: 0.0 MB, 525.14 / 0.00 ms (+ 0.0 ms in 1 steps)',
    [7726, 'Incremental Mark-Compact (reduce)', 1016.9, 1016.9, 1019.4, 525.14],
  ],
  [
    'Windows, whose addresses have no 0x',
    '[6904:0000029E16A50000]  1889696 ms: Scavenge (during sweeping) 2043.3 (2047.8) -> 2042.0 (2048.3) MB, pooled: 0.0 MB, 3.93 / 0.00 ms (average mu = 0.274, current mu = 0.258)',
    [1889696, 'Scavenge (during sweeping)', 2043.3, 2042, 2048.3, 3.93],
  ],
  [
    'through a tool that marks its lines',
    '[Error] [16886:0x158008000]   199674 ms: Scavenge 1998.2 (2066.1) -> 1996.5 (2069.8) MB, 7.8 / 0.0 ms  (average mu = 0.774, current mu = 0.385) allocation failure  ',
    [199674, 'Scavenge', 1998.2, 1996.5, 2069.8, 7.8],
  ],
  [
    'wrapped by a mail program',
    '[8398:0x2403ab30] 76983070 ms: Mark-Compact 1671.8 (1839.6) -> 1655.2\n(1839.3) MB, 267.98 / 0.01 ms (average mu = 0.346, current mu = 0.362)\nallocation failure',
    [76983070, 'Mark-Compact', 1671.8, 1655.2, 1839.3, 267.98],
  ],
];

test.each(ONE_LINE)('reads a collection of %s', (_what, line, expected) => {
  expect(figures(line)).toEqual([expected]);
});

test('reads several records on one line, the first without its beginning', () => {
  const line =
    '4f[8:0x5a]  812 ms: Mark-sweep 62.1 (65.2) -> 62.0 (66.2) MB, 45.9 / 0.0 ms  (average mu = 0.278, current mu = 0.241) all[8:0x5a]  877 ms: Mark-sweep 62.3 (65.2) -> 62.1 (65.2) MB, 53.0 / 0.0 ms  (average mu = 0.230, current mu = 0.182) last resort GC in ol';
  expect(readCollections(line)).toMatchObject([
    { isolate: '8:0x5a', atMs: 812, averageMu: 0.278, currentMu: 0.241, isLastResort: false },
    { isolate: '8:0x5a', atMs: 877, averageMu: 0.23, currentMu: 0.182, isLastResort: true },
  ]);
});

const RECORD = '[8:0x5a]  9 ms: Mark-Compact 2.5 (4.0) -> 2.1 (4.0) MB, 1.00 / 0.00 ms';
const CUT: [string, [number | undefined, number | undefined]][] = [
  ['  (average mu = 0.474, current mu = 0.401)', [0.474, 0.401]],
  ['  (average mu = 0.474, current mu = 0.40', [0.474, undefined]],
  ['  (average mu = 0.474, current mu = 0', [0.474, undefined]],
  ['  (average mu = 0.474, curr', [0.474, undefined]],
  ['  (average mu = 0.4', [undefined, undefined]],
  ['  (+ 867.1 ms in 88 steps since start of mar', [undefined, undefined]],
  ['', [undefined, undefined]],
];

test.each(CUT)('takes no part of a figure: after "%s"', (words, expected) => {
  expect(
    mu(`${RECORD}${words}\n\n<--- JS stacktrace --->\n\n(average mu = 0.999, current mu = 0.999)`),
  ).toEqual([expected]);
});

test.each([
  '[8:0x5a]  9 ms: Mark-Compact 2.5 (4.0) -> 2.1 (4.0) MB, 1.00 / 0.0',
  '[8:0x5a]  9 ms: Mark-Compact 2.5 (4.0) -> 2.',
  '-> 2.1 (4.0) MB, 1.00 / 0.00 ms  (average mu = 0.474, current mu = 0.401)',
  'the build took 9 ms: Mark wrote 2.5 (4.0) lines',
  '',
])('leaves out what is no whole record: %j', text => {
  expect(readCollections(text)).toEqual([]);
});

test('takes a record once, though --trace-gc and the last block both have it', () => {
  expect(readCollections(`${RECORD}\n<--- Last few GCs --->\n${RECORD}\n`)).toHaveLength(1);
});

test.each([
  ['Mark-sweep', true],
  ['Mark-Compact (reduce)', true],
  ['Incremental Mark-Compact', true],
  ['Scavenge', false],
  ['Minor Mark-Sweep', false],
])('%s is a full collection: %j', (name, isFull) => {
  expect(readCollections(`[8:0x5a] 9 ms: ${name} 2.5 (4.0) -> 2.1 (4.0) MB, 1.0 / 0.0 ms`)).toMatchObject([
    { name, isFull },
  ]);
});
