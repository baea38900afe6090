// `seqx delegate`: fake agents, each in a run of its own through the gate; what fails, is killed or left out, and
// the verdict.

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { agentsLog, delegationFiles, holdAgent, letAgentGo, writeAgents } from '../helpers/agents.ts';
import { ask, hold, letGo, ticketCount } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { until } from '../helpers/until.ts';

const THREE = { a: {}, b: { follows: ['a'] }, c: { follows: ['a', 'b'] } };

/** Rows of the verdict: agent, outcome. */
const verdict = (stderr: string): string[][] => {
  const lines = stderr.split('\n');
  const from = lines.findIndex(line => /^ {2}AGENT +OUTCOME +TIME +PEAK$/.test(line)) + 1;
  return lines
    .slice(
      from,
      lines.findIndex((line, at) => at >= from && !/^ {2}[a-z]\b/.test(line)),
    )
    .map(line => line.trim().split(/ {2,}/).slice(0, 2));
};

test('the primary agent goes first, then the others, each with the task in one argument', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { a: {}, c: { follows: ['b'] }, b: { follows: ['a'] } });
  const task = 'work on "it" $(touch pwned) {task}\n\'now\'';
  const { code, stdout, stderr } = await ask(scratch, ['delegate', task]);
  expect(stdout.replaceAll(/(?<=^[abc]) \d+/gm, '')).toBe(
    ['a', 'b', 'c'].map(name => `${name} does ${task}\n`).join(''),
  );
  expect(agentsLog(scratch)).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c']);
  expect(stderr).toMatch(
    /^seqx: delegation [0-9a-f]{8}: beginning a, then b, then c\nseqx: agent 1 of 3: a: perl /,
  );
  expect(stderr).toMatch(/^seqx: delegation [0-9a-f]{8}: 3 of 3 agents succeeded$/m);
  expect([code, verdict(stderr)]).toEqual([
    0,
    [
      ['a', 'ok'],
      ['b', 'ok'],
      ['c', 'ok'],
    ],
  ]);
  await scratch.settle();
});

test('one fails, one is ended for its memory, one is killed: who follows them is left out, others go on', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, {
    a: {},
    b: { follows: ['a'], code: 3 },
    c: { follows: ['b'] },
    d: { follows: ['a'], megabytes: 300, toml: 'memory = "150M"' },
    e: { follows: ['a'], command: '"kill -9 $$"' },
    f: { follows: ['a'], toml: 'timeout = "300ms"' },
    g: { follows: ['a'] },
  });
  for (const name of ['d', 'f']) holdAgent(scratch, name);
  const { code, stderr } = await ask(scratch, ['delegate', 'work']);
  expect(verdict(stderr)).toEqual([
    ['a', 'ok'],
    ['b', 'exit 3'],
    ['c', 'not run: b failed'],
    ['d', 'memory'],
    ['e', 'SIGKILL'],
    ['f', 'timeout'],
    ['g', 'ok'],
  ]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/is over the 150 MiB limit; ending "perl .*agent\.pl/);
  expect(stderr).toMatch(/2 of 7 agents succeeded[\s\S]* {2}try: seqx delegate --resume [0-9a-f]{8}\n$/);
  expect(agentsLog(scratch).filter(line => line.startsWith('end'))).toEqual(['end a', 'end b', 'end g']);
  await scratch.settle();
});

test('--resume runs those that failed and those that were left out, with the commands of now', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { ...THREE, b: { follows: ['a'], code: 3 } });
  expect((await ask(scratch, ['delegate', 'work'])).code).toBe(1);
  writeAgents(scratch, THREE);
  const { stdout: preview } = await ask(scratch, ['delegate', '--resume', '--dry-run']);
  expect(preview).toBe('1.  a  done before\n2.  b\n3.  c\n');
  const { code, stderr } = await ask(scratch, ['delegate', '--resume']);
  expect([code, verdict(stderr)]).toEqual([
    0,
    [
      ['a', 'ok'],
      ['b', 'ok'],
      ['c', 'ok'],
    ],
  ]);
  expect(agentsLog(scratch)).toEqual(['a', 'b', 'b', 'c'].flatMap(name => [`begin ${name}`, `end ${name}`]));
  const again = await ask(scratch, ['delegate', '--resume']);
  expect(again).toMatchObject({
    code: 125,
    stderr: expect.stringContaining('no delegation is left to finish'),
  });
});

