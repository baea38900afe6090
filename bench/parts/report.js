// The figures as the page that bench/README.md is: aims first, then each measurement with its ends.

import { agents } from './agents/report.js';
import { fixed } from './stats.js';
import { ends, findRow, machine, table, verdict } from './tables.js';

const AIMS = { startRatio: 1.3, handOverMs: 10, pssMb: 8, idlePercent: 1, watchdogPercent: 1 };

export function writeReport(results) {
  return [
    '# What seqx costs',
    'Written by `make bench`. Every figure is from one run on one machine: compare within it, not across.',
    machine(results),
    '## Aims',
    aims(results),
    '## Start: `seqx true`',
    start(results),
    `## Hand-over between ${results.counts.handOver.waiters} waiters`,
    handOver(results),
    `## ${results.counts.waiters.waiters} waiters`,
    waiters(results),
    `## Watchdog over ${results.watching.processes} processes`,
    watching(results),
    agents(results),
    HOW,
  ]
    .join('\n\n')
    .concat('\n');
}

function aims({ start: { warm, cold }, handOver, waiters, watching, counts }) {
  const row = (what, value, aim, unit, digits = 1) => [
    what,
    `${fixed(value, digits)}${unit}`,
    `under ${aim}${unit}`,
    verdict(value, aim),
  ];
  const inside = rows => findRow(rows, 'seqx true, in a git').wallRatio.median;
  const outside = rows => findRow(rows, 'seqx true, outside').wallRatio.median;
  const seqx = findRow(waiters, 'seqx');
  return table(
    ['what', 'median', 'aim', 'verdict'],
    [
      row('`seqx true` in a git repository : `node -e 0`, wall', inside(warm), AIMS.startRatio, ' x', 2),
      row('`seqx true` outside of one : `node -e 0`, wall', outside(warm), AIMS.startRatio, ' x', 2),
      ...(cold ? [row('the same in a repository, cold cache', inside(cold), AIMS.startRatio, ' x', 2)] : []),
      row('hand-over', findRow(handOver, 'seqx').gapMs.median, AIMS.handOverMs, ' ms'),
      row(`PSS of each of ${counts.waiters.waiters} waiters`, seqx.pssMb.median, AIMS.pssMb, ' MB'),
      row('their CPU while idle, all together', seqx.cpuPercent, AIMS.idlePercent, ' % of a core', 2),
      row('CPU of the watchdog', watching.watchdogPercent, AIMS.watchdogPercent, ' % of a core', 2),
    ],
  );
}

