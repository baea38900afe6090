// Other people's text on our terminal: command lines and paths are shown in one line, without anything a
// terminal would obey, and without the secrets that command lines carry.

// C0, DEL, C1, bidirectional controls, line separators: all that could move a cursor or reorder a line.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;
// `--author` is no secret, `Authorization` introduces one.
const SECRET = '(?:token|password|passwd|secret|api-?key|auth(?!or(?!i))|credential|private-?key)';
const SECRET_NAME = new RegExp(SECRET, 'i');
const VALUE = String.raw`("[^"]*"|'[^']*'|(?:(?:bearer|basic|digest|token)\s+)?[^\s'"&]+)`;
// Inside a longer word: a shell line, a header, a query. Bounded, so that a script of 100 KB costs nothing.
const SECRET_ASSIGNED = new RegExp(String.raw`(${SECRET}[\w-]{0,40}(?:=|:\s*))${VALUE}`, 'gi');
const SECRET_FLAG = new RegExp(String.raw`(--[\w-]{0,40}${SECRET}[\w-]{0,40}\s+)(?!-)${VALUE}`, 'gi');
const ADDRESS_PASSWORD = /(:\/\/[^/@\s:]*:)[^/\s]+@/g;

/** One printable line of at most `columns` characters. */
export function cleanText(text: string, columns = 200): string {
  const line = text.replace(UNPRINTABLE, ' ').trim();
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

/** The same characters inside JSON, spelled out: no terminal obeys them, and every reader gets them back. */
export const escapeUnprintable = (json: string): string =>
  json.replace(UNPRINTABLE, found =>
    [...found].map(char => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`).join(''),
  );

/** The first so many characters of a command; a cut word, and what is missing, end in `…`. */
export function shortenWords(argv: readonly string[], longest: number): string[] {
  let left = longest;
  const words: string[] = [];
  for (const word of argv) {
    if (left <= 0) return [...words, '…'];
    words.push(word.length <= left ? word : `${word.slice(0, left)}…`);
    left -= word.length + 1;
  }
  return words;
}

/** A command as people read it: quoted where a shell would need it, secrets masked, cleaned, cut. */
export function showCommand(argv: readonly string[], columns = 60): string {
  return cleanText(maskSecrets(argv).map(quoteWord).join(' '), columns);
}

/**
 * Masks `--token=x`, `--password x`, `TOKEN=x`, `Authorization: x` and passwords inside addresses, as words of
 * their own and inside the line that a shell is given.
 */
export function maskSecrets(argv: readonly string[]): string[] {
  let isValueNext = false;
  return argv.map(word => {
    if (isValueNext && !word.startsWith('-')) {
      isValueNext = false;
      return '***';
    }
    isValueNext = /^--?[\w-]+$/.test(word) && SECRET_NAME.test(word);
    const assignment = /^([\w.-]+[=:]\s*)(.+)$/s.exec(word);
    if (assignment && SECRET_NAME.test(assignment[1] ?? '')) return `${assignment[1]}***`;
    return word
      .replace(ADDRESS_PASSWORD, '$1***@')
      .replace(SECRET_ASSIGNED, '$1***')
      .replace(SECRET_FLAG, '$1***');
  });
}

function quoteWord(word: string): string {
  if (word === '') return "''";
  return /^[\w@%+=:,./*-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** `1 process`, `7 processes`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
