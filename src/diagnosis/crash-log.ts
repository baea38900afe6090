// What a log says about a death by memory. Pure: text in, facts out; what the log does not have is
// `undefined`, never a guess. Read are Node's own last words (Node 8 to 26, also through npm, docker and CI,
// which put their marks in front of each line), its diagnostic report, what the kernel's OOM killer and its
// like write, and seqx's own line. A log that is cut anywhere gives what is left of it.

import { type Collection, readCollections } from './gc-lines.ts';
import { type KilledProcess, lastNumber, readKilled } from './killed-process.ts';
import { type NodeReport, readNodeReport } from './node-report.ts';

/**
 * How it died. `heap`: no room for more objects; `thrash`: V8 gave up collecting; `single`: one allocation did
 * not fit even after a last resort collection; `length`: something longer than V8 can make it; `native`: the
 * system refused memory outside the heap; `buffer`: the same for an ArrayBuffer; `worker`: the limit of a
 * worker thread; `kernel`: the OOM killer or its like; `seqx`: seqx's own watchdog; `code`: an exit code alone.
 */
export type DeathKind =
  | 'heap'
  | 'thrash'
  | 'single'
  | 'length'
  | 'native'
  | 'buffer'
  | 'worker'
  | 'kernel'
  | 'seqx'
  | 'code';

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

const OOM = String.raw`FATAL\s+ERROR:\s+([^\n]*?)\s*Allocation\s+failed\s+-\s+`;
/** How each death is written; what they capture is the place in V8 that gave up. */
const SIGNS: readonly (readonly [DeathKind | 'v8', RegExp])[] = [
  ['v8', new RegExp(String.raw`${OOM}(?:JavaScript\s+heap|process)\s+out\s+of\s+memory`, 'g')],
  ['v8', /#\s+Fatal\s+(?:process|JavaScript)\s+(?:invalid\s+size\s+error|out\s+of\s+memory):?\s*([^\n]*)/g],
  ['worker', /\[ERR_WORKER_OUT_OF_MEMORY\][^\n]*/g],
  ['buffer', /RangeError[^\n]*: (?:Array buffer allocation failed|Failed to allocate memory)/g],
  [
    'length',
    /RangeError[^\n]*: (?:Invalid (?:array|string) length|(?:Map|Set) maximum size exceeded|Invalid typed array length[^\n]*)|Cannot create a string longer than [^\n]*/g,
  ],
  ['native', /std::bad_alloc|(?:fork|spawn)[^\n]*(?:ENOMEM|Cannot allocate memory)/g],
  ['kernel', /(?:Memory cgroup out|Out) of memory: Kill(?:ed)? process [^\n]*/g],
  ['kernel', /(?<!memory: )Killed process \d+ \([^\n]*/g],
  ['kernel', /(?:killed by the OOM killer|systemd-oomd[^\n]*[Kk]illed|OOMKilled)[^\n]*/g],
  ['seqx', /seqx: memory: [^\n]*is over the [^\n]*limit; ending[^\n]*/g],
];
/** Weaker: what a shell, npm or docker says of a program that died so. Heeded where nothing else is found. */
const CODES = [
  /(?:exit(?:ed)?(?: with)?(?: \(?code| status)?|errno|code|signal)\)?[:=]? ?\b(?:134|137|SIGKILL|SIGABRT)\b/gi,
  /\bAborted \(core dumped\)|^Killed$|\bSIGABRT\b|\bSIGKILL\b/gm,
];

/** @param text a log as it was written; colours and carriage returns are taken out first */
export function readCrashLog(text: string): CrashFacts {
  const report = readNodeReport(text);
  if (report) return fromReport(report);
  const clean = plain(text);
  const deaths = findDeaths(clean);
  const last = deaths.at(-1);
  return {
    death: last && { kind: last.kind, words: last.words },
    deaths: deaths.length,
    collections: collectionsOf(readCollections(clean), deaths),
    killed: last?.kind === 'kernel' ? readKilled(clean) : undefined,
    report: undefined,
    nodeVersion: readVersion(clean),
    askedMb: lastNumber(/--max[-_]old[-_]space[-_]size[= ](\d+)/g, clean),
    written: [...clean.matchAll(/(?:Wrote snapshot to|Writing Node\.js report to file:) (\S+)/g)].map(
      ([, path = '']) => path,
    ),
  };
}

/** Programs in one line of a megabyte are quoted in stack traces: of such a line the ends are enough. */
const LONGEST_LINE = 4_000;

const plain = (text: string): string =>
  // Colours, carriage returns; zero bytes of a log that PowerShell wrote in UTF-16.
  text
    .replace(/\u001b\[[0-9;]*m/g, '')
    .replace(/[\r\0]/g, '')
    .split('\n')
    .map(line =>
      line.length <= LONGEST_LINE
        ? line
        : `${line.slice(0, LONGEST_LINE / 2)} … ${line.slice(-LONGEST_LINE / 2)}`,
    )
    .join('\n');

function fromReport(report: NodeReport): CrashFacts {
  return {
    death: report.isOutOfMemory ? { kind: 'heap', words: report.event } : undefined,
    deaths: report.isOutOfMemory ? 1 : 0,
    collections: [],
    killed: undefined,
    report,
    nodeVersion: report.nodeVersion,
    askedMb: lastNumber(/--max[-_]old[-_]space[-_]size[= ](\d+)/g, report.commandLine.join(' ')),
    written: [],
  };
}

type PlacedDeath = Death & { readonly index: number };

function findDeaths(text: string): PlacedDeath[] {
  const found = SIGNS.flatMap(([kind, sign]) =>
    [...text.matchAll(sign)].map(match => ({
      kind: kind === 'v8' ? v8Kind(match[1] ?? '', match[0]) : kind,
      words: match[0].replace(/\s+/g, ' ').trim(),
      index: match.index,
    })),
  ).sort((a, b) => a.index - b.index);
  if (found.length > 0) return withoutEchoes(found);
  const codes = CODES.flatMap(sign => [...text.matchAll(sign)]).sort((a, b) => a.index - b.index);
  const last = codes.at(-1);
  return last ? [{ kind: 'code', words: last[0].trim(), index: last.index }] : [];
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

/** From the place in V8 that gave up, as Node 12 to 26 name it. */
function v8Kind(place: string, sentence: string): DeathKind {
  if (/ineffective mark-compacts/i.test(place)) return 'thrash';
  if (/CALL_AND_RETRY/i.test(place)) return 'single';
  if (/invalid (array length|table size|size)|invalid size error/i.test(`${place} ${sentence}`))
    return 'length';
  if (/reached heap limit|promotion failed|semi-space copy|scavenger/i.test(place)) return 'heap';
  const isRefusal = /committing|EnsureCurrentCapacity|zone|worklist|segment|reserv|code ?range|backing/i;
  return isRefusal.test(place) || /process\s+out\s+of\s+memory/.test(sentence) ? 'native' : 'heap';
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