/** Replaces what stands under a title, up to the next of its kind; without one it comes before the last. */
export function withPart(page, title, part) {
  const parts = page.split(/^(?=## )/m);
  const at = parts.findIndex(text => text.startsWith(`${title}\n`));
  const place = at < 0 ? parts.findIndex(text => text.startsWith('## How to reproduce')) : at;
  return parts.toSpliced(place, at < 0 ? 0 : 1, `${part}\n\n`).join('');
}

const START_HEAD = ['command', 'wall ms: min', 'median', 'max', 'CPU ms: median', 'wall ratio', 'CPU ratio'];

function start({ start: { warm, cold, skipped, binary }, noSem }) {
  const rows = series =>
    series.map(({ label, wallMs, cpuMs, wallRatio, cpuRatio }) => [
      label,
      ...ends(wallMs),
      fixed(cpuMs.median),
      fixed(wallRatio.median, 2),
      fixed(cpuRatio.median, 2),
    ]);
  return [
    `Interleaved (A B C A B C), ${warm[0].wallMs.count} rounds after 3 to warm up. Ratios are medians over the`,
    'rounds of a run to the `node -e 0` of the same round. CPU counts everything that the command started,',
    'the watchdog too, which starts on another core while the command runs already.\n',
    table(START_HEAD, rows(warm)),
    binary
      ? `\nThe single-file binary takes ${fixed(binary.seqxRatio.median, 2)} times as long as \`node bin/seqx.js\`, median over the rounds.`
      : '\nThe single-file binary was not measured: `make package TARGETS=host` builds one.',
    noSem ? `\nGNU parallel's sem was not measured: ${noSem}.` : '',
    '\n### Cold cache\n',
    cold
      ? `Page cache, inodes and directories dropped before each run, ${cold[0].wallMs.count} rounds.\n\n${table(START_HEAD, rows(cold))}`
      : `Not measured: ${skipped}.`,
  ].join('\n');
}

function handOver({ handOver: rows, noSem }) {
  return [
    'Milliseconds from the end of one command to the start of the next; both clocks are read by the commands',
    '(bash, `sleep 0.05`), so starting bash is in every figure. "no gate" is a plain shell loop: that alone.\n',
    table(
      ['gate', 'hand-overs', 'min', 'median', 'max'],
      rows.map(({ label, gapMs }) => [label, gapMs.count, ...ends(gapMs, 2)]),
    ),
    noSem ? `\nsem: ${noSem}.` : '',
  ].join('\n');
}

function waiters({ waiters: rows, counts, noSem }) {
  return [
    `All wait at one gate; after ${counts.waiters.restSeconds} s of rest, ${counts.waiters.seconds} s are measured. PSS counts`,
    'a page that n processes share as one n-th for each.\n',
    table(
      ['gate', 'PSS of each, MB: min', 'median', 'max', 'CPU of all, % of a core', 'CPU of each, ms: median'],
      rows.map(({ label, pssMb, cpuPercent, cpuEachMs }) => [
        label,
        ...ends(pssMb, 2),
        fixed(cpuPercent, 2),
        fixed(cpuEachMs.median, 2),
      ]),
    ),
    noSem ? `\nsem: ${noSem}.` : '',
  ].join('\n');
}

function watching({ watching: { watchdogPercent, wrapperPercent, packages, processes, seconds } }) {
  return [
    `A tree of ${processes} quiet processes (a shell and its sleeps), ${seconds} s, default settings.\n`,
    table(
      ['what', 'figure'],
      [
        ['CPU of the watchdog, % of a core', fixed(watchdogPercent, 2)],
        ['CPU of the wrapper beside it, % of a core', fixed(wrapperPercent, 2)],
        ['one look by pidtree and pidusage, ms of CPU', fixed(packages.cpuEachMs, 1)],
        ['the same, ms until the answer is there', fixed(packages.wallEachMs, 1)],
        ['three such looks a second, % of a core', fixed(packages.cpuEachMs * 0.3, 1)],
      ],
    ),
    '\nWith the default limit and a small tree the watchdog looks about three times a second.',
  ].join('\n');
}

const HOW = `## How to reproduce
\`\`\`
make bench                      # about twelve minutes; rewrites this page
node bench/run.js agents        # six of them: only the agents; rewrites that part
node bench/run.js --quick       # two minutes; prints only
\`\`\`
Linux with Node, git, perl, bash and util-linux; GNU parallel is measured if its \`sem\` is installed. The cold
cache needs root (it writes /proc/sys/vm/drop_caches) and slows everybody else on the machine down meanwhile.

## Method and noise
- Everything happens in one temporary folder with a state folder of its own, which is removed at the end.
- Children get a minimal environment. NODE_EXTRA_CA_CERTS is not in it: reading that file doubles Node's start.
- Wall time is taken by a small perl process around fork, exec and wait. It adopts orphans, so that a watchdog
  that ends after its wrapper is in the CPU of its run.
- CPU of waiters and watchdog comes from schedstat (nanoseconds, all threads), that of children already waited
  for from stat (hundredths of a second).
- Medians and ratios within a round are used because one busy neighbour can double any single figure: look at
  min and max before believing a difference. Let nothing else run meanwhile.
- Idle waiters are measured after a rest: V8 collects garbage once, some eight seconds after the start, and that
  costs each of them about 15 ms of CPU, once.
- The agents' cgroup needs root, or one that is delegated. Without it, or with --played, the benchmark itself looks
  at their memory every 10 ms and ends the greatest when it is too much; the page says which it was.
- A crash of an agent that seqx runs, or none without a limit, fails the benchmark; no page is written.
- The mkdir loop's hand-over is measured once: it is its polling interval, divided among the waiters.`;
