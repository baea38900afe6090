// Globs over a line of text: `*` is any text, also none, also with slashes and spaces in it; `?` is one character;
// everything else is itself. Pure, and never slow: at most one step back for every character of the text.

export function matchesGlob(glob: string, text: string): boolean {
  const wanted = [...glob];
  const given = [...text];
  let at = 0;
  // Where the last star stood, and up to where it has swallowed the text.
  let star = -1;
  let swallowed = 0;
  for (let here = 0; here < given.length; ) {
    if (wanted[at] === '*') {
      star = at++;
      swallowed = here;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[here])) {
      at += 1;
      here += 1;
    } else if (star >= 0) {
      at = star + 1;
      here = ++swallowed;
    } else {
      return false;
    }
  }
  while (wanted[at] === '*') at += 1;
  return at === wanted.length;
}
