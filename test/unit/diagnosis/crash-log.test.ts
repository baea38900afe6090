// Logs of deaths by memory. Those in fixtures/crash-logs were written by Node itself, 12 to 26, and by the
// kernel; here is what is read from each, and from what is left of them when they are cut.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CrashFacts, readCrashLog } from '../../../src/diagnosis/crash-log.ts';
import type { DeathKind } from '../../../src/diagnosis/crash-signs.ts';
import { fixture } from '../../helpers/paths.ts';

const LOGS = fixture('crash-logs');
const log = (name: string): string => readFileSync(join(LOGS, name), 'utf8');

/** Fixture, death, number of collections; of the last one: ms, MB in use, MB committed, mu. */
const READ: [string, DeathKind, number, (number | undefined)[]][] = [
  ['node12-thrash.txt', 'thrash', 2, [50022, 255.2, 257.4, 0]],
  ['node12-cut-start.txt', 'thrash', 2, [877, 62.1, 65.2, 0.182]],
  ['node14-single.txt', 'single', 2, [1233, 113.7, 118.8, 0.002]],
  ['node16-heap.txt', 'heap', 2, [48650, 255.2, 261.5, 0.26]],
  ['node18-sudden.txt', 'heap', 2, [321, 78.3, 110.9, 0.611]],
  ['node20-heap.txt', 'heap', 2, [47952, 255.5, 261.7, undefined]],
  ['node20-semi-space.txt', 'native', 2, [10492, 472.7, 481.6, 0]],
  ['node20-zone.txt', 'native', 1, [99, 79.3, 83.5, 1]],
  ['node20-length.txt', 'length', 0, []],
  ['node22-interleaved.txt', 'heap', 2, [401, 64.5, 99.1, 0.544]],
  ['node22-trace-gc.txt', 'heap', 14, [489, 31.4, 33.8, 0.08]],
  ['node22-snapshot.txt', 'heap', 2, [6157, 81.5, 120.2, 0.616]],
  ['node22-worker.txt', 'worker', 0, []],
  ['node22-report.json', 'heap', 0, []],
  ['node24-thrash.txt', 'thrash', 2, [50811, 248.2, 254.7, undefined]],
  ['node26-incremental.txt', 'thrash', 2, [7726, 1016.9, 1019.4, undefined]],
  ['node26-last-resort.txt', 'heap', 2, [933, 59.5, 65.6, 0.001]],
  ['node26-worklist.txt', 'native', 0, []],
  ['node26-buffer.txt', 'buffer', 0, []],
  ['kernel.txt', 'kernel', 0, []],
  ['kernel-cgroup.txt', 'kernel', 0, []],
];

const lastFigures = ({ collections }: CrashFacts) => {
  const last = collections.at(-1);
  return last ? [last.atMs, last.usedAfterMb, last.committedMb, last.currentMu] : [];
};

test.each(READ)('%s is a death of the kind %s', (name, kind, collections, figures) => {
  const facts = readCrashLog(log(name));
  expect([facts.death?.kind, facts.deaths, facts.collections.length]).toEqual([kind, 1, collections]);
  expect(lastFigures(facts)).toEqual(figures);
});

test('every fixture is read above', () => {
  expect(readdirSync(LOGS).sort()).toEqual(READ.map(([name]) => name).sort());
});

const marks: [string, (text: string) => string][] = [
  ['npm', text => text.replace(/^/gm, 'npm error ')],
  ['concurrently', text => text.replace(/^/gm, '[1] ')],
  ['docker compose', text => text.replace(/^/gm, '\u001b[36mweb-1  | \u001b[0m')],
  ['GitHub Actions', text => text.replace(/^/gm, '2026-11-21T03:12:44.1234567Z ')],
  ['Windows', text => text.replace(/\n/g, '\r\n')],
];

