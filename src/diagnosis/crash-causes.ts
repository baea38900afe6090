// Why did it die? Pure: what the log says in, the causes that its figures speak for out, each with the figures.
// A death may have several: a leak ends in thrashing, a limit may be low as well.

import { formatBytes, formatDuration } from '../base/units.ts';
import type { CrashFigures } from './crash-figures.ts';
import type { CrashFacts } from './crash-log.ts';
import { type DeathKind, isKilled } from './crash-signs.ts';

export type Cause =
  | 'sudden-allocation'
  | 'slow-leak'
  | 'steady-growth'
  | 'limit-low'
  | 'gc-thrash'
  | 'too-long'
  | 'outside-heap'
  | 'worker-limit'
  | 'killed-by-system'
  | 'seqx-limit'
  | 'unclear';

export interface Finding {
  readonly cause: Cause;
  /** One sentence, with the figures that speak for it. */
  readonly why: string;
}

/** Who dies of a leak has usually lived long; what dies sooner has too much to do, or a loop that keeps it. */
const LEAK_MS = 600_000;
/** So much freed by the last full collection: what was there did not fill the heap. */
const FREED_MUCH = 0.2;
/** The program got less than this share of the time (V8 itself speaks of `ineffective` below about 0.4). */
const MU_THRASH = 0.1;
/** A limit is far too low where the machine has eight times as much. */
const LOW_SHARE = 1 / 8;

/** @param machineBytes what this machine (or its container) has in all */
export function findCauses(facts: CrashFacts, figures: CrashFigures, machineBytes: number): Finding[] {
  const kind = facts.death?.kind;
  const plain = kind && PLAIN[kind]?.(facts);
  if (plain) return [plain];
  if (!facts.death && facts.collections.length === 0)
    return [{ cause: 'unclear', why: 'no death by memory in the log' }];
  const findings = [
    sudden(kind, figures) ?? growing(figures),
    low(figures, machineBytes),
    thrash(kind, figures),
  ].filter(finding => finding !== undefined);
  return findings.length > 0
    ? findings
    : [{ cause: 'unclear', why: 'the heap was full; the log has too few collections to say how it filled' }];
}

/** Deaths whose cause is in their own words. */
const PLAIN: Partial<Record<DeathKind, (facts: CrashFacts) => Finding>> = {
  length: () => ({
    cause: 'too-long',
    why: 'an array, string, Map or Set was made longer than V8 can make one; no memory limit changes that',
  }),
  native: ({ death }) => ({
    cause: 'outside-heap',
    why: `the system refused memory while V8's heap was not full (${place(death?.words)}): address space (ulimit -v), container, or machine`,
  }),
  buffer: () => ({
    cause: 'outside-heap',
    why: 'a Buffer or ArrayBuffer could not be had: they lie outside the heap, and its limit does not concern them',
  }),
  worker: () => ({
    cause: 'worker-limit',
    why: 'a worker thread passed its own heap limit; the process went on, or died of the unhandled error',
  }),
  kernel: ({ killed }) => ({
    cause: 'killed-by-system',
    why: `${who(killed?.program, killed?.pid)} was killed from outside because ${
      killed?.isCgroup ? 'its container or unit' : 'the machine'
    } had no memory left${killed?.residentMb === undefined ? '' : `; it had ${mib(killed.residentMb)} resident`}`,
  }),
  seqx: () => ({ cause: 'seqx-limit', why: 'the process tree passed the limit that seqx was given for it' }),
  code: ({ death }) => ({
    cause: 'unclear',
    why: `the log has an exit code alone (${death?.words}); ${
      isKilled(death?.words ?? '')
        ? '137 is SIGKILL: the OOM killer, a container limit, or somebody'
        : '134 is SIGABRT: Node ends so when its heap is full, and its last words are missing here'
    }`,
  }),
};

const who = (program = 'a process', pid?: number): string =>
  pid === undefined ? program : `${program} (pid ${pid})`;

const place = (words = ''): string =>
  /(?:ERROR:|memory:|OOM in) (.+?)(?: Allocation failed.*)?$/.exec(words)?.[1] ?? words;

function sudden(kind: DeathKind | undefined, { freedMb, freedShare }: CrashFigures): Finding | undefined {
  const cause = 'sudden-allocation';
  if (freedMb !== undefined && freedShare !== undefined && freedShare >= FREED_MUCH && kind !== 'thrash') {
    const freed = `the last full collection had just freed ${mib(freedMb)} (${percent(freedShare)})`;
    return {
      cause,
      why: `${freed}, and still the next allocation did not fit: one big array, Map or string`,
    };
  }
  if (kind !== 'single') return undefined;
  return {
    cause,
    why: 'one allocation did not fit even after the last collection V8 can make: it is a big one',
  };
}

function growing({ livedMs, heapMb, growth, freedShare }: CrashFigures): Finding | undefined {
  if (livedMs === undefined || heapMb === undefined) return undefined;
  const kept =
    freedShare === undefined ? '' : `; the last full collection found ${percent(freedShare)} to free`;
  const rate = growth && growth.mb > 0 ? `, ${mib(growth.mbPerSecond)} a second at the end` : '';
  const filled = `${mib(heapMb)} filled up in ${formatDuration(livedMs)}${rate}${kept}`;
  if (livedMs >= LEAK_MS) {
    return { cause: 'slow-leak', why: `${filled}: something is kept that should have been let go` };
  }
  return {
    cause: 'steady-growth',
    why: `${filled}: more to do than the limit holds, or a loop that keeps all it makes`,
  };
}

function low({ limitMb, committedMb }: CrashFigures, machineBytes: number): Finding | undefined {
  const mb = limitMb ?? committedMb;
  if (mb === undefined || mb * 2 ** 20 >= machineBytes * LOW_SHARE) return undefined;
  const figure = limitMb === undefined ? `the heap ended at ${mib(mb)}` : `the limit was ${mib(mb)}`;
  return { cause: 'limit-low', why: `${figure}; this machine has ${formatBytes(machineBytes)}` };
}

function thrash(kind: DeathKind | undefined, { lastMu, averageMu }: CrashFigures): Finding | undefined {
  const isThrash = kind === 'thrash' || (lastMu !== undefined && lastMu < MU_THRASH);
  if (!isThrash) return undefined;
  const mu = lastMu ?? averageMu;
  const share =
    mu === undefined ? '' : `; the program had ${percent(mu)} of the time, the collector the rest`;
  return { cause: 'gc-thrash', why: `collection after collection freed next to nothing${share}` };
}

export const mib = (megabytes: number): string => formatBytes(megabytes * 2 ** 20);
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;
