// Whether a line of shell looks as if a quote in it were never closed. Pure, and no parser: quotes inside $(…) or
// after # may fool it, so that its yes is a reason to ask the shell, and its no is good.

export function hasOpenQuote(line: string): boolean {
  let open = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (char === '\\' && open !== "'") at += 1;
    else if (open !== '') open = char === open ? '' : open;
    else if (char === '"' || char === "'" || char === '`') open = char;
  }
  return open !== '' || /(^|[^\\])(\\\\)*\\$/.test(line);
}
