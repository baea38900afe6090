// Lines of ours at the end of somebody's file, between two marks: put in, found again, taken out, so that every
// other byte is as it was. The first mark says what was put before it and has a sum of the lines, by which it is
// known whether somebody has changed them. Pure, on bytes as latin1 text (files.ts).

import { gateHash } from '../base/project.ts';

export interface OwnBlock {
  /** The lines between the marks, with `\n`. */
  readonly body: string;
  /** Somebody has changed the lines since. */
  readonly isEdited: boolean;
  /** The file without the block; `undefined` when nothing is left of a file that seqx made. */
  readonly rest: string | undefined;
}

/** `new`: the file was made for the block; else how many line ends were put before it. */
type Before = 'new' | '0' | '1' | '2';

/** @param text of the file; `undefined` when there is none */
export function addBlock(text: string | undefined, name: string, body: string): string {
  const end = text?.includes('\r\n') ? '\r\n' : '\n';
  const before = text === undefined ? 'new' : text === '' ? '0' : text.endsWith('\n') ? '1' : '2';
  const block = `${head(name, before, body)}\n${body}${tail(name)}\n`;
  return `${text ?? ''}${end.repeat(Number(before) || 0)}${block.replaceAll('\n', end)}`;
}

/** `undefined` when there is none; `half` when one of its marks is missing. */
export function findBlock(text: string, name: string): OwnBlock | 'half' | undefined {
  const mark = new RegExp(`^# >>> ${name} before=(new|[012]) sum=([0-9a-f]{16})[^\\n]*\\n`, 'm').exec(text);
  const last = new RegExp(`^# <<< ${name}\\r?(\\n|$)`, 'm').exec(text);
  if (!mark && !last) return undefined;
  if (!mark || !last || last.index < mark.index) return 'half';
  const before = mark[1] as Before;
  const body = text.slice(mark.index + mark[0].length, last.index).replaceAll('\r\n', '\n');
  const ahead = withoutLineEnds(text.slice(0, mark.index), Number(before) || 0);
  const rest = ahead + text.slice(last.index + last[0].length);
  const isGone = before === 'new' && rest === '';
  return { body, isEdited: sumOf(before, body) !== mark[2], rest: isGone ? undefined : rest };
}

/** As many as were put there, if they still are. */
function withoutLineEnds(text: string, count: number): string {
  let rest = text;
  for (let left = count; left > 0; left--) rest = rest.replace(/\r?\n$/, '');
  return rest;
}

const head = (name: string, before: Before, body: string): string =>
  `# >>> ${name} before=${before} sum=${sumOf(before, body)} (up to <<<; taken out by: seqx ${name} --remove)`;

const tail = (name: string): string => `# <<< ${name}`;

const sumOf = (before: Before, body: string): string => gateHash('own-block', `${before}\n${body}`);
