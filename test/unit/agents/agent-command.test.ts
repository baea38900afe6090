// A task is text from anywhere: in whatever command it is put, no shell reads it as code.

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agentCommand } from '../../../src/agents/agent-command.ts';
import type { AgentConfig } from '../../../src/base/agents-config.ts';

const agent = (command: AgentConfig['command']): AgentConfig => ({
  name: 'a',
  match: [],
  command,
  follows: [],
  readsOnly: false,
  memoryBytes: undefined,
  timeoutMs: undefined,
  where: 'f',
});

test('without a command there is none', () => {
  expect(agentCommand(agent(undefined), 'x')).toBeUndefined();
});

describe('a list of words', () => {
  test.each([
    [
      ['a', '{task}'],
      ['a', 'T'],
    ],
    [
      ['a', '--p={task}', 'do {task}, {task}'],
      ['a', '--p=T', 'do T, T'],
    ],
    [['a', '{Task}', '{ task }', '$task'], undefined],
  ])('%j', (words, expected) => {
    expect(agentCommand(agent(words), 'T')).toEqual({ kind: 'words', words: expected ?? words });
  });

  test('has any task as it is, in one argument', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('$&', "$'", '{task}')), task => {
        expect(agentCommand(agent(['a', '{task}']), task)).toEqual({ kind: 'words', words: ['a', task] });
      }),
    );
  });
});

describe('a line of shell', () => {
  const line = (text: string) => {
    const command = agentCommand(agent(text), 'unused');
    return command?.kind === 'line' ? command.line : undefined;
  };
  const out = (text: string, task: string) =>
    execFileSync('/bin/sh', ['-c', line(text) ?? ''], {
      env: { PATH: process.env.PATH, SEQX_TASK: task },
    }).toString();

  test.each([
    ['a {task}', `a "\${SEQX_TASK}"`],
    ['a "do {task}"', `a "do \${SEQX_TASK}"`],
    ["a 'do {task}'", `a 'do '"\${SEQX_TASK}"''`],
    ["echo it\\'s {task}", `echo it\\'s "\${SEQX_TASK}"`],
    ['a "\\"{task}"', `a "\\"\${SEQX_TASK}"`],
    ["a # don't\nb {task}", `a # don't\nb "\${SEQX_TASK}"`],
    ["a '\\' {task}", `a '\\' "\${SEQX_TASK}"`],
    ['a b#{task}', `a b#"\${SEQX_TASK}"`],
    ['nothing', 'nothing'],
    ['a {task} {task}', `a "\${SEQX_TASK}" "\${SEQX_TASK}"`],
    ['a \\', 'a \\'],
  ])('%j', (text, expected) => {
    expect(line(text)).toBe(expected);
  });

  test.each(["printf '<%s>' {task}", `printf '<%s>' "{task}"`, `printf '<%s>' '{task}'`])(
    '%s prints any task as it is',
    text => {
      for (const task of ['$(touch x)', '`id`', '"; exit 3; "', "'; exit 3; '", 'a  b *', '\\', '-n', '\n#'])
        expect(out(text, task)).toBe(`<${task}>`);
    },
  );
});
