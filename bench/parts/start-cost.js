// What a command costs more when seqx runs it: `seqx true`, nobody else there, beside a bare `node -e 0` (the
// least that anything written for Node costs), a Node program that only starts `true`, the single-file binary, and
// other gates.

import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import { gatesBeside } from './others.js';
import { BINARY, SEQX } from './place.js';
import { ratioOf, summarise } from './stats.js';

const BASE = 'node -e 0';
const BY_NODE = 'seqx true, in a git repository';
const BY_BINARY = 'seqx true there, single-file binary';
const DROP_CACHES = '/proc/sys/vm/drop_caches';

export function measureStart(place, { rounds, coldRounds }, say) {
  const warm = series(place, commands(place), rounds, 3, 'warm');
  const skipped = whyNotCold();
  if (skipped) say(`cold cache: skipped, ${skipped}`);
  const few = commands(place).filter(({ label }) => label === BASE || label.startsWith('seqx'));
  const cold = skipped ? undefined : series(place, few, coldRounds, 0, 'cold');
  if (!existsSync(BINARY)) say('single-file binary: skipped, there is none (make package TARGETS=host)');
  return { warm, cold, skipped, binary: warm.find(({ label }) => label === BY_BINARY) };
}

function commands(place) {
  const { execPath } = process;
  const only = place.path('only-spawn.cjs');
  writeFileSync(
    only,
    "require('node:child_process').spawn('true', { stdio: 'inherit' }).on('exit', code => process.exit(code));\n",
  );
  return [
    { label: BASE, folder: place.repository, words: [execPath, '-e', '0'] },
    { label: BY_NODE, folder: place.repository, words: [execPath, SEQX, 'true'] },
    ...(existsSync(BINARY) ? [{ label: BY_BINARY, folder: place.repository, words: [BINARY, 'true'] }] : []),
    { label: 'seqx true, outside of one', folder: place.plain, words: [execPath, SEQX, 'true'] },
    { label: 'node, only starting `true`', folder: place.plain, words: [execPath, only] },
    { label: 'true', folder: place.plain, words: [place.find('true')] },
    ...gatesBeside(place).map(({ label, wrap }) => ({
      label: `${label} true`,
      folder: place.plain,
      words: wrap('start', [place.find('true')]),
    })),
  ];
}

function whyNotCold() {
  try {
    accessSync(DROP_CACHES, constants.W_OK);
    return undefined;
  } catch (error) {
    return `${DROP_CACHES} may not be written (${error.code})`;
  }
}

/** One program runs them all in turn; rows in the order of `list`, each with its ratio to the base. */
function series(place, list, rounds, warmups, temperature) {
  const input = list.map(({ label, folder, words }) => [label, folder, ...words].join('\t')).join('\n');
  const script = new URL('./measure.pl', import.meta.url).pathname;
  const output = place.read(['perl', script, String(rounds), String(warmups), temperature], `${input}\n`);
  const runs = output
    .trim()
    .split('\n')
    .map(line => line.split('\t'));
  const of = (label, column) =>
    runs.filter(([name]) => name === label).map(run => Number(run[column]) / 1_000);
  return list.map(({ label }) => ({
    label,
    wallMs: summarise(of(label, 1)),
    cpuMs: summarise(of(label, 2)),
    wallRatio: ratioOf(of(label, 1), of(BASE, 1)),
    cpuRatio: ratioOf(of(label, 2), of(BASE, 2)),
    seqxRatio: ratioOf(of(label, 1), of(BY_NODE, 1)),
  }));
}
