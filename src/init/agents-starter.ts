// The four classic roles as a starter for seqx.toml: who they are, which words of a task are theirs, who comes
// after whom. Pure text; commented so that it explains itself to whoever edits it.

import { TASK_PLACE } from '../base/agents-config.ts';

interface Role {
  readonly name: string;
  /** What it is told before the task. */
  readonly prompt: string;
  readonly match: readonly (readonly string[])[];
  readonly follows: readonly string[];
  readonly readsOnly: boolean;
}

const ROLES: readonly Role[] = [
  {
    name: 'frontend-developer',
    prompt: "You are this project's frontend developer: user interface, styles, accessibility. Your task:",
    match: [
      [
        'frontend',
        'front end',
        'ui',
        'ux',
        'user interface',
        'component',
        'page',
        'screen',
        'view',
        'layout',
      ],
      [
        'button',
        'form',
        'input',
        'modal',
        'dialog',
        'menu',
        'navbar',
        'sidebar',
        'dropdown',
        'tooltip',
        'icon',
      ],
      ['css', 'html', 'style', 'styling', 'theme', 'dark mode', 'responsive', 'animation', 'accessibility'],
      ['react', 'vue', 'svelte', 'angular', 'tailwind'],
    ],
    follows: [],
    readsOnly: false,
  },
  {
    name: 'backend-architect',
    prompt: "You are this project's backend architect: interfaces, data, services. Your task:",
    match: [
      [
        'backend',
        'back end',
        'server',
        'service',
        'microservice',
        'architecture',
        'api',
        'endpoint',
        'webhook',
      ],
      [
        'database',
        'schema',
        'sql',
        'query',
        'index',
        'table',
        'column',
        'data model',
        'migration',
        'migrate',
      ],
      [
        'auth',
        'authentication',
        'authorization',
        'session',
        'cache',
        'queue',
        'rate limit',
        'graphql',
        'grpc',
      ],
      ['postgres', 'mysql', 'sqlite', 'mongodb', 'redis', 'kafka'],
    ],
    follows: [],
    readsOnly: false,
  },
  {
    name: 'test-automator',
    prompt: "You write and mend this project's tests; leave other code as it is. Your task:",
    match: [
      [
        'test',
        'testing',
        'e2e',
        'end to end',
        'coverage',
        'regression',
        'flaky',
        'mock',
        'fixture',
        'snapshot',
      ],
      ['jest', 'vitest', 'pytest', 'playwright', 'cypress'],
    ],
    follows: ['frontend-developer', 'backend-architect'],
    readsOnly: false,
  },
  {
    name: 'code-reviewer',
    prompt: 'Review the changes in this work tree; change no files, report what you find. The task was:',
    match: [
      ['review', 'reviewing', 'audit', 'inspect', 'critique', 'code quality', 'code smell', 'pull request'],
    ],
    follows: ['frontend-developer', 'backend-architect', 'test-automator'],
    readsOnly: true,
  },
];

export const ROLE_NAMES: readonly string[] = ROLES.map(({ name }) => name);

const EXAMPLE = ['my-agent', '--prompt', TASK_PLACE];

/**
 * The tables of these roles as TOML.
 * @param names some of ROLE_NAMES
 * @param command the words that start an agent, `{task}` in them; without any, a line to fill in
 */
export function starterText(names: readonly string[], command: readonly string[]): string {
  const roles = ROLES.filter(({ name }) => names.includes(name));
  return [
    '# Agents: `seqx plan "Add Button component"` says who would do a task, `seqx delegate "…"` has them do it.',
    '# match: words of a task that is theirs (plurals too; "*" alone: any task). follows: whom they come after.',
    '# command: any program, as a list of words; {task} stands for the task. Also told: $SEQX_AGENT, $SEQX_TASK.',
    '# reads_only = true: changes no files, may run beside others like it. memory = "2G", timeout = "30m": limits.',
    ...roles.flatMap(role => ['', ...roleLines(role, command)]),
    '',
  ].join('\n');
}

function roleLines({ name, prompt, match, follows, readsOnly }: Role, command: readonly string[]): string[] {
  const words = (command.length === 0 ? EXAMPLE : command).map(word =>
    word.split(TASK_PLACE).join(`${prompt} ${TASK_PLACE}`),
  );
  return [
    `[agents.${name}]`,
    'match = [',
    ...match.map(line => `  ${line.map(tomlText).join(', ')},`),
    ']',
    ...(follows.length === 0 ? [] : [`follows = ${tomlList(follows)}`]),
    ...(readsOnly ? ['reads_only = true'] : []),
    `${command.length === 0 ? '# ' : ''}command = ${tomlList(words)}`,
  ];
}

const tomlList = (texts: readonly string[]): string => `[${texts.map(tomlText).join(', ')}]`;

/** JSON's text is TOML's, but for DEL, which TOML wants spelled out. */
const tomlText = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f');
