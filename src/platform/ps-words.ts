// Command line and environment of a process as `ps -Eww -o pid=,command=` of macOS prints them: all words in
// one line, unquoted. So values are read as well as that allows: up to the next word that looks like NAME=.
// Programs protected by SIP (/bin/sh, /usr/bin/make …) show no environment at all. Pure. From ps(1), not run.

/** Lines by pid. A line that does not begin with a number continues the one before it. */
export function parsePsWords(text: string): Map<number, string> {
  const words = new Map<number, string>();
  let last: number | undefined;
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+) (.*)$/.exec(line);
    if (match) {
      last = Number(match[1]);
      words.set(last, match[2] ?? '');
    } else if (last !== undefined && line !== '') {
      words.set(last, `${words.get(last)}\n${line}`);
    }
  }
  return words;
}

/** The last `NAME=` wins: the environment stands behind the arguments, which may hold such a word too. */
export function valueIn(words: string, name: string): string | undefined {
  const needle = ` ${name}=`;
  const at = words.lastIndexOf(needle);
  if (at < 0) return undefined;
  const rest = words.slice(at + needle.length);
  const next = rest.search(/\s[A-Za-z_]\w*=/);
  return next < 0 ? rest.trimEnd() : rest.slice(0, next);
}

/** Whether the environment is shown at all: hardly any process lacks all of these. */
export const showsEnvironment = (words: string): boolean => /\s(?:PATH|HOME|USER|PWD|TMPDIR)=/.test(words);
