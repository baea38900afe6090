// The agents' part of bench/README.md.

import { fixed, sum, summarise } from '../stats.js';
import { ends, findRow, machine, table, verdict } from '../tables.js';
import { MB, MS } from './list.js';
import { AUTO, SEQUENTIAL, UNLIMITED } from './ways.js';

export const AGENTS_TITLE = '## Agents under a memory budget';
/** Two ways that come to the same starts differ by noise, which is no way's fault. */
const AIMS = { best: 1.2, pair: 1.05 };

export function agents({ agents: results, before, after, isAlone }) {
  return [
    AGENTS_TITLE,
    ...(isAlone ? [machine({ before, after })] : []),
    setting(results),
    ways(results),
    '### What it had to show',
    aims(results),
    '### What the order costs',
    order(results),
  ].join('\n\n');
}

const setting = ({ budgetMb, how, rounds, lists }) =>
  [
    `Agents that take memory up to a peak of ${MB.least} to ${MB.most} MB in the first third of their lives, hold it and end`,
    `after ${MS.least / 1_000} to ${MS.most / 1_000} s, asleep in between: a tenth of agents of ${MB.least / 100} to ${MB.most / 100} GB under the default threshold`,
    `of 4 GB. Together they have **${budgetMb} MB: ${how}**. Who is killed for it has crashed, and a crash`,
    `is no work done, however soon it was over. Each way ran each list ${rounds} times, interleaved (A B C A B C).`,
    '"Best possible" is the best schedule there is for the known peaks and lives, in any order, by exact search; each life',
    `plus what a bare agent costs beyond it (start and end), measured in the same round: ${fixed(summarise(lists.map(({ costMs }) => costMs.median)).median, 0)} ms here. seqx is told`,
    'the peaks, not the lives.',
  ].join('\n');

function ways({ lists }) {
  const cells = (count, { label, wallMs, bestRatio, peakMb, crashes, ran }) => [
    count,
    label,
    ...ends(scaled(wallMs, 1e-3), 2),
    // Work that was not done took no time.
    crashes === 0 ? fixed(bestRatio.median, 2) : '',
    fixed(peakMb.max, 0),
    crashes === 0 ? '0' : `**${crashes} of ${ran}**`,
  ];
  const best = ({ count, bestMs }) => [
    count,
    'best possible (computed)',
    ...ends(scaled(bestMs, 1e-3), 2),
    '1.00',
    '',
    '',
  ];
  return table(
    ['agents', 'way', 'wall s: min', 'median', 'max', ': best', 'highest peak, MB', 'crashed'],
    lists.flatMap(list => [...list.rows.map(row => cells(list.count, row)), best(list)]),
  );
}

function aims({ lists, others, autoRounds }) {
  const unlimited = lists.map(({ rows }) => findRow(rows, UNLIMITED).crashes);
  const slowest = lists.filter(({ rows }) => {
    const medians = rows.map(({ wallMs }) => wallMs.median);
    return findRow(rows, SEQUENTIAL).wallMs.median === Math.max(...medians);
  });
  const auto = lists.map(({ rows }) => findRow(rows, AUTO));
  const crashes = sum([...auto, ...others].map(run => run.crashes));
  const pair = Math.max(...auto.map(({ pairRatio }) => pairRatio.median));
  const best = Math.max(...auto.map(({ bestRatio }) => bestRatio.median));
  const toOrder = ratios(others).auto.median;
  const yes = isMet => (isMet ? 'met' : 'missed');
  const ratio = (what, value, aim, why = '') => [
    what,
    `${fixed(value, 2)} x`,
    `under ${aim} x${why}`,
    verdict(value, aim),
  ];
  return table(
    ['what', 'measured', 'aim', 'verdict'],
    [
      ['crashes without a limit, each list', unlimited.join(', '), 'some', yes(!unlimited.includes(0))],
      [
        'sequential is the slowest',
        `${slowest.length} of ${lists.length} lists`,
        'all',
        yes(slowest.length === lists.length),
      ],
      [`crashes of \`auto\`, ${autoRounds} rounds of ten and more`, crashes, '0', yes(crashes === 0)],
      ratio('`auto` : `--jobs 2`, median, worst list', pair, AIMS.pair, ' (noise)'),
      ratio('`auto` : best possible, median, worst list', best, AIMS.best),
      ratio('`auto` : best in the order given, median of random lists', toOrder, AIMS.best),
    ],
  );
}

const ratios = others => {
  const of = pick => summarise(others.map(pick));
  return {
    auto: of(({ inOrderMs, wallMs }) => wallMs / inOrderMs),
    order: of(({ inOrderMs, bestMs }) => inOrderMs / bestMs),
    both: of(({ bestMs, wallMs }) => wallMs / bestMs),
  };
};

function order({ others }) {
  const { auto, order, both } = ratios(others);
  return [
    'A batch starts its commands in the order given: nobody overtakes one that waits for memory, or one that needs much',
    'might wait for ever. The lists above are the first seeds of which that order costs at most 5 %, so that they show',
    `what \`auto\` adds. These ${others.length} are random lists of ten as they come, each run once by \`auto\`:`,
    '',
    table(
      ['ratio', 'min', 'median', 'max'],
      [
        ['`auto` : best in the order given', ...ends(auto, 2)],
        ['best in the order given : best in any (computed)', ...ends(order, 2)],
        ['`auto` : best in any order', ...ends(both, 2)],
      ],
    ),
    '',
    'Who knows how long each takes does better by another order, by so much; seqx does not know, and keeps to the list.',
  ].join('\n');
}

const scaled = ({ min, median, max }, factor) => ({
  min: min * factor,
  median: median * factor,
  max: max * factor,
});
