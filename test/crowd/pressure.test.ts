// Runs that grow and shrink beside each other with too little memory for all, under murder: whoever was spared has
// said every word and ends as it would alone, and nobody is left standing still.

import { expect, test } from 'vitest';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';
import { GateView, isAlive } from './gate-view.ts';
import { Murderer } from './murderer.ts';
import { Seeded } from './seeded.ts';

const RUNS = 24;
const MOST_DEAD = 8;
const ROUNDS = 30;
const LONGEST_PAUSE_MS = 400;
const LIMIT_MS = 150_000;
const FLAGS = [
  ...['--slots', '4', '--memory-expected', '1M', '--memory-threshold', '120M'],
  ...['--check-interval', '50ms'],
];

test('breathing runs under murder: the spared are whole, nobody stands still for ever', async () => {
  await using scratch = new Scratch();
  const random = new Seeded('pressure');
  const crowd = Array.from({ length: RUNS }, (_, number) => {
    const words = ['perl', fixture('breathe.pl'), '60', String(ROUNDS), String(number)];
    return scratch.seqx([...FLAGS, ...words]);
  });
  const murderer = new Murderer(crowd, MOST_DEAD, new GateView(scratch), random, LONGEST_PAUSE_MS);
  const raging = murderer.rage();
  const waiting = () => crowd.filter(({ isOver }) => !isOver).map(({ pid }) => pid);
  await until(`all are through (${random.seed})`, () => waiting().length === 0, LIMIT_MS);
  await raging;
  const ends = await Promise.all(crowd.map(({ ended }) => ended));
  const suspensions = ends.map(({ stderr }) => stderr.match(/; suspended "/g)?.length ?? 0);
  process.stdout.write(`pressure: ${JSON.stringify(murderer.deeds)}, suspended ${suspensions.join()}\n`);
  const whole = Array.from({ length: ROUNDS }, (_, index) => `round ${index + 1}\n`).join('');
  for (const [index, { pid }] of crowd.entries()) {
    if (murderer.dead.has(pid) || murderer.hurt.has(pid)) continue;
    const { code, stdout, stderr } = ends[index] ?? {};
    expect({ code, stdout }, `run ${index} (${random.seed}): ${stderr}`).toEqual({ code: 3, stdout: whole });
  }
  const times = suspensions.reduce((sum, count) => sum + count, 0);
  expect(times, 'there was pressure').toBeGreaterThan(3);
  // Whoever comes next clears what the dead have left.
  expect(await scratch.seqx(['true']).ended).toMatchObject({ code: 0 });
  await until('every watchdog has ended', () => !murderer.watchdogsSeen.some(isAlive));
  await scratch.settle();
}, 300_000);