test.each(marks)('a log through %s says the same', (_what, mark) => {
  for (const [name, kind, , figures] of READ.filter(([file]) => file.startsWith('node1'))) {
    const facts = readCrashLog(mark(log(name)));
    expect([name, facts.death?.kind, lastFigures(facts)]).toEqual([name, kind, figures]);
  }
});

const WORDS: [string, DeathKind][] = [
  [
    'FATAL ERROR: MarkCompactCollector: young object promotion failed Allocation failed - JavaScript heap out of memory',
    'heap',
  ],
  ['FATAL ERROR: Scavenger: semi-space copy Allocation failed - JavaScript heap out of memory', 'heap'],
  ['FATAL ERROR: invalid array length Allocation failed - JavaScript heap out of memory', 'length'],
  ['FATAL ERROR: invalid table size Allocation failed - JavaScript heap out of memory', 'length'],
  [
    'FATAL ERROR: NewSpace::EnsureCurrentCapacity Allocation failed - JavaScript heap out of memory',
    'native',
  ],
  [
    'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed -\nJavaScript heap out of memory',
    'thrash',
  ],
  ['# Fatal JavaScript out of memory: Reached heap limit', 'heap'],
  ['# Fatal JavaScript invalid size error 169220804', 'length'],
  ['#\n# Fatal process OOM in Failed to reserve virtual memory for CodeRange\n#', 'native'],
  ['# Fatal process OOM in insufficient memory to create an Isolate', 'native'],
  ['# Fatal JavaScript OOM in Reached heap limit', 'heap'],
  ['RangeError: WebAssembly.Memory(): could not allocate memory', 'buffer'],
  [
    'RangeError: WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance',
    'buffer',
  ],
  ['Error: ENOMEM: not enough memory, read', 'native'],
  ["terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc", 'native'],
  ['Error: spawn node ENOMEM', 'native'],
  ['RangeError: Map maximum size exceeded', 'length'],
  ['Error: Cannot create a string longer than 0x1fffffe8 characters', 'length'],
  ['Killed process 799153 (node), UID 1000, total-vm:606096kB, anon-rss:68308kB, file-rss:13648kB', 'kernel'],
  [
    'Out of memory: Kill process 27438 (node) score 31 or sacrifice child\nKilled process 27438 (node) total-vm:38349780kB, anon-rss:1041924kB',
    'kernel',
  ],
  ['web.service: A process of this unit has been killed by the OOM killer.', 'kernel'],
  ['systemd-oomd[678]: Killed /user.slice/app.scope due to memory pressure', 'kernel'],
  ['    Reason:       OOMKilled\n    Exit Code:    137', 'kernel'],
  [
    'seqx: memory: 2.1 GiB (PSS) is over the 2.0 GiB limit; ending "npm test" (pid 5120): SIGTERM now',
    'seqx',
  ],
  ['npm ERR! errno 134', 'code'],
  ['error Command failed with exit code 137.', 'code'],
  ['Aborted (core dumped)', 'code'],
  ['Killed', 'code'],
  ['2026-11-21T03:12:44.1234567Z Killed', 'code'],
  ['build.sh: line 3:  4550 Killed                  node build.js', 'code'],
  ['bash: line 1:  4550 Aborted                 (core dumped) node build.js', 'code'],
  ['[1]+  Killed                  node build.js', 'code'],
  ['make: *** [Makefile:2: build] Killed', 'code'],
  ['make: *** [Makefile:2: build] Error 137', 'code'],
  ['zsh: killed     node build.js', 'code'],
  ['sh: line 1: 71 Abort trap: 6           node build.js', 'code'],
  [
    ' 3: 0xee85e7 v8::internal::V8::FatalProcessOutOfMemory(v8::internal::Isolate*, char const*, v8::OOMDetails const&) [node]',
    'heap',
  ],
];

test.each(WORDS)('%j is a death of the kind %s', (text, kind) => {
  expect(readCrashLog(`before\n${text}\nafter\n`)).toMatchObject({ death: { kind }, deaths: 1 });
});

