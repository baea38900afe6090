// What V8 writes about each garbage collection, from Node 8 to 26. Pure: text in, figures out. The block
// `<--- Last few GCs --->` comes from a ring of 512 characters: its first record has lost its beginning, several
// records stand on one line, and the words at the end of each may be cut. Only whole figures are taken:
//
//   al[13164:0x277e63e0] 1236 ms: Mark-sweep 51.9 (86.2) -> 51.9 (86.4) MB, 48.6 / 0.0 ms  (+ 0.0 ms in …
//   (average mu = 0.474, current mu = 0.40[19561:0x1de09d20]    47952 ms: Mark-Compact (reduce) 255.9 (261.2) …
//   [6904:0000029E16A50000]  1889696 ms: Scavenge (during sweeping) 2043.3 (2047.8) -> … MB, pooled: 0.0 MB, …

/** One collection. V8's `MB` are 2^20 bytes; times count from the start of the isolate. */
export interface Collection {
  /** Position in the text. */
  readonly index: number;
  /** Process and isolate, as far as the line names them. */
  readonly isolate: string;
  readonly atMs: number;
  /** `Mark-Compact (reduce)`, `Scavenge`: V8's own words. */
  readonly name: string;
  /** A full collection, as against one of the young generation alone. */
  readonly isFull: boolean;
  readonly usedBeforeMb: number;
  readonly usedAfterMb: number;
  /** What V8 had taken from the system for its heap. */
  readonly committedMb: number;
  readonly pauseMs: number;
  /** Mutator utilisation: the share of time that was the program's and not the collector's. */
  readonly averageMu: number | undefined;
  readonly currentMu: number | undefined;
  readonly isLastResort: boolean;
}

const NUMBER = String.raw`(\d{1,12}(?:\.\d{1,6})?)`;
// A mail program may have wrapped the lines: any white space between two words. All is bounded, so that a
// megabyte of digits costs no more than one of words.
const RECORD = new RegExp(
  String.raw`(?:\[?(\d{0,10}:?(?:0x)?[0-9a-f]{0,16})\]\s{1,20})?(?<!\d)(\d{1,15})\s+ms:\s+` +
    String.raw`((?:Incremental\s+|Minor\s+)?(?:Mark-sweep|Mark-Compact|Scavenge)(?:\s+\([a-z ]+\))?)\s+` +
    String.raw`${NUMBER}\s+\(${NUMBER}\)\s+->\s+${NUMBER}\s+\(${NUMBER}\)\s+MB,\s+` +
    String.raw`(?:pooled:\s+[\d.]+\s+MB,\s+)?${NUMBER}\s+/\s+[\d.]+\s+ms`,
  'gi',
);
/** Always three digits: fewer are what is left of a cut figure. */
const AVERAGE_MU = /average\s+mu\s+=\s+(\d\.\d{3})/;
const CURRENT_MU = /current\s+mu\s+=\s+(\d\.\d{3})/;

/**
 * Every collection in the text, in its order. Each counts once, where it stands last: --trace-gc writes those of
 * the last block, too, and npm, turbo and the like tell the whole output of what has failed a second time.
 */
export function readCollections(text: string): Collection[] {
  const matches = [...text.matchAll(RECORD)];
  const latest = new Map<string, Collection>();
  for (const [place, match] of matches.entries()) {
    if (isCutInTime(text, match)) continue;
    const end = matches[place + 1]?.index ?? text.length;
    const collection = readRecord(match, wordsAfter(text, match, end));
    const key = [collection.isolate, collection.atMs, collection.name, collection.usedAfterMb].join(' ');
    const before = latest.get(key);
    latest.delete(key);
    latest.set(key, before ? withMuOf(before, collection) : collection);
  }
  return [...latest.values()];
}

/** The words at the end of a record are cut in the last block, and whole in what --trace-gc wrote. */
const withMuOf = (before: Collection, latest: Collection): Collection => ({
  ...latest,
  averageMu: latest.averageMu ?? before.averageMu,
  currentMu: latest.currentMu ?? before.currentMu,
});

/** V8 fills the milliseconds up to eight characters. */
const TIME_WIDTH = 8;

/** A record that begins with its milliseconds has lost its first characters, and of these perhaps some, too. */
function isCutInTime(text: string, { 1: isolate, 2: at = '', index }: RegExpExecArray): boolean {
  if (isolate !== undefined || at.length >= TIME_WIDTH) return false;
  const before = text.slice(Math.max(0, index - TIME_WIDTH), index);
  return before.length - before.trimEnd().length + at.length < TIME_WIDTH;
}

/** What a record says after its figures: up to the next record, the next block, or an empty line. */
function wordsAfter(text: string, match: RegExpExecArray, end: number): string {
  const rest = text.slice(match.index + match[0].length, Math.min(end, match.index + 1_000));
  return rest.split(/\n\s*\n|<---|FATAL ERROR/, 1)[0] ?? '';
}

function readRecord(match: RegExpExecArray, words: string): Collection {
  const [, isolate = '', at, name = '', usedBefore, , usedAfter, committed, pause] = match;
  return {
    index: match.index,
    isolate,
    atMs: Number(at),
    name: name.replace(/\s+/g, ' '),
    isFull: /^(incremental )?mark/i.test(name),
    usedBeforeMb: Number(usedBefore),
    usedAfterMb: Number(usedAfter),
    committedMb: Number(committed),
    pauseMs: Number(pause),
    averageMu: figure(AVERAGE_MU, words),
    currentMu: figure(CURRENT_MU, words),
    isLastResort: /last\s+resort/.test(words),
  };
}

function figure(pattern: RegExp, words: string): number | undefined {
  const found = pattern.exec(words)?.[1];
  return found === undefined ? undefined : Number(found);
}
