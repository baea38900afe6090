// Between two pieces of work in one process: garbage away, then wait until memory is below the threshold.

import { formatBytes, formatDuration } from '../base/units.ts';
import { type Cancel, firstOf } from '../base/wake.ts';
import { checkSignal } from './checked-option.ts';
import { Collector, collectNow } from './collector.ts';
import { invalidOption, thresholdBytes } from './memory-threshold.ts';
import { GC_HINT, type MemoryUsage, type OwnProcess } from './this-process.ts';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface ThresholdOptions {
  /** Megabytes; by default SEQX_MEMORY_THRESHOLD, MEMORY_THRESHOLD, or 4096. 0 is off: memory is never high. */
  readonly thresholdMb?: number | undefined;
}

export interface WaitForMemoryOptions extends ThresholdOptions {
  /** Give up after this time, milliseconds; five minutes by default. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Collect garbage while waiting where Node was started with --expose-gc; true by default. */
  readonly forceGc?: boolean | undefined;
}

export interface WaitedForMemory {
  readonly ending: 'below' | 'timeout' | 'aborted';
  readonly waitedMs: number;
  readonly memory: MemoryUsage;
}

export interface CleanupOptions extends WaitForMemoryOptions {
  /** Say on stderr what was freed. */
  readonly verbose?: boolean | undefined;
}

export interface CleanupReport {
  readonly before: MemoryUsage;
  readonly after: MemoryUsage;
  /** What the memory of the process fell by, bytes; 0 if it grew. */
  readonly freedBytes: number;
  /** False where Node was started without --expose-gc. */
  readonly isCollected: boolean;
  /** Whether memory is below the threshold now. */
  readonly isBelow: boolean;
}

/** @throws SeqxError SEQX_SETTING_INVALID */
export const isHigh = ({ thresholdMb }: ThresholdOptions, own: OwnProcess): boolean =>
  own.usage().usedBytes > thresholdBytes(thresholdMb, own.env, 'thresholdMb');

/** @throws SeqxError SEQX_SETTING_INVALID */
export async function waitBelow(options: WaitForMemoryOptions, own: OwnProcess): Promise<WaitedForMemory> {
  const { signal, timeoutMs = 300_000, forceGc = true } = options;
  const limitBytes = thresholdBytes(options.thresholdMb, own.env, 'thresholdMb');
  checkTimeout(timeoutMs);
  checkSignal(signal);
  const collector = forceGc ? new Collector(own) : undefined;
  const startedMs = own.nowMs();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    let memory = own.usage();
    if (memory.usedBytes > limitBytes && collector?.collect()) memory = own.usage();
    const waitedMs = own.nowMs() - startedMs;
    const leftMs = timeoutMs - waitedMs;
    if (memory.usedBytes <= limitBytes) return { ending: 'below', waitedMs, memory };
    if (signal?.aborted) return { ending: 'aborted', waitedMs, memory };
    if (leftMs <= 0) return { ending: 'timeout', waitedMs, memory };
    await pause(Math.min(pauseMs, leftMs), signal);
  }
}

/** Keeps the process alive: somebody waits for the answer. */
const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  firstOf([
    done => {
      const timer = setTimeout(done, ms);
      return () => clearTimeout(timer);
    },
    done => listening(signal, done),
  ]);

function listening(signal: AbortSignal | undefined, done: () => void): Cancel {
  signal?.addEventListener('abort', done);
  return () => signal?.removeEventListener('abort', done);
}

/**
 * Collects twice, with a turn of the event loop between: what finalizers let go of falls to the second.
 * @throws SeqxError SEQX_SETTING_INVALID
 */
export async function cleanUp(options: CleanupOptions, own: OwnProcess): Promise<CleanupReport> {
  const { forceGc = true, timeoutMs = 0, verbose = false } = options;
  const before = own.usage();
  const { isCollected } = forceGc ? collectNow(own) : { isCollected: false };
  await new Promise(resolve => setImmediate(resolve));
  if (isCollected) collectNow(own);
  const { ending, memory: after, waitedMs } = await waitBelow({ ...options, timeoutMs }, own);
  const freedBytes = Math.max(0, before.usedBytes - after.usedBytes);
  if (verbose) {
    const [was, is] = [before, after].map(({ usedBytes }) => formatBytes(usedBytes));
    const waited = waitedMs >= FIRST_PAUSE_MS ? `, waited ${formatDuration(waitedMs)}` : '';
    const high = ending === 'below' ? '' : ', still over the threshold';
    own.say(`cleanup: memory ${was} before, ${is} after, ${formatBytes(freedBytes)} freed${waited}${high}`);
    if (forceGc && !isCollected) own.say(`no garbage collection: ${GC_HINT}`);
  }
  return { before, after, freedBytes, isCollected, isBelow: ending === 'below' };
}

function checkTimeout(ms: number): void {
  if (typeof ms === 'number' && ms >= 0 && ms <= LONGEST_TIMER_MS) return;
  throw invalidOption('timeoutMs', ms, 'milliseconds from 0 up, such as timeoutMs: 60_000');
}
