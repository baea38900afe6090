// What a log says about a death by memory. Pure: text in, facts out; what the log does not have is
// `undefined`, never a guess. Read are Node's own last words (Node 8 to 26, also through npm, docker and CI,
// which put their marks in front of each line), its diagnostic report, what the kernel's OOM killer and its
// like write, and seqx's own line. A log that is cut anywhere gives what is left of it.

import { CODES, type DeathKind, FRAMES, SIGNS, v8Kind } from './crash-signs.ts';
import { type Collection, readCollections } from './gc-lines.ts';
import { type KilledProcess, lastNumber, readKilled } from './killed-process.ts';
import { type NodeReport, readNodeReport } from './node-report.ts';

export interface Death {
  readonly kind: DeathKind;
  /** The log's own words. */
  readonly words: string;
}

export interface CrashFacts {
  /** The last death in the log. */
  readonly death: Death | undefined;
  readonly deaths: number;
  /** Those of the isolate that died, oldest first. */
  readonly collections: readonly Collection[];
  readonly killed: KilledProcess | undefined;
  readonly report: NodeReport | undefined;
  readonly nodeVersion: string | undefined;
  /** --max-old-space-size, where the log shows the command line. */
  readonly askedMb: number | undefined;
  /** A heap snapshot or diagnostic report that Node wrote. */
  readonly written: readonly string[];
}

/** @param text a log as it was written; colours and carriage returns are taken out first */
export function readCrashLog(text: string): CrashFacts {
  const bare = withoutMarks(text);
  const clean = withoutLongLines(bare);
  const written = readNodeReport(bare);
  const deaths = findDeaths(clean, written);
  const last = deaths.at(-1);
  // Node writes it after its last words: one that stands before them is of the death before.
  const isOfLast = deaths.length < 2 || clean.lastIndexOf('"reportVersion"') > (last?.index ?? -1);
  const report = isOfLast ? written : undefined;
  return {
    death: last && { kind: last.kind, words: last.words },
    deaths: deaths.length,
    collections: collectionsOf(readCollections(clean), deaths),
    killed: last?.kind === 'kernel' ? readKilled(clean) : undefined,
    report,
    nodeVersion: report?.nodeVersion ?? readVersion(clean),
    askedMb: lastNumber(/--max[-_]old[-_]space[-_]size[= ](\d+)/g, report?.commandLine.join(' ') ?? clean),
    written: writtenFiles(clean),
  };
}

/** Colours, carriage returns; zero bytes of a log that PowerShell wrote in UTF-16. */
const withoutMarks = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '').replace(/[\r\0]/g, '');

/** Programs in one line of a megabyte are quoted in stack traces: of such a line the ends are enough. */
const LONGEST_LINE = 4_000;

const withoutLongLines = (text: string): string =>
  text
    .split('\n')
    .map(line =>
      line.length <= LONGEST_LINE
        ? line
        : `${line.slice(0, LONGEST_LINE / 2)} … ${line.slice(-LONGEST_LINE / 2)}`,
    )
    .join('\n');

/** Each once: npm and the like tell what their program has said a second time. */
const writtenFiles = (text: string): string[] => {
  const found = text.matchAll(/(?:Wrote snapshot to|Writing Node\.js report to file:) (\S+)/g);
  return [...new Set([...found].map(([, path = '']) => path))];
};

type PlacedDeath = Death & { readonly index: number };

/** What is said of a death in so many words; else what a report says; else what is left of a death that was cut. */
function findDeaths(text: string, report: NodeReport | undefined): PlacedDeath[] {
  const found = SIGNS.flatMap(([kind, sign]) =>
    [...text.matchAll(sign)].map(match => ({
      kind: kind === 'v8' ? v8Kind(match[1] ?? '', match[0]) : kind,
      words: match[0].replace(/\s+/g, ' ').trim(),
      index: match.index,
    })),
  ).sort((a, b) => a.index - b.index);
  if (found.length > 0) return withoutEchoes(found);
  if (report) return report.isOutOfMemory ? [{ kind: 'heap', words: report.event, index: text.length }] : [];
  return lastOf('heap', FRAMES, text) ?? lastOf('code', CODES, text) ?? [];
}

function lastOf(kind: DeathKind, signs: readonly RegExp[], text: string): PlacedDeath[] | undefined {
  const found = signs.flatMap(sign => [...text.matchAll(sign)]).sort((a, b) => a.index - b.index);
  const last = found.at(-1);
  return last && [{ kind, words: last[0].trim(), index: last.index }];
}

const ECHO_CHARACTERS = 400;

/** One death may be told on several lines, by the kernel and by C++: what follows at once is the same death. */
function withoutEchoes(deaths: readonly PlacedDeath[]): PlacedDeath[] {
  return deaths.filter((death, place) => {
    const before = deaths[place - 1];
    const isEcho = before?.kind === death.kind && ['kernel', 'native'].includes(death.kind);
    return !(isEcho && death.index - before.index < ECHO_CHARACTERS);
  });
}

/** Those between the death before and this one, of the isolate that collected last. */
function collectionsOf(all: readonly Collection[], deaths: readonly PlacedDeath[]): Collection[] {
  const until = deaths.at(-1)?.index ?? Number.POSITIVE_INFINITY;
  const since = deaths.at(-2)?.index ?? -1;
  const near = all.filter(({ index }) => index > since && index < until);
  const last = near.at(-1);
  return near.filter(
    ({ isolate, atMs }) => last !== undefined && isolate === last.isolate && atMs <= last.atMs,
  );
}

/** `Node.js v22.23.3` at the end of an error, or the folder that a version manager keeps a version in. */
const readVersion = (text: string): string | undefined =>
  [...text.matchAll(/\bNode\.js v(\d+\.\d+\.\d+)|\/node\/v?(\d+\.\d+\.\d+)\//g)]
    .map(match => match[1] ?? match[2])
    .at(-1);
