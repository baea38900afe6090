// A crash explained: the causes its figures speak for, and what to type, reckoned for the machine.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Cause } from '../../../src/diagnosis/crash-causes.ts';
import { explainCrash } from '../../../src/diagnosis/explain-crash.ts';
import { fixture } from '../../helpers/paths.ts';

const GIB = 2 ** 30;
const log = (name: string): string => readFileSync(join(fixture('crash-logs'), name), 'utf8');

const CAUSES: [string, number, Cause[]][] = [
  ['node12-thrash.txt', 1, ['steady-growth', 'gc-thrash']],
  ['node14-single.txt', 64, ['sudden-allocation', 'limit-low']],
  ['node16-heap.txt', 1, ['steady-growth']],
  ['node16-heap.txt', 64, ['steady-growth', 'limit-low']],
  ['node18-sudden.txt', 0.5, ['sudden-allocation']],
  ['node20-semi-space.txt', 64, ['outside-heap']],
  ['node20-length.txt', 64, ['too-long']],
  ['node22-trace-gc.txt', 0.1, ['steady-growth', 'gc-thrash']],
  ['node22-worker.txt', 64, ['worker-limit']],
  ['node22-report.json', 64, ['limit-low']],
  ['node26-last-resort.txt', 0.1, ['steady-growth']],
  ['node26-buffer.txt', 64, ['outside-heap']],
  ['kernel.txt', 64, ['killed-by-system']],
];

test.each(CAUSES)('%s on a machine of %f GiB: %j', (name, gib, causes) => {
  expect(explainCrash(log(name), gib * GIB).causes.map(({ cause }) => cause)).toEqual(causes);
});

test('what filled the heap for hours is a leak', () => {
  const text = `[8398:0x2403ab30] 76983070 ms: Mark-Compact 1671.8 (1839.6) -> 1655.2 (1839.3) MB, 267.98 / 0.01 ms (average mu = 0.346, current mu = 0.362) allocation failure; scavenge might not succeed
[8398:0x2403ab30] 76984070 ms: Mark-Compact 1672.9 (1839.3) -> 1657.2 (1838.8) MB, 249.17 / 0.00 ms (average mu = 0.313, current mu = 0.271) allocation failure; scavenge might not succeed
FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory`;
  const { causes, figures } = explainCrash(text, 8 * GIB);
  expect(figures.growth).toEqual({ mb: 2, overMs: 1000, mbPerSecond: 2, collections: 2, isFull: true });
  expect(causes[0]).toEqual({
    cause: 'slow-leak',
    why: '1.6 GiB filled up in 21h23m, 2.0 MiB a second at the end; the last full collection found 0.9% to free: something is kept that should have been let go',
  });
});

test('growth is measured over full collections where there are two, and never over the last resort', () => {
  const growth = (name: string) => explainCrash(log(name), GIB).figures.growth;
  expect(growth('node16-heap.txt')).toMatchObject({ collections: 2, isFull: true, overMs: 868 });
  expect(growth('node22-interleaved.txt')).toMatchObject({ collections: 2, isFull: false });
  expect(growth('node14-single.txt')).toBeUndefined();
  expect(growth('node20-zone.txt')).toBeUndefined();
});

test('the limit is named where the log names it, and nowhere else', () => {
  const limit = (text: string) => {
    const { limitMb, limitFrom } = explainCrash(text, GIB).figures;
    return [limitMb, limitFrom];
  };
  expect(limit(log('node22-report.json'))).toEqual([80, 'report']);
  expect(limit(`$ node --max-old-space-size=256 x.js\n${log('node20-heap.txt')}`)).toEqual([
    256,
    'command line',
  ]);
  expect(limit(log('node20-heap.txt'))).toEqual([undefined, undefined]);
});

const commands = (text: string, bytes: number) =>
  explainCrash(text, bytes).advice.map(({ command }) => command);

test('the limit to type is twice the old one, as far as the machine can give it', () => {
  const text = `node --max-old-space-size=2048 x.js\n${log('node16-heap.txt')}`;
  const raised = (gib: number) => commands(text, gib * GIB)[0];
  expect(raised(16)).toBe('NODE_OPTIONS=--max-old-space-size=4096 seqx --memory-limit 5120M COMMAND');
  expect(raised(4)).toBe('NODE_OPTIONS=--max-old-space-size=3072 seqx --memory-limit 4096M COMMAND');
  expect(raised(2)).toBeUndefined();
  expect(explainCrash(text, 2 * GIB).advice[0]?.what).toMatch(
    /^do not raise the limit: 2\.0 GiB is what this/,
  );
});

