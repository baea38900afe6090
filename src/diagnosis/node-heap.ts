// How large a heap a Node process may have: what it was asked for, else V8's default for its version and this
// machine. Pure. The default was measured with Node 12 to 26 under 256 MiB to 128 GiB of (pretended) memory;
// the table is in test/unit/diagnosis/node-heap.test.ts.

/** Sizes in MiB: V8's own unit for its flags. */
export interface HeapLimit {
  readonly mb: number;
  /** Who says so: `--max-old-space-size` on the command line or in NODE_OPTIONS, or nobody. */
  readonly from: 'command line' | 'NODE_OPTIONS' | 'default';
}

export interface NodeProcess {
  readonly argv: readonly string[];
  readonly nodeOptions: string | undefined;
  /** The first number of its version; `undefined` where it is not known. */
  readonly major: number | undefined;
}

/** What V8 reckons from, bytes. */
export interface HeapRoom {
  readonly totalBytes: number;
  readonly cgroupLimitBytes?: number | undefined;
}

const MB = 2 ** 20;

/** The limit in force; `undefined` where the version decides and is not known. */
export function heapLimit({ argv, nodeOptions, major }: NodeProcess, room: HeapRoom): HeapLimit | undefined {
  const memoryMb = memoryBytes(major ?? NEWEST_READS_CGROUP, room) / MB;
  const typed = askedMb(ownFlags(argv), memoryMb);
  if (typed !== undefined) return { mb: typed, from: 'command line' };
  const inherited = askedMb(splitOptions(nodeOptions ?? ''), memoryMb);
  if (inherited !== undefined) return { mb: inherited, from: 'NODE_OPTIONS' };
  return major === undefined ? undefined : { mb: defaultHeapMb(major, room), from: 'default' };
}

/** Node reads cgroup v2 limits from version 20 on (libuv 1.45); measured, as was that 18 does not. */
const NEWEST_READS_CGROUP = 20;

const memoryBytes = (major: number, { totalBytes, cgroupLimitBytes }: HeapRoom): number =>
  major >= NEWEST_READS_CGROUP
    ? Math.min(totalBytes, cgroupLimitBytes ?? Number.POSITIVE_INFINITY)
    : totalBytes;

/**
 * What v8.getHeapStatistics().heap_size_limit is where nothing was asked for, on 64 bits: half of the memory for
 * the old generation, 256 MiB at least and 2 GiB at most, 4 GiB from about 16 GiB of memory on; and the young
 * generation beside it.
 */
export function defaultHeapMb(major: number, room: HeapRoom): number {
  const memoryMb = memoryBytes(major, room) / MB;
  const half = memoryMb / 2;
  const most = memoryMb >= hugeFromMb(major) ? 4_096 : 2_048;
  const oldMb = Math.min(most, Math.max(256, Math.floor(half)));
  return oldMb + 3 * semiSpaceMb(major, Math.min(most, half));
}

function hugeFromMb(major: number): number {
  if (major < 14) return Number.POSITIVE_INFINITY;
  return major < 22 ? 15.5 * 1_024 : 15 * 1_024;
}

/** A power of two: a share of the old generation, small where that is small. */
function semiSpaceMb(major: number, oldMb: number): number {
  if (major >= 26) return powerOfTwo(oldMb / 64, 32);
  const isSmall = oldMb <= 256;
  if (major >= 24) return isSmall ? 1 : powerOfTwo(oldMb / 32, 64);
  return isSmall ? 1 : powerOfTwo(oldMb / 128, 16);
}

const powerOfTwo = (value: number, most: number): number =>
  Math.min(most, 2 ** Math.ceil(Math.log2(Math.max(1, value))));

/** The last of each flag counts; a share of the memory beats a size, and 0 is none. */
function askedMb(words: readonly string[], memoryMb: number): number | undefined {
  const percentage = lastValue(words, 'max-old-space-size-percentage');
  if (percentage !== undefined) return Math.floor((memoryMb * percentage) / 100);
  return lastValue(words, 'max-old-space-size') ?? lastValue(words, 'max-heap-size');
}

function lastValue(words: readonly string[], flag: string): number | undefined {
  const values = words.flatMap(word => {
    const [name = '', value = ''] = word.split('=');
    const isFlag = name.replace(/^--?/, '').replaceAll('_', '-') === flag && name.startsWith('-');
    return isFlag && /^\d+(\.\d+)?$/.test(value) && Number(value) > 0 ? Number(value) : [];
  });
  return values.at(-1);
}

/** Flags of Node that take the next word. */
const TAKES_WORD =
  /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--inspect-port|--title)$/;

/** What stands before the script: what comes after is the script's own. */
export function ownFlags(argv: readonly string[]): string[] {
  const flags: string[] = [];
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (!word.startsWith('-') || word === '-' || word === '--') break;
    flags.push(word);
    if (TAKES_WORD.test(word)) at += 1;
    else if (/^(-e|-p|-pe|--eval|--print)$/.test(word)) break;
  }
  return flags;
}

/** NODE_OPTIONS is split at spaces; a word in double quotes may hold them. https://nodejs.org/api/cli.html */
const splitOptions = (text: string): string[] =>
  [...text.matchAll(/(?:[^\s"]|"(?:\\.|[^"\\])*")+/g)].map(([word]) => word.replaceAll('"', ''));

/** The version that a version manager or npm put into the path of the program. */
export function majorFromPath(executable: string): number | undefined {
  const found = /[/\\@]v?(\d{2})\.\d+\.\d+(?:[/\\]|$)/.exec(executable)?.[1];
  return found === undefined ? undefined : Number(found);
}