test('nobody goes on after a primary agent that failed', async () => {
  await using scratch = new Scratch();
  writeFileSync(
    join(scratch.project, 'seqx.toml'),
    toml([
      ['a', 'exit 1'],
      ['b', 'true'],
    ]),
  );
  const { code, stderr } = await ask(scratch, ['delegate', 'work']);
  expect([code, verdict(stderr)]).toEqual([
    1,
    [
      ['a', 'exit 1'],
      ['b', 'not run: a failed'],
    ],
  ]);
});

/** Agents that all take the task by themselves: the first is the primary one. */
const toml = (agents: [string, string][]): string =>
  agents
    .map(([name, line]) => `[agents.${name}]\nmatch = ["work"]\ncommand = ${JSON.stringify(line)}`)
    .join('\n');

test('what an agent leaves behind is ended before the next one begins', async () => {
  await using scratch = new Scratch();
  writeFileSync(
    join(scratch.project, 'seqx.toml'),
    toml([
      ['a', 'sleep 1000 & echo $! > left'],
      ['b', 'grep -qs ^State:.[RSDT] /proc/$(cat left)/status && echo lives || echo gone'],
    ]),
  );
  const { code, stdout } = await ask(scratch, ['delegate', 'work']);
  expect([code, stdout]).toEqual([0, 'gone\n']);
  await scratch.settle();
});

test('in a line of shell the task is text, whatever is in it', async () => {
  await using scratch = new Scratch();
  writeFileSync(
    join(scratch.project, 'seqx.toml'),
    toml([['a', `printf '<%s>' {task} "{task}" '{task}'; echo " $SEQX_AGENT: $SEQX_TASK"`]]),
  );
  const task = "work\"; exit 7; $(exit 8) `exit 9` '; exit 10; ' *";
  const { code, stdout } = await ask(scratch, ['delegate', task]);
  expect([code, stdout]).toEqual([0, `<${task}><${task}><${task}> a: ${task}\n`]);
});

test('agents wait for the gate like anybody, and seqx inside them passes through', async () => {
  await using scratch = new Scratch();
  writeFileSync(join(scratch.project, 'seqx.toml'), toml([['a', 'seqx --no-wait echo inside']]));
  const env = seqxOnPath(scratch);
  const holder = await hold(scratch);
  const refused = await ask(scratch, ['--no-wait', 'delegate', 'work'], { env });
  expect([refused.code, verdict(refused.stderr)]).toEqual([1, [['a', 'busy']]]);
  const waiting = scratch.seqx(['delegate', '--resume'], { env });
  await ticketCount(scratch, 2);
  expect(waiting.stdout).toBe('');
  await letGo(holder);
  expect(await waiting.ended).toMatchObject({ code: 0, stdout: 'inside\n' });
  await scratch.settle();
});

test('SIGTERM ends the agent that runs, and the next one does not begin', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { a: {}, b: { follows: ['a'] }, c: { follows: ['a'] } });
  holdAgent(scratch, 'b');
  const run = scratch.seqx(['delegate', 'work']);
  await run.says('b ');
  run.kill('SIGTERM');
  const { code, signal, stderr } = await run.ended;
  expect([code, signal]).toEqual([null, 'SIGTERM']);
  expect(verdict(stderr)).toEqual([
    ['a', 'ok'],
    ['b', 'SIGTERM'],
    ['c', 'not run'],
  ]);
  letAgentGo(scratch, 'b');
  expect(await ask(scratch, ['delegate', '--resume'])).toMatchObject({ code: 0 });
  expect(agentsLog(scratch).filter(line => line === 'begin a')).toHaveLength(1);
  await scratch.settle();
});

