// The words that start an agent on a task. Pure. The task is text from anywhere: in a list of words it stands
// as (part of) one argument, in a line of shell as the variable SEQX_TASK, quoted. A shell never reads it as code.

import { type AgentConfig, TASK_PLACE } from '../base/agents-config.ts';

/** What an agent is told besides its arguments. */
export const AGENT_VARIABLE = 'SEQX_AGENT';
export const TASK_VARIABLE = 'SEQX_TASK';

export type AgentCommand =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'line'; readonly line: string };

/** `undefined` for an agent that has no command. */
export function agentCommand({ command }: AgentConfig, task: string): AgentCommand | undefined {
  if (command === undefined) return undefined;
  if (typeof command === 'string') return { kind: 'line', line: lineFor(command) };
  return { kind: 'words', words: command.map(word => word.split(TASK_PLACE).join(task)) };
}

/** What stands for the task, by the quotes around it. */
const REFERENCE = {
  none: `"\${${TASK_VARIABLE}}"`,
  double: `\${${TASK_VARIABLE}}`,
  single: `'"\${${TASK_VARIABLE}}"'`,
} as const;

/** One piece of a line of sh, by the quotes around it: an escape, a comment, our mark, any character. */
const PIECE = {
  none: /\\[\s\S]|(?<![^\s;|&(])#[^\n]*|\{task\}|[\s\S]/y,
  double: /\\[\s\S]|\{task\}|[\s\S]/y,
  single: /\{task\}|[\s\S]/y,
} as const;

type Quotes = keyof typeof PIECE;

function lineFor(line: string): string {
  let quotes: Quotes = 'none';
  let written = '';
  for (let at = 0; at < line.length; ) {
    const piece = pieceAt(line, at, quotes);
    written += piece === TASK_PLACE ? REFERENCE[quotes] : piece;
    quotes = quotesAfter(piece, quotes);
    at += piece.length;
  }
  return written;
}

function pieceAt(line: string, at: number, quotes: Quotes): string {
  const pattern = PIECE[quotes];
  pattern.lastIndex = at;
  return pattern.exec(line)?.[0] ?? '';
}

function quotesAfter(piece: string, quotes: Quotes): Quotes {
  if (piece === '"' && quotes !== 'single') return quotes === 'double' ? 'none' : 'double';
  if (piece === "'" && quotes !== 'double') return quotes === 'single' ? 'none' : 'single';
  return quotes;
}
