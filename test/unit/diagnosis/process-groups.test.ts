// Who uses the memory: names, trees, groups.

import { expect, test } from 'vitest';
import {
  groupByProgram,
  isInteractiveShell,
  type SeenProcess,
  treesOf,
} from '../../../src/diagnosis/process-groups.ts';
import { programName, spokenWords } from '../../../src/diagnosis/program-name.ts';

const NAMES: [string, string[]][] = [
  ['make', ['/usr/bin/make', 'test']],
  ['bash', ['-bash']],
  ['node', ['node']],
  ['node vite', ['/usr/bin/node', '/x/node_modules/vite/bin/vite.js']],
  ['node @openai/codex', ['node', '--no-warnings', '/x/node_modules/@openai/codex/bin/codex.js', 'exec']],
  ['node vitest', ['node', '/x/node_modules/.bin/vitest']],
  ['node server.js', ['node', '-r', 'ts-node/register', './server.js']],
  ['node', ['node', '-e', 'while(1){}']],
  ['npm', ['npm run dev', '', '']],
  ['python3 pytest', ['python3', '-m', 'pytest', '-q']],
  ['java app.jar', ['java', '-Xmx2g', '-jar', '/srv/app.jar']],
  ['Code', ['C:\\Program Files\\Code\\Code.exe', '--type=renderer']],
  ['', []],
];

test.each(NAMES)('%j is what people call %j', (name, argv) => {
  expect(programName(argv)).toBe(name);
});

test('the empty words behind a title are none', () => {
  expect(spokenWords(['npm run dev', '', ''])).toEqual(['npm run dev']);
  expect(spokenWords(['a', '', 'b'])).toEqual(['a', '', 'b']);
});

test.each([
  [['-bash'], true],
  [['/bin/zsh', '-l'], true],
  [['bash', '-c', 'make'], false],
  [['/bin/bash', '-lc', 'make'], false],
  [['sh', 'build.sh'], false],
  [['make'], false],
])('%j waits for somebody to type: %j', (argv, isInteractive) => {
  expect(isInteractiveShell(argv)).toBe(isInteractive);
});

const seen = (pid: number, ppid: number, argv: string[], rssBytes = 10, isOwn = true): SeenProcess => ({
  pid,
  ppid,
  argv,
  rssBytes,
  isOwn,
});

const TABLE = [
  seen(1, 0, ['/sbin/init']),
  seen(2, 0, [], 0),
  seen(10, 1, ['sshd: ann']),
  seen(11, 10, ['-bash']),
  seen(12, 11, ['make', 'test'], 5),
  seen(13, 12, ['/bin/sh', '-c', 'node run.js'], 1),
  seen(14, 13, ['node', 'run.js'], 100),
  seen(20, 11, ['make', 'lint'], 50),
  seen(30, 1, ['claude'], 200),
  seen(31, 30, ['/bin/bash', '-c', 'npm test'], 2),
  seen(32, 31, ['npm test'], 60),
];

test('a tree is what somebody started, with everything below it', () => {
  const trees = treesOf(TABLE).map(({ program, root, members, rssBytes }) => [
    program,
    root.pid,
    members.map(({ pid }) => pid),
    rssBytes,
  ]);
  expect(trees.slice(0, 3)).toEqual([
    ['claude', 30, [30, 31, 32], 262],
    ['make', 12, [12, 13, 14], 106],
    ['make', 20, [20], 50],
  ]);
});

test('trees of one program are one group, the heaviest first', () => {
  const groups = groupByProgram(treesOf(TABLE)).map(({ program, trees, rssBytes }) => [
    program,
    trees.map(({ root }) => root.pid),
    rssBytes,
  ]);
  expect(groups.slice(0, 2)).toEqual([
    ['claude', [30], 262],
    ['make', [12, 20], 156],
  ]);
});

test('every process with memory is in exactly one tree, also where parents run in a circle or are gone', () => {
  const odd = [...TABLE, seen(40, 41, ['a']), seen(41, 40, ['b']), seen(50, 99, ['c']), seen(60, 60, ['d'])];
  const pids = treesOf(odd).flatMap(({ members }) => members.map(({ pid }) => pid));
  expect(pids.sort((a, b) => a - b)).toEqual(
    odd.filter(({ rssBytes }) => rssBytes > 0).map(({ pid }) => pid),
  );
});
