// `seqx init agents`: four agents at the end of seqx.toml, and every byte as it was when they are taken out.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';

const path = ({ project }: Scratch): string => join(project, 'seqx.toml');
const read = (scratch: Scratch): string => readFileSync(path(scratch), 'latin1');
const init = (scratch: Scratch, ...words: string[]) => ask(scratch, ['init', 'agents', ...words]);
const NAMES = ['frontend-developer', 'backend-architect', 'test-automator', 'code-reviewer'];

const FILES: [string, string | undefined][] = [
  ['no file', undefined],
  ['an empty file', ''],
  ['a file', 'wait = "5m"\n'],
  ['a file without a last line end', '# über\nwait = "5m"'],
  ['a file with empty lines at its end', 'wait = "5m"\n\n\n'],
  ['a file of Windows', 'wait = "5m"\r\n'],
  ['a file of Windows without a last line end', 'quiet = true\r\nwait = "5m"'],
  ['a file with tables', '[agents.own]\nmatch = ["x"]\n'],
];

test.each(FILES)('with %s the four are added, and taken out again to the byte', async (_what, text) => {
  await using scratch = new Scratch();
  const before = text === undefined ? undefined : Buffer.from(text);
  if (before) writeFileSync(path(scratch), before);
  expect((await init(scratch)).code).toBe(0);
  const plan = JSON.parse((await ask(scratch, ['plan', 'Add Button component'])).stdout);
  expect([plan.primary_agent, plan.secondary_agents]).toEqual([NAMES[0], [NAMES[2], NAMES[3]]]);
  if (text?.includes('\r\n')) expect(read(scratch).replaceAll('\r\n', '')).not.toContain('\n');
  expect(await init(scratch)).toMatchObject({ code: 0, stderr: expect.stringContaining('already set up') });
  expect((await init(scratch, '--', 'my-agent', '{task}')).code).toBe(0);
  expect((await init(scratch, '--remove')).code).toBe(0);
  if (before) expect(readFileSync(path(scratch)).equals(before)).toBe(true);
  else expect(existsSync(path(scratch))).toBe(false);
  expect(readdirSync(scratch.project)).toEqual(before ? ['seqx.toml'] : []);
});

describe('the command', () => {
  test('is not guessed: delegating says how to set it', async () => {
    await using scratch = new Scratch();
    const { stderr } = await init(scratch);
    expect(stderr).toContain('still without a command: frontend-developer, backend-architect');
    expect(await ask(scratch, ['delegate', 'Add Button component'])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(
        /has no command yet.*\n {2}try: seqx init agents -- my-agent --prompt \{task\}/,
      ),
    });
  });

  test('may be given once for all, and each is told who it is', async () => {
    await using scratch = new Scratch();
    expect((await init(scratch, '--', 'printf', '%s\\n', 'é "{task}"')).code).toBe(0);
    const { code, stdout } = await ask(scratch, ['delegate', 'Add Button component']);
    expect(code).toBe(0);
    expect(Buffer.from(stdout, 'latin1').toString()).toMatch(
      /^é "You are this project's frontend developer.* Add Button component"\né "You write and mend .*\né "Review /,
    );
    // A second time it replaces the first.
    await init(scratch, '--', 'echo', '{task}');
    expect(read(scratch).match(/^command = \["echo"/gm)).toHaveLength(4);
  });

  test.each([
    [['echo'], 'the command of init agents needs {task} where the task goes'],
    [['{task}'], 'has {task} for its program'],
    [['sh', '-c', 'x {task}'], 'would have a shell run the task as code'],
  ])('is refused: %j', async (words, message) => {
    await using scratch = new Scratch();
    const { code, stderr } = await init(scratch, '--', ...words);
    expect([code, stderr]).toEqual([125, expect.stringContaining(message)]);
    expect(existsSync(path(scratch))).toBe(false);
  });
});

describe('what somebody else wrote', () => {
  test('stays: an agent of that name is not written a second time', async () => {
    await using scratch = new Scratch();
    writeFileSync(path(scratch), '[agents.test-automator]\ncommand = ["mine"]\n');
    const { code, stderr } = await init(scratch, '--', 'my-agent', '{task}');
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('test-automator is there already; it was left'),
    ]);
    expect(read(scratch).match(/^\[agents\.\S+\]$/gm)).toHaveLength(4);
    expect((await ask(scratch, ['plan', 'test'])).code).toBe(0);
  });

  test.each([
    [['--remove'], 'take the lines from >>> to <<< out of'],
    [['--', 'other', '{task}'], 'set the commands in'],
  ])('also inside our lines: %j is refused', async (words, hint) => {
    await using scratch = new Scratch();
    await init(scratch);
    const changed = read(scratch).replace('"redis"', '"valkey"');
    writeFileSync(path(scratch), changed, 'latin1');
    const { code, stderr } = await init(scratch, ...words);
    expect([code, stderr]).toEqual([125, expect.stringContaining(`try: ${hint}`)]);
    expect(stderr).toContain('agents that were changed by hand');
    expect(read(scratch)).toBe(changed);
    expect((await init(scratch)).code).toBe(0);
  });

  test('and around them: the file stays when they are taken out', async () => {
    await using scratch = new Scratch();
    await init(scratch);
    writeFileSync(path(scratch), `wait = "5m"\n${read(scratch)}[agents.own]\n`, 'latin1');
    expect((await init(scratch, '--remove')).code).toBe(0);
    expect(read(scratch)).toBe('wait = "5m"\n[agents.own]\n');
  });

  test('and a file with half of our lines is left alone', async () => {
    await using scratch = new Scratch();
    await init(scratch);
    writeFileSync(path(scratch), read(scratch).replace('# <<< init agents\n', ''), 'latin1');
    for (const words of [[], ['--remove']]) {
      const { code, stderr } = await init(scratch, ...words);
      expect([code, stderr]).toEqual([125, expect.stringContaining('has only one of the two marks')]);
    }
  });

  test('and one that cannot be extended is left alone', async () => {
    await using scratch = new Scratch();
    writeFileSync(path(scratch), 'agents = { own = { match = ["x"] } }\n');
    const { code } = await init(scratch);
    expect([code, read(scratch)]).toEqual([125, 'agents = { own = { match = ["x"] } }\n']);
  });
});

test('it is the project’s file, wherever in the project it is called; --print changes nothing', async () => {
  await using scratch = new Scratch();
  await scratch.git('init', '-q');
  const cwd = join(scratch.project, 'deep', 'down');
  mkdirSync(cwd, { recursive: true });
  const { code, stdout } = await ask(scratch, ['init', 'agents', '--print'], { cwd });
  expect([code, stdout]).toEqual([0, expect.stringContaining('+[agents.frontend-developer]')]);
  expect(existsSync(path(scratch))).toBe(false);
  expect((await ask(scratch, ['init', 'agents'], { cwd })).code).toBe(0);
  expect([existsSync(path(scratch)), readdirSync(cwd)]).toEqual([true, []]);
});