describe('a log that is cut', () => {
  test.each(READ.map(([name]) => name))('%s has at no place figures that the whole has not', name => {
    const text = log(name);
    const whole = readCrashLog(text);
    const known = new Set(whole.collections.map(figureLine));
    for (let end = 0; end < text.length; end += 7) {
      const facts = readCrashLog(text.slice(0, end));
      for (const collection of facts.collections) expect(known).toContain(figureLine(collection));
    }
    for (let start = 0; start < text.length; start += 7) {
      const facts = readCrashLog(text.slice(start));
      for (const collection of facts.collections) expect(known).toContain(figureLine(collection));
    }
  });

  const figureLine = (c: CrashFacts['collections'][number]) =>
    [c.name, c.atMs, c.usedBeforeMb, c.usedAfterMb, c.committedMb].join(' ');

  test('before the death still has its collections', () => {
    const [before = ''] = log('node20-heap.txt').split('<--- JS');
    expect(readCrashLog(before)).toMatchObject({ death: undefined, deaths: 0, collections: [{}, {}] });
  });

  test('to the death alone has no collections', () => {
    const words = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    expect(readCrashLog(words)).toMatchObject({ death: { kind: 'heap', words }, collections: [] });
  });
});

test.each(READ.filter(([, , collections]) => collections > 0).map(([name]) => name))(
  '%s that is told twice, as turbo and nx do, keeps its figures',
  name => {
    const once = readCrashLog(log(name));
    const twice = readCrashLog(`${log(name)}\nfailed:\n${log(name)}`);
    expect(twice.deaths).toBe(2);
    expect(lastFigures(twice)).toEqual(lastFigures(once));
    expect(twice.written).toEqual(once.written);
  },
);

test.each([
  'Error: Aborted',
  'the test 12 Aborted',
  'Killed 3 zombies',
  'the signal was Killed',
  'src/a.ts(3,1): error 137',
])('%j is no death', text => {
  expect(readCrashLog(`${text}\n`).death).toBeUndefined();
});

test('of several deaths the last is told, with its own collections', () => {
  const facts = readCrashLog(`${log('node12-thrash.txt')}\nretrying\n${log('node20-heap.txt')}`);
  expect([facts.deaths, facts.death?.kind]).toEqual([2, 'heap']);
  expect(facts.collections.map(({ atMs }) => atMs)).toEqual([47010, 47952]);
});

test('what the kernel says of its victim', () => {
  expect(readCrashLog(log('kernel.txt')).killed).toEqual({
    pid: 20817,
    program: 'node',
    residentMb: 5888,
    isCgroup: false,
    cgroupLimitMb: undefined,
  });
  expect(readCrashLog(log('kernel-cgroup.txt')).killed).toMatchObject({
    pid: 19388,
    program: 'node',
    isCgroup: true,
    cgroupLimitMb: 1024,
  });
});

test('a report names the limit; other logs what their command line asked for', () => {
  expect(readCrashLog(log('node22-report.json')).report).toMatchObject({
    heapLimitMb: 80,
    nodeVersion: '22.23.3',
  });
  expect(readCrashLog(`> node --max-old-space-size=512 build.js\n${log('node20-heap.txt')}`).askedMb).toBe(
    512,
  );
  expect(readCrashLog(`NODE_OPTIONS=--max_old_space_size=768 make\n`).askedMb).toBe(768);
  expect(readCrashLog(log('node20-heap.txt')).askedMb).toBeUndefined();
});

