// A circuit breaker for the memory of this process: warns, and trips once, before V8 or the kernel ends it.
// It looks from a timer, so code that never returns to the event loop is not seen until it does. Garbage counts
// as memory, but where Node was started with --expose-gc it is collected before the breaker trips.

import { SeqxError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';
import { type BreakerLimits, type BreakerVerdict, judgeMemory } from './breaker-verdict.ts';
import { checkListener } from './checked-option.ts';
import { invalidOption, megabytes } from './memory-threshold.ts';
import type { MemoryUsage, OwnProcess } from './this-process.ts';

export interface MemoryAlarm {
  readonly memory: MemoryUsage;
  /** What is over: the memory of the process, or the heap against V8's own limit. */
  readonly by: 'process' | 'heap';
  readonly warnBytes: number;
  readonly limitBytes: number;
}

export interface MemoryBreakerOptions {
  /** Megabytes of this process to warn at; 80 % of the limit by default. */
  readonly warnMb?: number | undefined;
  /** Megabytes of this process to trip at; 3584 by default. */
  readonly limitMb?: number | undefined;
  /** Called once, and again only after memory fell 10 % below the mark. */
  readonly onWarn?: ((alarm: MemoryAlarm) => void) | undefined;
  /** Called once. */
  readonly onTrip?: ((alarm: MemoryAlarm) => void) | undefined;
}

export interface MemoryBreaker extends Disposable {
  readonly isTripped: boolean;
  /** Aborts when the breaker trips: for `safeParallel`, `fetch` and the like. */
  readonly signal: AbortSignal;
  /** Ends the watch; harmless when it has ended. */
  stop(): void;
}

const DEFAULT_LIMIT_MB = 3_584;
const DEFAULT_WARN_SHARE = 0.8;

/** @throws SeqxError SEQX_SETTING_INVALID */
export function watchMemory(options: MemoryBreakerOptions, own: OwnProcess): MemoryBreaker {
  checkListener(options.onWarn, 'onWarn');
  checkListener(options.onTrip, 'onTrip');
  const breaker = new Breaker(options, limitsOf(options), own);
  breaker.lookIn(0);
  return breaker;
}

function limitsOf({ limitMb = DEFAULT_LIMIT_MB, warnMb }: MemoryBreakerOptions): BreakerLimits {
  const limitBytes = megabytes(limitMb, 'limitMb', 1);
  if (warnMb === undefined) return { limitBytes, warnBytes: limitBytes * DEFAULT_WARN_SHARE };
  const warnBytes = megabytes(warnMb, 'warnMb', 1);
  if (warnBytes <= limitBytes) return { limitBytes, warnBytes };
  throw invalidOption('warnMb', warnMb, `a number of megabytes up to limitMb, which is ${limitMb}`);
}

class Breaker implements MemoryBreaker {
  readonly #options: MemoryBreakerOptions;
  readonly #limits: BreakerLimits;
  readonly #own: OwnProcess;
  readonly #oldGenerationBytes: number;
  readonly #tripped = new AbortController();
  #isWarned = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MemoryBreakerOptions, limits: BreakerLimits, own: OwnProcess) {
    this.#options = options;
    this.#limits = limits;
    this.#own = own;
    this.#oldGenerationBytes = own.oldGenerationBytes();
  }

  get isTripped(): boolean {
    return this.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#tripped.signal;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** The first look, too, comes from the event loop: by then the caller has the breaker. */
  lookIn(ms: number): void {
    // Never what keeps a process alive.
    this.#timer = setTimeout(() => this.#look(), ms).unref();
  }

  /** Sets the next look before it calls anybody: a listener may stop us, and may throw. */
  #look(): void {
    const { memory, verdict } = this.#judge();
    const { kind, by, nextMs } = verdict;
    this.#isWarned = verdict.isWarned;
    if (kind !== 'trip') this.lookIn(nextMs);
    const alarm: MemoryAlarm = { memory, by, ...this.#limits };
    if (kind === 'warn') this.#options.onWarn?.(alarm);
    if (kind === 'trip') this.#trip(alarm);
  }

  #judge(): { readonly memory: MemoryUsage; readonly verdict: BreakerVerdict } {
    const look = () => {
      const memory = this.#own.usage();
      const usage = { ...memory, oldGenerationBytes: this.#oldGenerationBytes };
      return { memory, verdict: judgeMemory(usage, this.#limits, this.#isWarned) };
    };
    const first = look();
    if (first.verdict.kind !== 'trip' || !this.#own.canCollect()) return first;
    this.#own.collect();
    return look();
  }

  #trip(alarm: MemoryAlarm): void {
    const { memory, by, limitBytes } = alarm;
    const [used, limit] =
      by === 'process' ? [memory.usedBytes, limitBytes] : [memory.heapUsedBytes, this.#oldGenerationBytes];
    const what = by === 'process' ? 'this process uses' : 'the heap of this process is';
    const message = `${what} ${formatBytes(used)}; its limit is ${formatBytes(limit)}`;
    try {
      this.#options.onTrip?.(alarm);
    } finally {
      this.#tripped.abort(new SeqxError('SEQX_MEMORY_TRIPPED', message));
    }
  }
}