test('nothing that is to be typed is more than a small container has', () => {
  const mib = (mb: number) => mb * 2 ** 20;
  const raised = (mb: number) =>
    commands(`node --max-old-space-size=40 x.js\n${log('node16-heap.txt')}`, mib(mb))[0];
  expect(raised(120)).toBe('NODE_OPTIONS=--max-old-space-size=80 seqx --memory-limit 120M COMMAND');
  expect(raised(512)).toBe('NODE_OPTIONS=--max-old-space-size=256 seqx --memory-limit 512M COMMAND');
  expect(commands('OOMKilled', mib(120))).not.toContain(expect.stringContaining('256'));
  expect(commands(log('kernel.txt'), mib(120))).toContain('seqx --memory-limit 80M COMMAND');
  const { advice } = explainCrash(`node --max-old-space-size=100 x.js\n${log('node16-heap.txt')}`, mib(120));
  expect(advice[0]?.what).toMatch(/^do not raise the limit: 100 MiB is what this machine with 120 MiB/);
});

test.each([
  ['Killed', '137 is SIGKILL'],
  ['zsh: killed     node x.js', '137 is SIGKILL'],
  ['npm error signal SIGKILL', '137 is SIGKILL'],
  ['Aborted (core dumped)', '134 is SIGABRT'],
  ['make: *** [all] Error 134', '134 is SIGABRT'],
])('%j tells of a signal, and of the right one', (text, why) => {
  const { causes, advice } = explainCrash(text, GIB);
  expect(causes[0]?.why).toContain(why);
  expect(advice[0]?.what).toMatch(why.startsWith('137') ? /the kernel whom it killed/ : /let Node write/);
});

test('a refusal before there is a heap names its place', () => {
  const { causes } = explainCrash(
    '# Fatal process OOM in Failed to reserve virtual memory for CodeRange',
    GIB,
  );
  expect(causes).toMatchObject([
    {
      cause: 'outside-heap',
      why: expect.stringContaining('(Failed to reserve virtual memory for CodeRange)'),
    },
  ]);
});

test('a heap snapshot is taken as the version can take it', () => {
  const near = 'NODE_OPTIONS=--heapsnapshot-near-heap-limit=2 COMMAND';
  expect(commands(log('node20-heap.txt'), GIB)).toContain(near);
  const old = `${log('node12-thrash.txt')}\n[/root/.nvm/versions/node/v12.22.12/bin/node]`;
  expect(commands(old, GIB).join('\n')).toContain('--heapsnapshot-signal=SIGUSR2');
});

test('below the limit of a container Node gets three quarters of it', () => {
  expect(commands(log('kernel-cgroup.txt'), 64 * GIB)).toEqual([
    'NODE_OPTIONS=--max-old-space-size=768 COMMAND',
    undefined,
  ]);
  expect(commands('Reason: OOMKilled', 64 * GIB)[0]).toContain('<three quarters of the limit, MB>');
});

test('a limit of seqx is doubled', () => {
  const line = 'seqx: memory: 2.1 GiB (PSS) is over the 2.0 GiB limit; ending "npm test" (pid 5)';
  expect(commands(line, 16 * GIB)).toEqual(['seqx history', 'seqx --memory-limit 4096M COMMAND']);
});

test.each([
  ['exit code 137', 'killed process'],
  ['npm ERR! errno 134', '--report-on-fatalerror'],
])('of "%s" alone no cause is made up', (text, command) => {
  const { causes, advice } = explainCrash(text, GIB);
  expect(causes).toMatchObject([{ cause: 'unclear' }]);
  expect(advice[0]?.command?.toLowerCase()).toContain(command);
});

test('no death, no advice', () => {
  expect(explainCrash('all tests passed\n', GIB)).toMatchObject({
    facts: { death: undefined },
    causes: [{ cause: 'unclear', why: 'no death by memory in the log' }],
    advice: [],
  });
});

test('mu is that of the last collection with the program at work; at the last resort the average alone counts', () => {
  const mu = (name: string) => {
    const { averageMu, lastMu } = explainCrash(log(name), GIB).figures;
    return [averageMu, lastMu];
  };
  expect(mu('node16-heap.txt')).toEqual([0.292, 0.26]);
  expect(mu('node24-thrash.txt')).toEqual([0.265, undefined]);
  expect(mu('node14-single.txt')).toEqual([0.815, undefined]);
  expect(mu('node26-buffer.txt')).toEqual([undefined, undefined]);
});
