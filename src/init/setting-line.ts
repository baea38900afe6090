// One setting in somebody else's file, as one line at its top: .npmrc and pnpm-workspace.yaml. At the top,
// because what follows (a section, a last line without an end) can neither swallow it nor be changed by it.
// Pure, on bytes as latin1 text: everything else in the file comes back as it was.

import { basename } from 'node:path';
import { linesOf } from './files.ts';

export interface SettingFile {
  readonly name: string;
  /** The line without its end. */
  readonly line: string;
  /** What a file that seqx creates begins with. */
  readonly remark: string;
  /** The value that a line gives to the setting. */
  readonly valueIn: (line: string) => string | undefined;
  /** Lines from this one on belong to something else. */
  readonly isEnd: (line: string) => boolean;
  /** How many of the first lines must stay the first. */
  readonly headLines: (lines: readonly string[]) => number;
}

export type FoundSetting =
  | { readonly kind: 'none' }
  /** Our line, or the same in other words. */
  | { readonly kind: 'ours' | 'same' }
  | { readonly kind: 'other'; readonly value: string };

const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

export function findSetting(text: string, file: SettingFile): FoundSetting {
  const [, body] = splitMark(text);
  // To their parsers a lone CR ends a line, too.
  const lines = body.split(/\r\n|\r|\n/);
  const own = lines.slice(0, endOf(lines, file));
  // The last one counts, for npm as for YAML.
  const value = own.map(file.valueIn).findLast(found => found !== undefined);
  if (value === undefined) return { kind: 'none' };
  if (basename(value) !== 'seqx') return { kind: 'other', value };
  return { kind: own.includes(file.line) ? 'ours' : 'same' };
}

function endOf(lines: readonly string[], { isEnd }: SettingFile): number {
  const end = lines.findIndex(isEnd);
  return end < 0 ? lines.length : end;
}

export const freshSetting = ({ remark, line }: SettingFile): string => `${remark}\n${line}\n`;

export function addSetting(text: string, file: SettingFile): string {
  const [mark, body] = splitMark(text);
  const lines = linesOf(body);
  const end = lines[0]?.endsWith('\r\n') ? '\r\n' : '\n';
  const head = file.headLines(lines);
  return mark + [...lines.slice(0, head), file.line + end, ...lines.slice(head)].join('');
}

/**
 * Takes out one line, the first: a second one, or one that belongs to a section, was not written by us.
 * @returns `undefined` when nothing is left of a file that seqx created
 */
export function removeSetting(text: string, file: SettingFile): string | undefined {
  if (text.replaceAll('\r\n', '\n') === freshSetting(file)) return undefined;
  const [mark, body] = splitMark(text);
  const lines = linesOf(body);
  const plain = lines.map(line => line.replace(/\r?\n$/, ''));
  const at = plain.slice(0, endOf(plain, file)).indexOf(file.line);
  // In a file of ours that others have added to, the remark goes as well.
  const first = at === 1 && plain[0] === file.remark ? 0 : at;
  return mark + lines.filter((_, index) => index < first || index > at).join('');
}

const splitMark = (text: string): [string, string] =>
  text.startsWith(BYTE_ORDER_MARK) ? [BYTE_ORDER_MARK, text.slice(BYTE_ORDER_MARK.length)] : ['', text];

const unquote = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;

/** npm (npm run, exec, install scripts), pnpm up to 10 and Yarn 1 read it; an INI file. */
export const NPMRC: SettingFile = {
  name: '.npmrc',
  line: 'script-shell=seqx',
  remark: '; written by `seqx init npm`, taken away by `seqx init npm --remove`',
  // As npm's parser of INI files reads it: keys may be quoted or stand alone, and `[]` makes a list.
  valueIn: line => {
    const found = /^\s*(["']?)script-shell(?:\[\])?\1\s*(?:=\s*(.*?)\s*)?$/.exec(line);
    const value = found?.[2] ?? '';
    return found ? unquote(/^["']/.test(value) ? value : value.replace(/\s*[;#].*$/, '')) : undefined;
  },
  isEnd: line => /^\[[^\]]*\]\s*$/.test(line),
  headLines: () => 0,
};

/** pnpm from 10 on reads it; YAML, whose document may begin with `---`. */
export const PNPM_WORKSPACE: SettingFile = {
  name: 'pnpm-workspace.yaml',
  line: 'scriptShell: seqx',
  remark: '# written by `seqx init npm`, taken away by `seqx init npm --remove`',
  valueIn: line => {
    const value = /^(["']?)scriptShell\1\s*:\s*(.*?)\s*(?:\s#.*)?$/.exec(line)?.[2];
    return value === undefined ? undefined : unquote(value);
  },
  isEnd: () => false,
  // A later one begins another document.
  headLines: lines => {
    const first = lines.findIndex(line => !/^\s*(#.*)?\s*$/.test(line));
    return /^---\s*$/.test(lines[first] ?? '') ? first + 1 : 0;
  },
};

/** Whether a YAML file is a plain list of settings, to which a line can be added without a parser. */
export function isPlainYaml(text: string): boolean {
  const [, body] = splitMark(text);
  const first = linesOf(body).find(line => !/^\s*(#.*)?\r?\n?$/.test(line) && !/^---\s*$/.test(line));
  return first === undefined || /^[\w"'-]+\s*:(\s|$)/.test(first);
}
