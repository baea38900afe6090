// Sentences and who they are for: a table, hostile rows among them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planTask } from '../../../src/agents/plan-task.ts';
import { agentsOf, FOUR, SIX } from './agents.ts';

const [F, B, T, R] = ['frontend-developer', 'backend-architect', 'test-automator', 'code-reviewer'];
const [S, A] = ['security-auditor', 'accessibility-auditor'];

/** The task, then the primary agent, the others in order, and the mode. */
const SENTENCES: [string, string | null, string[], string][] = [
  // What they were made for.
  ['Add Button component', F, [T, R], 'sequential'],
  ['Create a responsive navbar with a dropdown', F, [T, R], 'sequential'],
  ['fix the CSS of the landing page', F, [T, R], 'sequential'],
  ['Improve front-end accessibility', F, [T, R], 'sequential'],
  ['Add REST endpoint for orders', B, [T, R], 'sequential'],
  ['Design the database schema', B, [T, R], 'sequential'],
  ['speed up slow SQL queries', B, [T, R], 'sequential'],
  ['Write unit tests', T, [R], 'sequential'],
  ['raise coverage to 90%', T, [R], 'sequential'],
  ['Review the pull request', R, [], 'single'],
  ['audit everything', R, [], 'single'],
  // Two are concerned: what is asked for stands before "for", "with", "of" …
  ['Add a test for the button component', T, [R], 'sequential'],
  ['Add a button for testing', F, [T, R], 'sequential'],
  ['Build the login form and its API endpoint', B, [F, T, R], 'sequential'],
  ['Review the code of the API', R, [], 'single'],
  ['Add an API endpoint with tests', B, [T, R], 'sequential'],
  ['In the API, add tests', B, [T, R], 'sequential'],
  ['write an e2e test in playwright for the checkout form', T, [R], 'sequential'],
  // As many words fit: whom the others follow is first, then who is named first.
  ['Review and test the page', F, [T, R], 'sequential'],
  ['button and endpoint', F, [B, T, R], 'sequential'],
  ['endpoint and button', B, [F, T, R], 'sequential'],
  // Names and formats change: nobody beside anybody.
  ['add a test for the refactor button component', T, [R], 'sequential'],
  ['Refactor the modal component', F, [T, R], 'sequential'],
  ['Renaming of the users endpoint', B, [T, R], 'sequential'],
  ['MIGRATION: move sessions to Redis', B, [T, R], 'sequential'],
  ['BREAKING CHANGE in the GraphQL schema', B, [T, R], 'sequential'],
  // Nobody's.
  ['update readme', null, [], 'single'],
  ['', null, [], 'single'],
  [' \n\t ', null, [], 'single'],
  ['!!! ??? ---', null, [], 'single'],
  ['protest against contestants', null, [], 'single'],
  ['rapid capital', null, [], 'single'],
  // Written as nobody should.
  ['"Add a \'Button\' component"', F, [T, R], 'sequential'],
  ['add\u0000the\u001b[31mBUTTON\u202e component', F, [T, R], 'sequential'],
  ['Füge einen Button hinzu 🙂', F, [T, R], 'sequential'],
  ['$(rm -rf ~) `button`; echo component', F, [T, R], 'sequential'],
  ['constructor __proto__ toString button', F, [T, R], 'sequential'],
  [`${'and then '.repeat(20_000)}add a button`, F, [T, R], 'sequential'],
  ['a'.repeat(200_000), null, [], 'single'],
];

test.each(SENTENCES)('%j is for %s, then %j: %s', (task, primary, secondary, mode) => {
  const plan = planTask(task, FOUR);
  expect([plan.primary_agent, plan.secondary_agents, plan.execution_mode]).toEqual([
    primary,
    secondary,
    mode,
  ]);
  expect(plan.rationale).not.toBe('');
});

/** With two more that only read and do not follow each other. */
const BESIDE: [string, string, string[], string][] = [
  ['Add an icon', F, [T, R, A], 'parallel'],
  ['Add an endpoint', B, [T, R, S], 'parallel'],
  ['Add a login form', F, [T, R, S, A], 'parallel'],
  ['Add a login form and rename the old one', F, [T, R, S, A], 'sequential'],
  ['Check the security and the screen reader', A, [S], 'sequential'],
];

