// [agents.NAME] as they are read, and everything that is refused by file and key.

import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { readAgents } from '../../../src/base/agents-config.ts';
import { SeqxError } from '../../../src/base/errors.ts';
import { fileSource } from '../../../src/base/settings.ts';

const read = (...files: string[]) =>
  readAgents(files.map((toml, index) => fileSource(`/f${index}`, parse(toml))));

const refusal = (...files: string[]): string => {
  try {
    return JSON.stringify(read(...files));
  } catch (error) {
    if (error instanceof SeqxError && error.code === 'SEQX_SETTING_INVALID') return error.message;
    throw error;
  }
};

test('everything that can be said of an agent is read', () => {
  const [, agent] = read(`
    [agents.a]
    [agents.code-reviewer_2]
    match = ["review", "code smell"]
    command = ["my-agent", "--prompt", "{task}"]
    follows = ["a", "a"]
    reads_only = true
    memory = "1.5G"
    timeout = "10m"`);
  expect(agent).toEqual({
    name: 'code-reviewer_2',
    match: ['review', 'code smell'],
    command: ['my-agent', '--prompt', '{task}'],
    follows: ['a'],
    readsOnly: true,
    memoryBytes: 1.5 * 2 ** 30,
    timeoutMs: 600_000,
    where: '/f0',
  });
});

test('nothing must be said of it', () => {
  expect(read('[agents.a]')).toEqual([
    {
      name: 'a',
      match: [],
      command: undefined,
      follows: [],
      readsOnly: false,
      memoryBytes: undefined,
      timeoutMs: undefined,
      where: '/f0',
    },
  ]);
  expect(read('wait = 1')).toEqual([]);
});

test('a bare number is MB or seconds; one text will do for match, and for command it is a line of shell', () => {
  const toml = '[agents.a]\nmemory = 512\ntimeout = 1.5\nmatch = "unit test"\ncommand = "sh -c \'x {task}\'"';
  expect(read(toml)[0]).toMatchObject({
    memoryBytes: 2 ** 29,
    timeoutMs: 1_500,
    match: ['unit test'],
    command: "sh -c 'x {task}'",
  });
});

test('of two agents with one name the stronger file’s counts, whole', () => {
  const agents = read(
    '[agents.a]\nmatch = ["x"]',
    '[agents.a]\ntimeout = 5\n[agents.b]\nfollows = ["a"]\n[agents.c]',
  );
  expect(agents.map(({ name, where, timeoutMs }) => [name, where, timeoutMs])).toEqual([
    ['a', '/f0', undefined],
    ['b', '/f1', undefined],
    ['c', '/f1', undefined],
  ]);
});

const AGENT = (line: string) => `[agents.a]\n${line}`;

test.each([
  ['agents = 5', 'agents in /f0 must be tables: [agents.NAME]'],
  ['[[agents]]\nname = "a"', 'agents in /f0 must be tables'],
  ['agents.a = "x"', 'agents."a" in /f0 must be a table'],
  ['[agents."a b"]', '/f0 has an agent named "a b"; a name takes'],
  ['[agents.__proto__]', '/f0 has an agent named "__proto__"'],
  [`[agents.${'x'.repeat(65)}]`, 'a name takes up to 64'],
  [AGENT('mach = ["x"]'), '[agents.a] in /f0 has the unknown key "mach"; did you mean match?'],
  [AGENT('reads-only = true'), 'did you mean reads_only?'],
  [AGENT('entirely = 1'), 'unknown key "entirely"; it takes match, command, follows, reads_only'],
  [AGENT('match = [1]'), 'agents.a.match in /f0 must be a list of texts'],
  [AGENT('match = ["!"]'), 'agents.a.match in /f0 has "!", which has no word in it'],
  [AGENT('match = ["test*"]'), 'has "test*"; * stands alone'],
  [AGENT('command = ""'), 'agents.a.command in /f0 is empty'],
  [AGENT('command = []'), 'agents.a.command in /f0 names no program'],
  [AGENT('command = ["", "x"]'), 'names no program'],
  [AGENT('command = ["a", 1]'), 'must be a list of words, or one line of shell'],
  [AGENT('command = ["a", "\\u0000"]'), 'must be a list of words'],
  [AGENT('command = { a = 1 }'), 'must be a list of words'],
  [AGENT('command = ["{task}"]'), 'has {task} for its program'],
  [AGENT('command = ["sh", "-c", "x {task}"]'), 'would have a shell run the task as code'],
  [AGENT('command = ["/bin/bash", "-lc", "x {task}"]'), 'would have a shell run the task as code'],
  [AGENT('follows = "b"'), 'agents.a.follows in /f0 must be a list of texts'],
  [AGENT('follows = ["b"]\n[agents.bb]'), 'names "b", which is no agent; did you mean bb?'],
  [AGENT('follows = ["nobody"]'), 'agents.a.follows in /f0 names "nobody", which is no agent'],
  [AGENT('follows = ["a"]'), 'agents.a.follows in /f0 is a circle: a follows a'],
  [
    '[agents.a]\nfollows=["c"]\n[agents.b]\nfollows=["a"]\n[agents.c]\nfollows=["b"]',
    'agents.a.follows in /f0 is a circle: a follows c follows b follows a',
  ],
  [
    '[agents.a]\nfollows=["b"]\n[agents.b]\nfollows=["c"]\n[agents.c]\nfollows=["b"]',
    'agents.b.follows in /f0 is a circle: b follows c follows b',
  ],
  [AGENT('reads_only = "yes"'), 'agents.a.reads_only in /f0 must be true or false'],
  [AGENT('memory = "much"'), 'agents.a.memory in /f0 is "much"; it takes a size'],
  [AGENT('memory = true'), 'agents.a.memory in /f0 is true; it takes a size'],
  [AGENT('timeout = 0'), 'agents.a.timeout in /f0 is 0; it takes a duration'],
  ['agent = 1', '/f0 has the unknown setting "agent"; did you mean agents?'],
])('%j is refused: %s', (toml, message) => {
  expect(refusal(toml)).toContain(message);
});

test.each([
  'command = ["sh", "script.sh", "{task}"]',
  'command = ["sh", "-c", "my-agent \\"$SEQX_TASK\\""]',
  'command = ["sh", "-c", "my-agent \\"$1\\"", "x", "{task}"]',
  'command = ["push", "-c", "{task}"]',
])('a task that no shell reads is taken: %s', line => {
  expect(refusal(AGENT(line))).toMatch(/^\[/);
});

test('circles across files are found', () => {
  expect(refusal('[agents.a]\nfollows=["b"]', '[agents.b]\nfollows=["a"]')).toContain('in /f0 is a circle');
});
