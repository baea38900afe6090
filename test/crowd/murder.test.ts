// Exclusion under murder: thirty contenders at one gate, ten rounds, every kind of process killed or stopped
// at random. The witness is a lock that the kernel itself gives back, held by the whole command tree.

import { existsSync, mkdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Ended, Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';
import { GateView, isAlive, type Ref } from './gate-view.ts';
import { Murderer } from './murderer.ts';
import { Seeded } from './seeded.ts';

const ROUNDS = 10;
const CONTENDERS = 30;
const MOST_DEAD = 14;
const ROUND_LIMIT_MS = 60_000;

test('never two commands at once, and every survivor runs once, whoever is killed', async () => {
  await using scratch = new Scratch();
  const random = new Seeded('murder');
  const gate = new GateView(scratch);
  const watchdogs: Ref[] = [];
  const deeds: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++) {
    const murderer = await playRound(join(scratch.project, `round-${round}`), scratch, gate, random);
    watchdogs.push(...murderer.watchdogsSeen);
    for (const [deed, times] of Object.entries(murderer.deeds)) deeds[deed] = (deeds[deed] ?? 0) + times;
  }
  process.stdout.write(`murder: ${JSON.stringify(deeds)}\n`);
  const wanted = ['waiter', 'holder', 'watchdog', 'both', 'command', 'stopped'];
  expect(Object.keys(deeds)).toEqual(expect.arrayContaining(wanted));
  await expectNothingLeft(scratch, gate, watchdogs);
}, 300_000);

async function playRound(folder: string, scratch: Scratch, gate: GateView, random: Seeded) {
  mkdirSync(folder);
  const crowd = Array.from({ length: CONTENDERS }, (_, number) =>
    scratch.seqx(['sh', fixture('witness.sh'), folder, String(number), '0.02']),
  );
  const murderer = new Murderer(crowd, MOST_DEAD, gate, random);
  const raging = murderer.rage();
  const waiting = () => crowd.filter(({ isOver }) => !isOver).map(({ pid }) => pid);
  await until(`all are through (${random.seed})`, () => waiting().length === 0, ROUND_LIMIT_MS);
  await raging;
  const log = existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8').split('\n') : [];
  expect(log.filter(line => line.startsWith('overlap'))).toEqual([]);
  const ends = await Promise.all(crowd.map(({ ended }) => ended));
  for (const [number, contender] of crowd.entries()) {
    judge(
      contender,
      ends[number],
      log.filter(line => line.endsWith(` ${number}`)),
      murderer,
    );
  }
  return murderer;
}

/** Nobody runs twice; who was spared ran to the end; who lost a part of its command says so or got over it. */
function judge({ pid }: Started, ended: Ended | undefined, lines: readonly string[], murderer: Murderer) {
  const said = `${lines.join(', ')}; ${JSON.stringify(ended)}`;
  expect(lines.filter(line => line.startsWith('start')).length, said).toBeLessThanOrEqual(1);
  if (murderer.dead.has(pid)) return;
  if (!murderer.hurt.has(pid)) {
    expect(
      lines.map(line => line.split(' ')[0]),
      said,
    ).toEqual(['start', 'end']);
    expect(ended?.code, said).toBe(0);
  }
  expect([75, 99, 124, 125], said).not.toContain(ended?.code);
}

/**
 * What seqx promises: the next run removes every dead ticket and slot entry. The socket of somebody who died
 * between listening and publishing is swept once it is five seconds old; so its clock is put back.
 */
async function expectNothingLeft(scratch: Scratch, gate: GateView, watchdogs: readonly Ref[]): Promise<void> {
  expect(await scratch.seqx(['true']).ended).toMatchObject({ code: 0, stderr: '' });
  expect({ tickets: gate.ticketPids(), holders: gate.holders() }).toEqual({ tickets: [], holders: [] });
  const longAgo = Date.now() / 1_000 - 60;
  for (const socket of gate.sockets()) utimesSync(socket, longAgo, longAgo);
  expect(await scratch.seqx(['kill-all', '--yes']).ended).toMatchObject({ code: 0 });
  await until('every watchdog has ended', () => !watchdogs.some(isAlive));
  await scratch.settle();
}
