// The one line in a Makefile: where it goes, how it is found again, how it is taken out. Pure, on bytes as
// latin1 text: everything else in the file comes back as it was.

import { linesOf } from './files.ts';

const LINE = '-include seqx.mk\n';
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** `ours`: the line as we write it; `other`: somebody includes seqx.mk in words of their own. */
export function findInclude(text: string): 'ours' | 'other' | undefined {
  const lines = linesOf(text).map(line => line.replace(BYTE_ORDER_MARK, ''));
  if (lines.some(isOurs)) return 'ours';
  return lines.some(line => /^ *[-s]?include[ \t](.*[ \t/])?seqx\.mk([ \t#]|\r?\n|$)/.test(line))
    ? 'other'
    : undefined;
}

/** Above everything that make reads, so that nothing happens before the gate is ours. */
export function addInclude(text: string): string {
  const at = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : firstLineBegins(text);
  return text.slice(0, at) + LINE + text.slice(at);
}

/** Below `#!/usr/bin/make -f`, which only counts as the very first bytes; unless that line goes on. */
const firstLineBegins = (text: string): number => /^#![^\n]*[^\\\r\n]\r?\n/.exec(text)?.[0].length ?? 0;

export function removeInclude(text: string): string {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const lines = linesOf(text.slice(mark.length));
  return mark + lines.filter(line => !isOurs(line)).join('');
}

const isOurs = (line: string): boolean => /^-include seqx\.mk\r?\n?$/.test(line);
