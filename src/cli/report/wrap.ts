// Text broken into the lines of a page. Help fits into a window of 80 columns, wherever it is read. Pure.

const PAGE_COLUMNS = 80;

export interface Page {
  /** Spaces before each line. */
  readonly indent?: number;
  readonly columns?: number;
}

/** Lines no wider than the page; a word that is wider than that has a line of its own. */
export function wrap(text: string, { indent = 0, columns = PAGE_COLUMNS }: Page = {}): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map(each => `${' '.repeat(indent)}${each}`);
}

/** A word and what it means: the text begins at `indent`, in the word's line if that is short enough. */
export function entry(head: string, text: string, page: Page & { readonly indent: number }): string[] {
  const [first = '', ...rest] = wrap(text, page);
  return head.length < page.indent
    ? [`${head.padEnd(page.indent)}${first.slice(page.indent)}`, ...rest]
    : [head, first, ...rest];
}