test.each(BESIDE)('with auditors %j is for %s, then %j: %s', (task, primary, secondary, mode) => {
  const plan = planTask(task, SIX);
  expect([plan.primary_agent, plan.secondary_agents, plan.execution_mode]).toEqual([
    primary,
    secondary,
    mode,
  ]);
});

describe('side by side', () => {
  test.each([
    'rename',
    'renames',
    'Renamed',
    'renaming',
    're-name',
    'rename_column',
    'migrate',
    'migrated',
    'migrating',
    'Migrations',
    'refactor',
    'refactors',
    'refactoring',
    're-factored',
    'break',
    'breaks',
    'broke',
    'broken',
    'breaking-change',
    'breakage',
  ])('never for a task with %j in it', word => {
    const plan = planTask(`Add an icon, ${word} the rest`, SIX);
    expect(plan.execution_mode).toBe('sequential');
    expect(plan.rationale).toMatch(/one after the other, because the task says "(re-?)?[a-z]+"$/);
  });

  test.each(['breakpoint', 'breakfast', 'immigration', 'factory', 'unbreakable', 'username', 'prenamed'])(
    'although the task has %j in it',
    word => {
      expect(planTask(`Add an icon, ${word} too`, SIX).execution_mode).toBe('parallel');
    },
  );

  test('not for one that writes, nor for one that follows the other', () => {
    const toml = (own: string) => `
      [agents.main]
      match = ["task"]
      [agents.a]
      follows = ["main"]
      reads_only = true
      [agents.b]
      ${own}`;
    const mode = (own: string) => planTask('task', agentsOf(toml(own))).execution_mode;
    expect(mode('follows = ["main"]\nreads_only = true')).toBe('parallel');
    expect(mode('follows = ["main"]')).toBe('sequential');
    expect(mode('follows = ["main", "a"]\nreads_only = true')).toBe('sequential');
  });
});

describe('the rationale', () => {
  test.each([
    ['Add Button component', 'frontend-developer fits ("component", "button") best; test-automator follows'],
    ['button and endpoint', 'best (as well as backend-architect; first is who follows none of them, then'],
    [
      'Add a test for the button',
      'frontend-developer fits ("button"), but test-automator comes after it: left out',
    ],
    ['button and endpoint', 'backend-architect fits ("endpoint"), too'],
    ['Review the code', 'nobody else is concerned'],
    ['Add Button component', 'one after the other, because test-automator may change files'],
    ['update readme', 'no agent has a word of the task in its match (frontend-developer, backend-architect'],
    ['', 'the task is empty'],
  ])('of %j says %j', (task, text) => {
    expect(planTask(task, FOUR).rationale).toContain(text);
  });
});

test('an agent that takes any task takes what is nobody else’s, and nothing else', () => {
  const agents = agentsOf('[agents.any]\nmatch = ["*"]\n[agents.f]\nmatch = ["button"]');
  expect(planTask('update readme', agents)).toMatchObject({ primary_agent: 'any', execution_mode: 'single' });
  expect(planTask('a button', agents)).toMatchObject({ primary_agent: 'f', secondary_agents: [] });
  expect(planTask(' ', agents).primary_agent).toBeNull();
});

test('whoever follows comes after, through any number of others, in any configuration', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const configurations = fc.array(
    fc.record({
      follows: fc.subarray(names),
      matches: fc.boolean(),
      readsOnly: fc.boolean(),
      rank: fc.nat(),
    }),
    { minLength: names.length, maxLength: names.length },
  );
  fc.assert(
    fc.property(configurations, rows => {
      // Only those before in the alphabet can be followed, so there are no circles; the order of the file is any.
      const agents = rows
        .map(({ follows, matches, readsOnly, rank }, index) => ({
          name: names[index] ?? '',
          match: matches ? ['x'] : [],
          command: undefined,
          follows: follows.filter(name => name < (names[index] ?? '')),
          readsOnly,
          memoryBytes: undefined,
          timeoutMs: undefined,
          where: '',
          rank,
        }))
        .sort((one, other) => one.rank - other.rank);
      const { primary_agent, secondary_agents } = planTask('x', agents);
      const order = primary_agent === null ? [] : [primary_agent, ...secondary_agents];
      expect(new Set(order).size).toBe(order.length);
      expect(order.length > 0).toBe(rows.some(({ matches }) => matches));
      order.forEach((name, at) => {
        const { follows = [] } = agents.find(agent => agent.name === name) ?? {};
        expect(order.slice(at).filter(later => follows.includes(later))).toEqual([]);
      });
    }),
  );
});
