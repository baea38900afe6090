// The one line in a Makefile: where it goes, how it is found again, how it is taken out. Pure, on bytes as
// latin1 text: everything else in the file comes back as it was.

import { linesOf } from './files.ts';

const LINE = '-include seqx.mk\n';
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** `ours`: the line as we write it; `other`: somebody includes seqx.mk in words of their own. */
export function findInclude(text: string): 'ours' | 'other' | undefined {
  const [, body] = splitMark(text);
  const lines = linesOf(body);
  const obeyed = obeyedLines(lines);
  const own = lines.filter((_, at) => obeyed.has(at));
  if (own.some(isOurs)) return 'ours';
  return own.some(line => /^ *[-s]?include[ \t](.*[ \t/])?seqx\.mk([ \t#]|\r?\n|$)/.test(line))
    ? 'other'
    : undefined;
}

/**
 * Which lines make surely obeys: not in `define … endef`, not in a conditional, not the rest of the line above, also
 * if that is a remark. What looks as if it opened one is taken to: a second include harms nobody, a missing one does.
 */
function obeyedLines(lines: readonly string[]): Set<number> {
  const obeyed = new Set<number>();
  let isRest = false;
  let defines = 0;
  let conditions = 0;
  for (const [at, line] of lines.entries()) {
    const isNew = !isRest;
    isRest = /(?<!\\)(\\\\)*\\\r?\n$/.test(line);
    if (!isNew) continue;
    if (/^\s*((override|export|unexport|private)\s+)*define\b/.test(line)) defines += 1;
    else if (defines > 0) defines -= /^ *endef\b/.test(line) ? 1 : 0;
    else if (/^\s*if(eq|neq|def|ndef)\b/.test(line)) conditions += 1;
    else if (conditions > 0) conditions -= /^ *endif\b/.test(line) ? 1 : 0;
    // From here on another character than a tab begins a recipe: perhaps a dash.
    else if (line.includes('.RECIPEPREFIX')) return obeyed;
    else obeyed.add(at);
  }
  return obeyed;
}

/** Above everything that make reads, so that nothing happens before the gate is ours. */
export function addInclude(text: string): string {
  const at = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : firstLineBegins(text);
  return text.slice(0, at) + LINE + text.slice(at);
}

/** Below `#!/usr/bin/make -f`, which only counts as the very first bytes; unless that line goes on. */
const firstLineBegins = (text: string): number => /^#![^\n]*[^\\\r\n]\r?\n/.exec(text)?.[0].length ?? 0;

export function removeInclude(text: string): string {
  const [mark, body] = splitMark(text);
  const lines = linesOf(body);
  const obeyed = obeyedLines(lines);
  return mark + lines.filter((line, at) => !(isOurs(line) && obeyed.has(at))).join('');
}

const splitMark = (text: string): [string, string] =>
  text.startsWith(BYTE_ORDER_MARK) ? [BYTE_ORDER_MARK, text.slice(BYTE_ORDER_MARK.length)] : ['', text];

const isOurs = (line: string): boolean => /^-include seqx\.mk\r?\n?$/.test(line);
