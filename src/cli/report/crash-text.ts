// A crash as people read it. Pure. What the log does not have is said to be missing.

import { cleanText } from '../../base/text.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import type { CrashDiagnosis } from '../../index.ts';
import { table } from './status-text.ts';

const MISSING = 'not in the log';

export function crashText({ facts, figures, causes, advice }: CrashDiagnosis): string {
  const { death, deaths, nodeVersion, written } = facts;
  return [
    'What happened',
    ...table([
      ['  death', death ? cleanText(death.words) : MISSING],
      ...(deaths > 1 ? [['  deaths', `${deaths} in this log; this is the last`]] : []),
      ['  Node', nodeVersion ?? MISSING],
      [
        '  lived',
        figures.livedMs === undefined
          ? MISSING
          : `${formatDuration(figures.livedMs)}, to its last collection`,
      ],
      ['  heap', heapText(figures)],
      ['  limit', limitText(figures)],
      ['  growth', growthText(figures)],
      ['  collector', freedText(figures)],
      ['  mu', muText(figures)],
      ...written.map(path => ['  written', cleanText(path)]),
    ]),
    '',
    'Why',
    ...causes.map(({ cause, why }) => `  ${cause.replaceAll('-', ' ')}: ${cleanText(why, 500)}`),
    '',
    'What to do',
    ...(advice.length === 0
      ? ['  nothing']
      : advice.flatMap(({ what, command }, index) => [
          `  ${index + 1}. ${what}`,
          ...(command === undefined ? [] : [`     ${command}`]),
        ])),
  ].join('\n');
}

type Figures = CrashDiagnosis['figures'];

const mib = (mb: number): string => formatBytes(mb * 2 ** 20);
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

function heapText({ heapMb, committedMb }: Figures): string {
  if (heapMb === undefined) return MISSING;
  return committedMb === undefined
    ? `${mib(heapMb)} in use`
    : `${mib(heapMb)} in use, ${mib(committedMb)} taken for it`;
}

function limitText({ limitMb, limitFrom, committedMb }: Figures): string {
  if (limitMb !== undefined) return `${mib(limitMb)} (${limitFrom})`;
  return committedMb === undefined ? MISSING : `${MISSING}; the heap ended at ${mib(committedMb)}`;
}

function growthText({ growth }: Figures): string {
  if (!growth) return `${MISSING}: it takes two collections with the program at work between them`;
  const { mb, overMs, mbPerSecond, collections, isFull } = growth;
  const sign = mb < 0 ? '-' : '+';
  const what = `${collections} ${isFull ? 'full collections' : 'collections'}`;
  return `${sign}${mib(Math.abs(mb))} over the last ${what} in ${formatDuration(overMs)}: ${sign}${mib(Math.abs(mbPerSecond))} a second`;
}

function freedText({ freedMb, freedShare }: Figures): string {
  if (freedMb === undefined || freedShare === undefined) return MISSING;
  return `the last full collection freed ${mib(freedMb)} (${percent(freedShare)})`;
}

/** Mutator utilisation: the share of the time that was the program's. */
function muText({ averageMu, lastMu }: Figures): string {
  const known = lastMu ?? averageMu;
  if (known === undefined) return MISSING;
  const average = averageMu === undefined ? '' : ` (average ${averageMu.toFixed(3)})`;
  return `${known.toFixed(3)}${lastMu === undefined ? ' on average' : average}: the program got ${percent(known)} of the time, the collector the rest`;
}