test('what agents took is in the next plan', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { a: { megabytes: 80, toml: 'timeout = "1h"' }, b: { follows: ['a'] } });
  const plan = async () => JSON.parse((await ask(scratch, ['plan', 'work'])).stdout).estimate;
  expect((await plan()).agents[0]).toMatchObject({ run_ms: 3_600_000, run_from: 'configuration' });
  holdAgent(scratch, 'a');
  const run = scratch.seqx(['--check-interval', '20ms', 'delegate', 'work']);
  await run.says('a ');
  await until('its memory was seen', async () => {
    const { running } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
    return running[0]?.memory?.peakBytes >= 80 * 2 ** 20;
  });
  letAgentGo(scratch, 'a');
  const { stderr } = await run.ended;
  expect(stderr).toMatch(/^ {2}a +ok +\S+ +(8|9)\d\.\d MiB$/m);
  const { agents } = await plan();
  expect(agents[0]).toMatchObject({ agent: 'a', run_from: 'journal', peak_from: 'journal' });
  expect(agents[0].run_ms).toBeLessThan(60_000);
  expect(agents[0].peak_bytes).toBeGreaterThan(80 * 2 ** 20);
});

const READERS = {
  a: {},
  b: { follows: ['a'], toml: 'reads_only = true' },
  c: { follows: ['a'], toml: 'reads_only = true', code: 4 },
  d: { follows: ['b', 'c'], toml: 'reads_only = true' },
};

test.each([
  [1, ['begin a', 'end a', 'begin b']],
  [2, ['begin a', 'end a', 'begin b', 'begin c']],
])('with %d slots agents that only read run as the gate lets them in', async (slots, log) => {
  await using scratch = new Scratch();
  writeAgents(scratch, READERS);
  const path = join(scratch.project, 'seqx.toml');
  writeFileSync(path, `slots = ${slots}\n${readFileSync(path, 'utf8')}`);
  for (const name of ['b', 'c']) holdAgent(scratch, name);
  const run = scratch.seqx(['delegate', 'work']);
  await until(`${log} is noted`, () => agentsLog(scratch).length >= log.length);
  expect(agentsLog(scratch).sort()).toEqual([...log].sort());
  for (const name of ['c', 'b']) letAgentGo(scratch, name);
  const { code, stderr } = await run.ended;
  expect([code, verdict(stderr)]).toEqual([
    1,
    [
      ['a', 'ok'],
      ['b', 'ok'],
      ['c', 'exit 4'],
      ['d', 'not run: c failed'],
    ],
  ]);
  await scratch.settle();
});

test('--dry-run says who would run, and neither runs nor writes anything', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, {
    a: {},
    b: { follows: ['a'], toml: 'reads_only = true' },
    c: { follows: ['a'], toml: 'reads_only = true' },
  });
  expect(await ask(scratch, ['delegate', '--dry-run', 'work'])).toMatchObject({
    code: 0,
    stdout: '1.  a\n2.  b  side by side\n2.  c  side by side\n',
    stderr: '',
  });
  expect([agentsLog(scratch), delegationFiles(scratch)]).toEqual([[], []]);
  const { code, stderr } = await ask(scratch, ['delegate', 'work']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('beginning a, then b + c')]);
});

test('--quiet says nothing of what succeeds, and the verdict of what fails', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { a: {} });
  expect(await ask(scratch, ['-q', 'delegate', 'work'])).toMatchObject({ code: 0, stderr: '' });
  writeAgents(scratch, { a: { code: 2 } });
  const { stderr } = await ask(scratch, ['-q', 'delegate', 'work']);
  expect([stderr.startsWith('seqx: delegation'), verdict(stderr)]).toEqual([true, [['a', 'exit 2']]]);
});

test('where its state cannot be kept it goes on and says so', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { a: {}, b: { follows: ['a'] } });
  const env = { HOME: '', XDG_STATE_HOME: '' };
  const homeless = await ask(scratch, ['delegate', 'work'], { env });
  expect([homeless.code, verdict(homeless.stderr)]).toEqual([
    0,
    [
      ['a', 'ok'],
      ['b', 'ok'],
    ],
  ]);
  expect(homeless.stderr).toContain('cannot be kept (neither HOME nor XDG_STATE_HOME says where); going on');
  await ask(scratch, ['delegate', 'work']);
  const [file = ''] = delegationFiles(scratch);
  const journal = join(scratch.root, 'journal2', 'seqx', dirname(dirname(file)).split('/').at(-1) ?? '');
  mkdirSync(journal, { recursive: true });
  writeFileSync(join(journal, 'delegations'), '');
  const blocked = await ask(scratch, ['delegate', 'work'], {
    env: { XDG_STATE_HOME: join(scratch.root, 'journal2') },
  });
  expect([blocked.code, verdict(blocked.stderr)]).toEqual([
    0,
    [
      ['a', 'ok'],
      ['b', 'ok'],
    ],
  ]);
  expect(blocked.stderr.match(/cannot be kept \(ENOTDIR/g)).toHaveLength(1);
});

