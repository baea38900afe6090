// What the journal tells about a command: pure, no disk. Runs that ended by themselves count; what was
// ended by a limit or a signal says nothing about how long the work takes.

import { maskSecrets } from '../base/text.ts';
import type { JournalEntry } from './journal.ts';

/** How many of the latest runs of a command count. */
const RECENT = 20;

/** Commands are the same when their words are, in order. */
const isSameCommand = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word, index) => word === b[index]);

/** The median run time of a command, milliseconds; `undefined` when it never ran to its end. */
export function usualRunMs(entries: readonly JournalEntry[], argv: readonly string[]): number | undefined {
  const masked = maskSecrets(argv);
  const times = entries
    .filter(entry => ['exited', 'held'].includes(entry.outcome) && isSameCommand(entry.argv, masked))
    .slice(-RECENT)
    .map(({ ranMs }) => ranMs);
  return percentile(times, 0.5);
}

/**
 * The memory that nine of ten earlier runs of a command stayed below, bytes; `undefined` when none was seen. Runs
 * that were ended count as well: they needed at least what they had by then.
 */
export function usualPeakBytes(
  entries: readonly JournalEntry[],
  argv: readonly string[],
): number | undefined {
  const wanted = normalWords(argv);
  const peaks = entries
    .filter(({ peakBytes, argv: words }) => peakBytes && isSameCommand(normalWords(words), wanted))
    .slice(-RECENT)
    .map(({ peakBytes }) => peakBytes ?? 0);
  return percentile(peaks, 0.9);
}

/** What the journal tells of many commands: each entry is read once, not once for each command. */
export function pastOf(entries: readonly JournalEntry[]): {
  readonly usualMs: (argv: readonly string[]) => number | undefined;
  readonly usualPeakBytes: (argv: readonly string[]) => number | undefined;
} {
  const known = new Map<string, JournalEntry[]>();
  const keyOf = (argv: readonly string[]) => normalWords(argv).join('\0');
  for (const entry of entries) {
    const key = keyOf(entry.argv);
    const same = known.get(key);
    if (same) same.push(entry);
    else known.set(key, [entry]);
  }
  const of = (argv: readonly string[]) => known.get(keyOf(argv)) ?? [];
  return {
    usualMs: argv => usualRunMs(of(argv), argv),
    usualPeakBytes: argv => usualPeakBytes(of(argv), argv),
  };
}

/** By whatever path the program was called. No more than that: other words may need other memory. */
const normalWords = (argv: readonly string[]): string[] =>
  maskSecrets(argv).map((word, index) => (index === 0 ? word.slice(word.search(/[^\\/]*$/)) : word));

/** The value below which `share` of the numbers lie, by nearest rank. */
export function percentile(numbers: readonly number[], share: number): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
