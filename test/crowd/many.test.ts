// Two hundred tickets at once: everybody runs, once, one at a time, and nothing is left.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';
import { finish, WaitingLine } from './line.ts';

const CROWD = 200;

test('two hundred tickets at once: all run once, one at a time, and none is left', async () => {
  await using scratch = new Scratch();
  const line = new WaitingLine(scratch);
  const holder = await line.hold('holder');
  const crowd = Array.from({ length: CROWD }, (_, number) =>
    scratch.seqx(['sh', fixture('witness.sh'), scratch.project, String(number), '0']),
  );
  await until('all have a ticket', () => line.gate.ticketPids().length === CROWD + 1, 120_000);
  const { queue } = JSON.parse((await scratch.seqx(['status', '--json']).ended).stdout) as {
    queue: { position: number }[];
  };
  expect(queue.map(({ position }) => position)).toEqual(
    Array.from({ length: CROWD }, (_, index) => index + 1),
  );
  finish(holder);
  const ends = await Promise.all(crowd.map(({ ended }) => ended));
  expect(ends.filter(({ code }) => code !== 0)).toEqual([]);
  const log = readFileSync(join(scratch.project, 'log'), 'utf8').trim().split('\n').slice(1);
  const inTurn = log.map(entry => entry.split(' ')[0]);
  expect(inTurn).toEqual(Array.from({ length: CROWD }, () => ['start', 'end']).flat());
  expect(new Set(log).size, 'nobody ran twice').toBe(2 * CROWD);
  await scratch.settle();
}, 240_000);