test('what is kept is for this user alone, and there is no claim on what is over', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { a: {} });
  await ask(scratch, ['delegate', 'work']);
  const files = delegationFiles(scratch);
  expect(files).toEqual([expect.stringMatching(/\/[0-9a-f]{8}\.json$/)]);
  expect(statSync(files[0] ?? '').mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(files[0] ?? '', 'utf8'))).toMatchObject({
    schema: 'seqx.delegation/1',
    task: 'work',
    stages: [['a']],
    ends: { a: { isOk: true, outcome: 'exited', exitCode: 0 } },
  });
});

test.each([
  [['delegate'], '', 'delegate takes a task', 'seqx delegate "Add'],
  [['delegate', ' '], '[agents.a]', 'the task is empty', 'seqx plan'],
  [['delegate', 'x'], '', 'no agents are configured for web', 'seqx init agents'],
  [
    ['delegate', 'x'],
    '[agents.a]\nmatch=["y"]',
    'no agent has a word of the task in its match (a)',
    'match = ["*"]',
  ],
  [
    ['delegate', 'x'],
    '[agents.a]\nmatch=["x"]',
    'a has no command yet',
    'seqx init agents -- my-agent --prompt {task}',
  ],
  [['delegate', '--resume'], '', 'no delegation is left to finish at web', 'seqx delegate'],
  [['delegate', '--resume', 'abc'], '', 'there is no delegation "abc" at web', 'seqx delegate'],
  [['delegate', '--resume', 'abc', 'x'], '', 'or --resume with one id or none', 'seqx delegate --resume'],
  [['delegate', 'x'.repeat(100_001)], '[agents.a]', 'the task has 100001 bytes', 'TASK.md'],
])('%j is an error that says what to do, with %j', async (words, config, message, hint) => {
  await using scratch = new Scratch();
  writeFileSync(join(scratch.project, 'seqx.toml'), config);
  const { code, stdout, stderr } = await ask(scratch, words);
  expect([code, stdout]).toEqual([125, '']);
  expect(stderr).toMatch(/^seqx: .*\n {2}try: .*\n$/);
  expect(stderr).toContain(message);
  expect(stderr.split('try: ')[1]).toContain(hint);
  expect([scratch.litter(), delegationFiles(scratch)]).toEqual([[], []]);
});

test('an agent without a command is found before the first one runs', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { a: {} });
  writeFileSync(
    join(scratch.project, 'seqx.toml'),
    `${readFileSync(join(scratch.project, 'seqx.toml'), 'utf8')}\n[agents.z]\nfollows = ["a"]\n`,
  );
  expect(await ask(scratch, ['delegate', 'work'])).toMatchObject({
    code: 125,
    stderr: expect.stringContaining('z has no command yet; nothing was run. Set agents.z.command in'),
  });
  expect(agentsLog(scratch)).toEqual([]);
});

test('a resumed delegation wants the folder it was begun in, and says which', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { a: { code: 3 } });
  const sub = join(scratch.project, 'in parts');
  mkdirSync(sub);
  await ask(scratch, ['delegate', '--cwd', sub, 'work on it']);
  rmSync(sub, { recursive: true });
  const { code, stderr } = await ask(scratch, ['delegate', '--resume']);
  expect([code, stderr]).toEqual([
    125,
    expect.stringMatching(
      /^seqx: delegation [0-9a-f]{8} was begun in \/\S+\/in parts, which is not there any more; nothing was run\n {2}try: mkdir -p '\/\S+\/in parts' {3}or, /,
    ),
  ]);
});

test('a resumed delegation wants the agents it has left', async () => {
  await using scratch = new Scratch();
  writeAgents(scratch, { a: {}, b: { follows: ['a'], code: 1 } });
  await ask(scratch, ['delegate', 'work']);
  writeAgents(scratch, { a: {} });
  expect(await ask(scratch, ['delegate', '--resume'])).toMatchObject({
    code: 125,
    stderr: expect.stringMatching(/b of delegation [0-9a-f]{8} is not configured any more; nothing was run/),
  });
});
