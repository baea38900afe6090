// What people call a process: the program, or, for an interpreter, what it interprets. Pure.

/** Last part of a path of either system, without `.exe`; of a title (`npm run dev`), its first word. */
export function baseName(path: string): string {
  const word = path.startsWith('/') || path.includes('\\') ? path : (path.split(' ', 1)[0] ?? '');
  const name = word.split(/[/\\]/).findLast(part => part !== '') ?? '';
  return name.replace(/\.exe$/i, '').replace(/^-/, '');
}

/** A program that set a title of its own has left empty words behind it. */
export function spokenWords(argv: readonly string[]): readonly string[] {
  const last = argv.findLastIndex(word => word !== '');
  return argv.slice(0, last + 1);
}

const INTERPRETERS = /^(node|nodejs|bun|deno|python[\d.]*|perl|ruby|php|java)$/;
const TAKES_WORD = /^(-r|--require|--import|--loader|-C|--conditions|-X|-W|-cp|-classpath|--title)$/;

/** `node vite` for `/usr/bin/node /x/node_modules/vite/bin/vite.js`, `python3 pytest` for `python3 -m pytest`. */
export function programName(argv: readonly string[]): string {
  const program = baseName(argv[0] ?? '');
  if (!INTERPRETERS.test(program)) return program;
  const script = scriptOf(argv);
  return script === undefined ? program : `${program} ${script}`;
}

export const isNode = (argv: readonly string[]): boolean => /^node(js)?$/.test(baseName(argv[0] ?? ''));

function scriptOf(argv: readonly string[]): string | undefined {
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '-m' || word === '-jar') return baseName(argv[at + 1] ?? '');
    if (/^(-e|-p|-c|--eval|--print)$/.test(word)) return undefined;
    if (TAKES_WORD.test(word)) at += 1;
    else if (!word.startsWith('-')) return packageOf(word) ?? baseName(word);
  }
  return undefined;
}

/** Many packages start with a file named `cli.js`; the package says more. */
const packageOf = (path: string): string | undefined =>
  /.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?(?!\.bin)[^/\\]+)[/\\]/.exec(path)?.[1]?.replaceAll('\\', '/');
