// Advice about the memory of a machine: when it is given, in which words, and what is to be typed.

import { expect, test } from 'vitest';
import { adviseOnMemory, type MemorySituation, type NodeHeap } from '../../../src/diagnosis/memory-advice.ts';

const GIB = 2 ** 30;

const HEALTHY: MemorySituation = {
  machine: {
    memoryBytes: 16 * GIB,
    availableBytes: 8 * GIB,
    isContainer: false,
    swapTotalBytes: 0,
    swapFreeBytes: 0,
    waitedPercent: 0,
    isUnderPressure: false,
  },
  heaviest: { pid: 77, command: ['java', '-jar', 'app.jar'], bytes: 3 * GIB, processes: 2 },
  runs: [],
  leftovers: { processes: 0, bytes: 0 },
  agents: { sessions: 1, bytes: GIB },
  nodes: [],
  limitBytes: 2 * GIB,
  slots: 1,
};

const machine = (changes: Partial<MemorySituation['machine']>) => ({
  machine: { ...HEALTHY.machine, ...changes },
});
const node = (changes: Partial<NodeHeap>): { nodes: NodeHeap[] } => ({
  nodes: [
    { pid: 5, command: ['node', 'x.js'], rssBytes: GIB, limitBytes: 2 * GIB, from: 'default', ...changes },
  ],
});
const run = (bytes: number) => ({ runs: [{ ticket: '3f9c01ab', command: ['make', 'test'], bytes }] });

const ADVICE: [string, Partial<MemorySituation>, string[]][] = [
  ['nothing is wrong', {}, []],
  ['dead runs have left something', { leftovers: { processes: 2, bytes: GIB } }, ['seqx memory --cleanup']],
  ['memory is short', machine({ availableBytes: GIB }), ['kill 77', 'seqx --scope user COMMAND']],
  ['macOS says so', machine({ isUnderPressure: true }), ['kill 77', 'seqx --scope user COMMAND']],
  ['tasks wait for memory', machine({ waitedPercent: 25 }), ['kill 77', 'seqx --scope user COMMAND']],
  ['nobody counts waits', machine({ waitedPercent: undefined }), []],
  [
    'memory is short, and a run of ours is the heaviest',
    { ...machine({ availableBytes: GIB }), ...run(4 * GIB) },
    ['seqx cancel 3f9c01ab', 'seqx --scope user COMMAND'],
  ],
  [
    'memory is short, and a run of ours is lighter than others',
    { ...machine({ availableBytes: GIB }), ...run(GIB) },
    ['kill 77', 'seqx --scope user COMMAND'],
  ],
  [
    'memory is short with several slots, and nobody else uses much',
    { ...machine({ availableBytes: GIB }), heaviest: undefined, slots: 2 },
    ['seqx --slots 1 COMMAND'],
  ],
  [
    'a small container',
    {
      ...machine({ memoryBytes: 120 * 2 ** 20, availableBytes: 100 * 2 ** 20 }),
      ...node({ limitBytes: GIB }),
    },
    ['NODE_OPTIONS=--max-old-space-size=80 COMMAND', 'seqx --memory-limit 80M COMMAND'],
  ],
  ['several agents run', { agents: { sessions: 3, bytes: 5 * GIB } }, ['seqx --scope user COMMAND']],
  [
    'swap is almost full',
    machine({ swapTotalBytes: 2 * GIB, swapFreeBytes: GIB / 10 }),
    ['seqx memory --machine --wait-below 12288M --timeout 5m && COMMAND'],
  ],
  ['swap is half full', machine({ swapTotalBytes: 2 * GIB, swapFreeBytes: GIB }), []],
  [
    'a heap may grow beyond the container',
    { ...machine({ memoryBytes: 4 * GIB, isContainer: true }), ...node({ limitBytes: 8 * GIB }) },
    ['NODE_OPTIONS=--max-old-space-size=3072 COMMAND'],
  ],
  [
    'a process is at its heap limit',
    node({ rssBytes: 1.8 * GIB }),
    ['NODE_OPTIONS=--max-old-space-size=4096 COMMAND'],
  ],
  ['a process is near a limit that cannot be raised', node({ rssBytes: 12 * GIB, limitBytes: 12 * GIB }), []],
  ['nobody knows a heap limit', node({ rssBytes: 12 * GIB, limitBytes: undefined }), []],
  ['runs have no limit', { limitBytes: 0 }, ['seqx --memory-limit 12288M COMMAND']],
  ['runs may use more than there is', { limitBytes: 20 * GIB }, ['seqx --memory-limit 12288M COMMAND']],
  ['two runs together may', { limitBytes: 9 * GIB, slots: 2 }, ['seqx --memory-limit 6144M COMMAND']],
];

test.each(ADVICE)('where %s', (_what, changes, commands) => {
  expect(adviseOnMemory({ ...HEALTHY, ...changes }).map(({ command }) => command)).toEqual(commands);
});

test('nothing is ever ended by its name', () => {
  for (const [, changes] of ADVICE) {
    for (const { command } of adviseOnMemory({ ...HEALTHY, ...changes })) {
      expect(command).not.toMatch(/pkill|killall|taskkill|-f /);
    }
  }
});

test('it says how much and who, with secrets masked', () => {
  const [first] = adviseOnMemory({
    ...HEALTHY,
    ...machine({ availableBytes: GIB }),
    heaviest: { pid: 77, command: ['java', '--token=abc'], bytes: 3 * GIB, processes: 2 },
  });
  expect(first?.what).toBe(
    '1.0 GiB of 16.0 GiB are left; pid 77 "java --token=***" with 2 processes uses 3.0 GiB: end it if you do not need it now',
  );
});
