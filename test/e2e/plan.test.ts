// `seqx plan`: JSON for tools, lines for people, and what is wrong with a configuration.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';

const AGENTS = `
[agents.frontend-developer]
match = ["button", "component"]
timeout = "10m"
memory = "1G"

[agents.code-reviewer]
match = ["review"]
follows = ["frontend-developer"]
reads_only = true
`;

const config = ({ project }: Scratch, text: string): void => writeFileSync(join(project, 'seqx.toml'), text);

test('a plan is one JSON object with these five keys', async () => {
  await using scratch = new Scratch();
  config(scratch, AGENTS);
  const { code, stdout, stderr } = await ask(scratch, ['plan', 'Add Button component']);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual({
    primary_agent: 'frontend-developer',
    secondary_agents: ['code-reviewer'],
    execution_mode: 'sequential',
    rationale:
      'frontend-developer fits ("button", "component") best; code-reviewer follows frontend-developer; one after the other, because code-reviewer comes after',
    estimate: {
      run_ms: null,
      peak_bytes: null,
      agents: [
        {
          agent: 'frontend-developer',
          run_ms: 600_000,
          run_from: 'configuration',
          peak_bytes: 2 ** 30,
          peak_from: 'configuration',
        },
        { agent: 'code-reviewer', run_ms: null, run_from: null, peak_bytes: null, peak_from: null },
      ],
    },
  });
  expect(scratch.litter()).toEqual([]);
});

test('a task needs no quotes of its own, and keeps those it has', async () => {
  await using scratch = new Scratch();
  config(scratch, AGENTS);
  const plans = await Promise.all(
    [['Add', 'Button', 'component'], ['"Add Button component"'], ['--', '- Button component']].map(words =>
      ask(scratch, ['plan', ...words]),
    ),
  );
  for (const { stdout } of plans) expect(JSON.parse(stdout).primary_agent).toBe('frontend-developer');
});

test('--plain is for people', async () => {
  await using scratch = new Scratch();
  config(scratch, AGENTS);
  const { code, stdout } = await ask(scratch, ['plan', '--plain', 'Refactor the button']);
  expect([code, stdout]).toEqual([
    0,
    `primary   frontend-developer
then      code-reviewer
mode      sequential
estimate  unknown time, unknown memory
because   frontend-developer fits ("button") best
          code-reviewer follows frontend-developer
          one after the other, because the task says "refactor"
`,
  ]);
});

test('--json says what is said without it', async () => {
  await using scratch = new Scratch();
  config(scratch, AGENTS);
  const [usual, json] = await Promise.all(
    [
      ['plan', 'button'],
      ['plan', '--json', 'button'],
    ].map(words => ask(scratch, words)),
  );
  expect(json).toEqual(usual);
});

test('a task that is nobody’s is a plan with nobody', async () => {
  await using scratch = new Scratch();
  config(scratch, AGENTS);
  const { code, stdout } = await ask(scratch, ['plan', 'update readme']);
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    {
      primary_agent: null,
      secondary_agents: [],
      execution_mode: 'single',
      rationale: 'no agent has a word of the task in its match (frontend-developer, code-reviewer)',
      estimate: null,
    },
  ]);
});

test('agents come from package.json and the user’s file as well', async () => {
  await using scratch = new Scratch();
  const { project, root } = scratch;
  mkdirSync(join(root, 'config', 'seqx'), { recursive: true });
  writeFileSync(join(root, 'config', 'seqx', 'config.toml'), '[agents.mine]\nfollows = ["theirs"]');
  const theirs = { match: ['x'], command: ['true'] };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ seqx: { agents: { theirs } } }));
  const { stdout } = await ask(scratch, ['plan', 'x']);
  expect(JSON.parse(stdout)).toMatchObject({ primary_agent: 'theirs', secondary_agents: ['mine'] });
});

test.each([
  [['plan', 'x'], '', 'no agents are configured for web', 'try: seqx init agents'],
  [['plan'], AGENTS, 'plan takes a task', 'try: seqx plan "Add Button component"'],
  [['plan', ''], AGENTS, 'the task is empty', 'try: seqx plan "Add Button component"'],
  [
    ['plan', 'x'],
    '[agents.a]\nmach = []',
    'PROJECT/seqx.toml has the unknown key "mach"; did you mean match?',
    '',
  ],
  [
    ['true'],
    '[agents.a]\nfollows = ["a"]',
    'agents.a.follows in PROJECT/seqx.toml is a circle: a follows a',
    '',
  ],
])('%j is an error that says what to do, with %j', async (words, toml, message, hint) => {
  await using scratch = new Scratch();
  config(scratch, toml);
  const { code, stdout, stderr } = await ask(scratch, words);
  expect([code, stdout]).toEqual([125, '']);
  expect(stderr).toMatch(/^seqx: .*\n {2}try: .*\n$/);
  expect(stderr).toContain(message.replace('PROJECT', scratch.project));
  expect(stderr).toContain(hint);
});
