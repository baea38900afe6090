// Where V8 gives up: not over the limit that it tells (`heap_size_limit`), but over a full old generation, which is
// that limit without the young one. How large the young one may grow, V8 tells nobody: by default 48 MiB, with
// Node 24 192 MiB, and as large as --max-semi-space-size makes it. `node24 --max-old-space-size=150` tells of
// 342 MiB and dies with 135 in use. Pure.

const MIB = 2 ** 20;
/** The young generation is three semi-spaces. */
const SEMI_SPACES = 3;

export interface HeapFacts {
  /** As V8 tells it: both generations. */
  readonly heapLimitBytes: number;
  /** Node's own flags: those of NODE_OPTIONS first, then those of the command line, which count more. */
  readonly flags: readonly string[];
  /** What a worker was made with, MiB; a flag counts instead of it. */
  readonly workerOldMb?: number | undefined;
  /** The first number of Node's version. */
  readonly major: number;
}

export function oldGenerationBytes({ heapLimitBytes, flags, workerOldMb, major }: HeapFacts): number {
  const oldMb = lastSize(flags, 'max-old-space-size') ?? workerOldMb;
  if (oldMb !== undefined) return Math.min(oldMb * MIB, heapLimitBytes);
  const semiMb = lastSize(flags, 'max-semi-space-size') ?? usualSemiMb(major);
  return Math.max(heapLimitBytes - SEMI_SPACES * semiMb * MIB, heapLimitBytes / 2);
}

/** The most that it is by default, on 64 bits; measured with Node 20 to 26. */
function usualSemiMb(major: number): number {
  if (major >= 26) return 32;
  return major >= 24 ? 64 : 16;
}

/** The last of them counts, and 0 is none. */
function lastSize(flags: readonly string[], name: string): number | undefined {
  const sizes = flags.flatMap(flag => {
    const [word = '', value = ''] = flag.replaceAll('"', '').split('=');
    return word.replaceAll('_', '-') === `--${name}` && /^\d+$/.test(value) ? Number(value) : [];
  });
  return sizes.at(-1) || undefined;
}