describe('a report', () => {
  const report = log('node22-report.json');
  const facts = { heapLimitMb: 80, nodeVersion: '22.23.3', isOutOfMemory: true };

  test('in the middle of a log names the limit of its death', () => {
    const words = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    const read = readCrashLog(`${log('node20-heap.txt')}\n${report}\nnpm error code 134\n`);
    expect(read).toMatchObject({ death: { kind: 'heap', words }, deaths: 1, collections: [{}, {}] });
    expect(read.report).toMatchObject(facts);
  });

  test('says nothing of a later death', () => {
    const two = `${log('node20-heap.txt')}\n${report}\nretrying\n${log('node12-thrash.txt')}`;
    expect(readCrashLog(two)).toMatchObject({ deaths: 2, death: { kind: 'thrash' }, report: undefined });
  });

  test.each(marks)('through %s says the same', (_what, mark) => {
    expect(readCrashLog(mark(report)).report).toMatchObject(facts);
  });

  test.each([
    ['with a byte order mark', `\ufeff${report}`],
    ['in one line', JSON.stringify(JSON.parse(report))],
    ['without its end', report.slice(0, report.indexOf('"memoryLimit"') + 40)],
  ])('%s says the same', (_what, text) => {
    expect(readCrashLog(text).report).toMatchObject(facts);
    expect(readCrashLog(text).death).toMatchObject({ kind: 'heap' });
  });

  test('that is cut has at no place a figure that the whole has not', () => {
    const known = JSON.stringify(readCrashLog(report).report);
    for (let end = 0; end < report.length; end += 1) {
      const { heapLimitMb, heapUsedMb } = readCrashLog(report.slice(0, end)).report ?? {};
      if (heapLimitMb !== undefined) expect(known).toContain(`"heapLimitMb":${heapLimitMb}`);
      if (heapUsedMb !== undefined) expect(known).toContain(`"heapUsedMb":${heapUsedMb}`);
    }
  });
});

test('the version is taken where the log has it', () => {
  expect(readCrashLog(log('node22-worker.txt')).nodeVersion).toBe('22.23.3');
  const nvm = ' 1: 0xb78db3 node::OOMErrorHandler() [/home/ann/.nvm/versions/node/v18.19.1/bin/node]';
  expect(readCrashLog(nvm).nodeVersion).toBe('18.19.1');
  expect(readCrashLog(log('node20-heap.txt')).nodeVersion).toBeUndefined();
});

test('what Node wrote beside it is named', () => {
  expect(readCrashLog(log('node22-snapshot.txt')).written).toEqual([
    '/home/ann/web/Heap.20261121.115445.4512.0.001.heapsnapshot',
  ]);
  const report = 'Writing Node.js report to file: report.20261121.115444.4504.0.001.json';
  expect(readCrashLog(report).written).toEqual(['report.20261121.115444.4504.0.001.json']);
});

test.each(['', 'all 42 tests passed\n', '{"reportVersion": 3', '{"header": {"reportVersion": 3}}'])(
  'in %j there is no death',
  text => {
    expect(readCrashLog(text)).toMatchObject({ death: undefined, deaths: 0, collections: [] });
  },
);

const MEGABYTE = 2 ** 20;
const LONG: [string, string][] = [
  ['digits', '1'.repeat(4 * MEGABYTE)],
  ['hexadecimal digits in lines', `${'0a1b2c3d'.repeat(400)}\n`.repeat(1_300)],
  ['brackets', '[1:'.repeat(MEGABYTE)],
  ['white space', ' \n'.repeat(2 * MEGABYTE)],
  ['numbers in lines', '123456 '.repeat(600_000)],
  ['beginnings', 'FATAL ERROR: RangeError: exit code systemd-oomd '.repeat(90_000)],
  ['beginnings in lines', 'FATAL ERROR: RangeError: exit code systemd-oomd\n'.repeat(90_000)],
];

test.each(LONG)('four megabytes of %s are read in no time', (_what, text) => {
  const beganMs = performance.now();
  expect(readCrashLog(`${text}\n${log('node20-heap.txt')}`)).toMatchObject({ collections: [{}, {}] });
  expect(performance.now() - beganMs).toBeLessThan(5_000);
});
