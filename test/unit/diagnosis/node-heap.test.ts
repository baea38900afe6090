// Heap limits. The table was measured: v8.getHeapStatistics().heap_size_limit of each version on x64, with
// /proc/meminfo and the cgroup's limit replaced by files (unshare -m, mount --bind).

import { execFileSync } from 'node:child_process';
import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { defaultHeapMb, heapLimit, majorFromPath, ownFlags } from '../../../src/diagnosis/node-heap.ts';

const MB = 2 ** 20;
const VERSIONS = [12, 14, 16, 18, 20, 22, 24, 26];
/** Memory in MiB, and the limit that each version then has. */
const MEASURED: [number, number[]][] = [
  [256, [259, 259, 259, 259, 259, 259, 259, 262]],
  [512, [259, 259, 259, 259, 259, 259, 259, 268]],
  [1024, [524, 524, 524, 524, 524, 524, 560, 536]],
  [1536, [792, 792, 792, 792, 792, 792, 864, 816]],
  [2048, [1048, 1048, 1048, 1048, 1048, 1048, 1120, 1072]],
  [3072, [1584, 1584, 1584, 1584, 1584, 1584, 1728, 1632]],
  [4096, [2096, 2096, 2096, 2096, 2096, 2096, 2240, 2144]],
  [8192, [2096, 2096, 2096, 2096, 2096, 2096, 2240, 2144]],
  [15_000, [2096, 2096, 2096, 2096, 2096, 2096, 2240, 2144]],
  [15_360, [2096, 2096, 2096, 2096, 2096, 4144, 4288, 4192]],
  [15_800, [2096, 2096, 2096, 2096, 2096, 4144, 4288, 4192]],
  [16_000, [2096, 4144, 4144, 4144, 4144, 4144, 4288, 4192]],
  [24_576, [2096, 4144, 4144, 4144, 4144, 4144, 4288, 4192]],
  [131_072, [2096, 4144, 4144, 4144, 4144, 4144, 4288, 4192]],
];

test.each(MEASURED)('with %i MiB of memory the default is as measured', (memoryMb, limits) => {
  const found = VERSIONS.map(major => defaultHeapMb(major, { totalBytes: memoryMb * MB }));
  expect(found).toEqual(limits);
});

test.each([
  [18, 4144],
  [20, 524],
  [24, 560],
  [26, 536],
])('Node %i heeds a container limit of 1 GiB on 24 GiB as it does: %i MiB', (major, mb) => {
  expect(defaultHeapMb(major, { totalBytes: 24_576 * MB, cgroupLimitBytes: 1_024 * MB })).toBe(mb);
});

test('the default of this very Node is what V8 says', () => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const said = execFileSync(
    process.execPath,
    ['-p', '[v8.getHeapStatistics().heap_size_limit, process.constrainedMemory?.() ?? 0].join(" ")'],
    { env, encoding: 'utf8' },
  );
  const [limitBytes = 0, constrained = 0] = said.trim().split(' ').map(Number);
  const totalBytes = totalmem();
  // Without a limit libuv answers 0 or a number beyond all memory.
  const room =
    constrained > 0 && constrained < totalBytes
      ? { totalBytes, cgroupLimitBytes: constrained }
      : { totalBytes };
  const major = Number.parseInt(process.versions.node, 10);
  expect(defaultHeapMb(major, room)).toBeCloseTo(limitBytes / MB, -1);
});

const ROOM = { totalBytes: 8_192 * MB };
const limit = (argv: string[], nodeOptions?: string, major: number | undefined = 20) =>
  heapLimit({ argv, nodeOptions, major }, ROOM);

test.each([
  [['node', 'x.js'], undefined, { mb: 2096, from: 'default' }],
  [['node', '--max-old-space-size=512', 'x.js'], undefined, { mb: 512, from: 'command line' }],
  [['node', '--max_old_space_size=512', 'x.js'], undefined, { mb: 512, from: 'command line' }],
  [['node', '--max-heap-size=700', 'x.js'], undefined, { mb: 700, from: 'command line' }],
  [['node', '--max-old-space-size-percentage=50', 'x.js'], undefined, { mb: 4096, from: 'command line' }],
  [['node', '--max-old-space-size=1', '--max-old-space-size=2'], undefined, { mb: 2, from: 'command line' }],
  [['node', '--max-old-space-size=0', 'x.js'], undefined, { mb: 2096, from: 'default' }],
  [['node', '--max-old-space-size=lots', 'x.js'], undefined, { mb: 2096, from: 'default' }],
  [['node', 'x.js', '--max-old-space-size=512'], undefined, { mb: 2096, from: 'default' }],
  [['node', '-e', '--max-old-space-size=512'], undefined, { mb: 2096, from: 'default' }],
  [
    ['node', '-r', './hook.js', '--max-old-space-size=512', 'x.js'],
    undefined,
    { mb: 512, from: 'command line' },
  ],
  [['node', 'x.js'], '--max-old-space-size=300', { mb: 300, from: 'NODE_OPTIONS' }],
  [
    ['node', 'x.js'],
    '--no-warnings "--require=./a b.js" --max-old-space-size=300',
    { mb: 300, from: 'NODE_OPTIONS' },
  ],
  [
    ['node', '--max-old-space-size=512', 'x.js'],
    '--max-old-space-size=300',
    { mb: 512, from: 'command line' },
  ],
])('%j with NODE_OPTIONS %j', (argv, nodeOptions, expected) => {
  expect(limit(argv, nodeOptions)).toEqual(expected);
});

test('of an unknown version what was asked for is known, and the default is not', () => {
  const unknown = (argv: string[]) => heapLimit({ argv, nodeOptions: undefined, major: undefined }, ROOM);
  expect(unknown(['node', '--max-old-space-size=512', 'x.js'])).toEqual({ mb: 512, from: 'command line' });
  expect(unknown(['node', 'x.js'])).toBeUndefined();
});

test('the flags of Node end where the script begins', () => {
  expect(ownFlags(['node', '--a', '--import', 'x', '--b', 'script', '--c'])).toEqual([
    '--a',
    '--import',
    '--b',
  ]);
  expect(ownFlags(['node', '--a', '--', '--b'])).toEqual(['--a']);
  expect(ownFlags(['node'])).toEqual([]);
});

test.each([
  ['/home/ann/.nvm/versions/node/v18.19.1/bin/node', 18],
  ['/opt/homebrew/Cellar/node/22.3.0/bin/node', 22],
  ['C:\\nvm\\v20.11.0\\node.exe', 20],
  ['/x/node_modules/.pnpm/node@24.1.0/node_modules/node/bin/node', 24],
  ['/usr/bin/node', undefined],
])('%s is Node %j', (path, major) => {
  expect(majorFromPath(path)).toBe(major);
});
