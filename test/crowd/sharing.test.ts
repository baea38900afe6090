// Several slots under murder: runs that share and runs that are exclusive, in a known order of arrival, and every
// kind of process killed or stopped at random. The witnesses are locks that the kernel itself gives back.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';
import { type GateView, isAlive } from './gate-view.ts';
import { finish, WaitingLine } from './line.ts';
import { Murderer } from './murderer.ts';
import { Seeded } from './seeded.ts';

const RUNS = 60;
const SLOTS = 3;
const MOST_DEAD = 25;
const LIMIT_MS = 120_000;
const sharing = ['--slots', String(SLOTS), '--memory-expected', '1M'];

interface Guest {
  readonly name: string;
  readonly isExclusive: boolean;
  readonly started: Started;
}

test('sixty runs, shared and exclusive: none overlaps an exclusive one, all keep their order, nothing is lost', async () => {
  await using scratch = new Scratch();
  const random = new Seeded('sharing');
  const line = new WaitingLine(scratch);
  const holder = await line.hold('holder', ['--exclusive', ...sharing]);
  const guests: Guest[] = [];
  for (let number = 0; number < RUNS; number++) guests.push(await invite(number, scratch, line.gate, random));
  const crowd = guests.map(({ started }) => started);
  const murderer = new Murderer(crowd, MOST_DEAD, line.gate, random);
  finish(holder);
  const raging = murderer.rage();
  const waiting = () => crowd.filter(({ isOver }) => !isOver).map(({ pid }) => pid);
  await until(`all are through (${random.seed})`, () => waiting().length === 0, LIMIT_MS);
  await raging;
  await holder.ended;
  process.stdout.write(`sharing: ${JSON.stringify(murderer.deeds)}\n`);
  const log = logOf(scratch).filter(entry => entry !== 'holder');
  expect(log.filter(entry => entry.startsWith('overlap'))).toEqual([]);
  const ends = await Promise.all(crowd.map(({ ended }) => ended));
  for (const [index, { name, started }] of guests.entries()) {
    if (murderer.dead.has(started.pid) || murderer.hurt.has(started.pid)) continue;
    const lines = log.filter(entry => entry.split(' ')[1] === name).map(entry => entry.split(' ')[0]);
    expect(lines, `${name}: ${JSON.stringify(ends[index])}`).toEqual(['start', 'end']);
    expect(ends[index]?.code).toBe(0);
  }
  expectOrder(guests, log);
  expect(Math.max(...crowdsIn(log)), 'they did run side by side').toBeGreaterThan(1);
  // Whoever comes next clears what the dead have left.
  expect(await scratch.seqx(['true']).ended).toMatchObject({ code: 0 });
  expect(line.gate.holders()).toEqual([]);
  expect(await scratch.seqx(['kill-all', '--yes']).ended).toMatchObject({ code: 0 });
  await until('every watchdog has ended', () => !murderer.watchdogsSeen.some(isAlive));
  await scratch.settle();
}, 300_000);

async function invite(number: number, scratch: Scratch, gate: GateView, random: Seeded): Promise<Guest> {
  const isExclusive = random.next() < 0.25;
  const name = `${isExclusive ? 'exclusive' : 'shared'}-${number}`;
  const seats = String(isExclusive ? 0 : SLOTS);
  const flags = isExclusive ? ['--exclusive'] : [];
  const words = ['sh', fixture('share-witness.sh'), scratch.project, name, '0.05', seats];
  const started = scratch.seqx([...flags, ...sharing, ...words]);
  await until(`${name} has a ticket`, () => gate.ticketPids().includes(started.pid));
  return { name, isExclusive, started };
}

function logOf({ project }: Scratch): string[] {
  const path = join(project, 'log');
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}

/** Who came before an exclusive one has started before it, and who came after it starts after it. */
function expectOrder(guests: readonly Guest[], log: readonly string[]): void {
  const startOf = ({ name }: Guest) => log.indexOf(`start ${name}`);
  const ran = guests.filter(guest => startOf(guest) >= 0);
  for (const [index, guest] of ran.entries()) {
    if (!guest.isExclusive) continue;
    const late = ran.slice(0, index).filter(other => startOf(other) > startOf(guest));
    const early = ran.slice(index + 1).filter(other => startOf(other) < startOf(guest));
    expect({ late: late.map(({ name }) => name), early: early.map(({ name }) => name) }, guest.name).toEqual({
      late: [],
      early: [],
    });
  }
}

/** How many were inside after each line of the log, of those who came to their end. */
function crowdsIn(log: readonly string[]): number[] {
  let inside = 0;
  const whole = log.filter(entry => log.includes(`end ${entry.split(' ')[1]}`));
  return whole.map(entry => {
    inside += entry.startsWith('start') ? 1 : -1;
    return inside;
  });
}

test('nobody overtakes an exclusive one that waits, though a slot is free', async () => {
  await using scratch = new Scratch();
  const line = new WaitingLine(scratch);
  const first = await line.hold('first', sharing);
  await line.isHeldBy(first);
  const exclusive = await line.hold('exclusive', ['--exclusive', ...sharing]);
  const behind = await line.arrive('behind', sharing);
  const alsoBehind = await line.arrive('also behind', ['--slots', '1']);
  expect(await line.come('impatient', ['--no-wait', ...sharing]).ended).toMatchObject({ code: 75 });
  expect(line.ran()).toEqual(['first']);
  finish(first);
  await line.isHeldBy(exclusive);
  await until('the exclusive one runs', () => line.ran().length === 2);
  expect(line.gate.holders()).toHaveLength(1);
  finish(exclusive);
  await Promise.all([first, exclusive, behind, alsoBehind].map(({ ended }) => ended));
  expect(line.ran()).toEqual(['first', 'exclusive', 'behind', 'also behind']);
  await scratch.settle();
});

test('callers that believe in different numbers of slots never run beside one that believes in one', async () => {
  await using scratch = new Scratch();
  const line = new WaitingLine(scratch);
  const five = [];
  for (let number = 0; number < 5; number++) {
    five.push(await line.hold(`five-${number}`, ['--slots', '5', '--memory-expected', '1M']));
  }
  await until('all five hold', () => line.gate.holders().length === 5);
  // All but the one in the highest slot go.
  for (const one of five.slice(0, 4)) finish(one);
  await Promise.all(five.slice(0, 4).map(({ ended }) => ended));
  const alone = await line.hold('alone');
  const two = await line.arrive('two', ['--slots', '2', '--memory-expected', '1M']);
  expect(line.gate.holders()).toHaveLength(1);
  for (const one of five.slice(4)) finish(one);
  await line.isHeldBy(alone);
  expect(line.gate.holders()).toHaveLength(1);
  finish(alone);
  await two.ended;
  expect(line.ran().slice(5)).toEqual(['alone', 'two']);
  await scratch.settle();
});
