// When a batch will be done: the work that is left, by what each command usually takes, shared by as many as have
// been at work so far. Pure.

export interface Pace {
  /** What commands that have ended took, milliseconds. */
  readonly doneMs: readonly number[];
  /** Those that run: for how long, and what they usually take if that is known. */
  readonly running: readonly { readonly forMs: number; readonly usualMs: number | undefined }[];
  /** What those that wait usually take. */
  readonly waiting: readonly (number | undefined)[];
  /** Since the first one was started. */
  readonly elapsedMs: number;
}

/** Milliseconds; `undefined` as long as nothing is known. */
export function etaMs({ doneMs, running, waiting, elapsedMs }: Pace): number | undefined {
  const isKnown = doneMs.length > 0 || [...waiting, ...running.map(({ usualMs }) => usualMs)].every(isNumber);
  if (!isKnown || running.length + waiting.length === 0) return undefined;
  const typicalMs = doneMs.length === 0 ? 0 : total(doneMs) / doneMs.length;
  const leftOfRunning = running.map(({ forMs, usualMs = typicalMs }) => Math.max(0, usualMs - forMs));
  const leftMs = total(leftOfRunning) + total(waiting.map(usualMs => usualMs ?? typicalMs));
  const workedMs = total(doneMs) + total(running.map(({ forMs }) => forMs));
  const atOnce = Math.max(1, elapsedMs > 0 ? workedMs / elapsedMs : running.length);
  // Not before the one that will take longest.
  return Math.max(leftMs / atOnce, ...leftOfRunning);
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);
const isNumber = (value: number | undefined): value is number => value !== undefined;
