// Delegations on disk: whole or not at all, claimed by one, the old ones gone.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Delegation } from '../../../src/agents/delegation.ts';
import {
  claimDelegation,
  pruneDelegations,
  readDelegations,
  writeDelegation,
} from '../../../src/agents/delegation-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seqx-store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const idOf = (number: number): string => number.toString(16).padStart(8, '0');
const delegation = (number: number): Delegation => ({
  schema: 'seqx.delegation/1',
  id: idOf(number),
  task: `task ${number}`,
  cwd: '/',
  startedAt: new Date(number * 1_000).toISOString(),
  stages: [['a']],
  ends: {},
});
const isDead = async (identity: string) => identity.startsWith('dead');
const names = () => readdirSync(folder).sort();

test('what was written is read, oldest first, and what is torn or foreign is passed over', () => {
  for (const number of [2, 3, 1]) writeDelegation(folder, delegation(number));
  writeDelegation(folder, { ...delegation(2), task: 'changed' });
  writeFileSync(join(folder, `${idOf(4)}.json`), '{"schema":"seqx.delega');
  writeFileSync(join(folder, 'notes.json'), JSON.stringify(delegation(5)));
  expect(readDelegations(folder).map(({ task }) => task)).toEqual(['task 1', 'changed', 'task 3']);
});

test('a folder that is not there has none, and cannot be written to', () => {
  const nowhere = join(folder, 'nowhere');
  expect(readDelegations(nowhere)).toEqual([]);
  expect(() => writeDelegation(nowhere, delegation(1))).toThrow('ENOENT');
  expect(names()).toEqual([]);
});

test('one claims, the next is told who has it, and once it is released another may', async () => {
  const first = await claimDelegation(folder, idOf(1), 'first', isDead);
  const second = await claimDelegation(folder, idOf(1), 'second', isDead);
  const path = join(folder, `${idOf(1)}.by-first`);
  expect(second).toEqual({ kind: 'taken', by: 'first', path });
  expect(names()).toEqual([`${idOf(1)}.by-first`]);
  expect((await claimDelegation(folder, idOf(2), 'second', isDead)).kind).toBe('claimed');
  if (first.kind === 'claimed') first.release();
  expect((await claimDelegation(folder, idOf(1), 'third', isDead)).kind).toBe('claimed');
});

test('claims of the dead are cleared', async () => {
  await claimDelegation(folder, idOf(1), 'dead-1', isDead);
  expect((await claimDelegation(folder, idOf(1), 'living', isDead)).kind).toBe('claimed');
  expect(names()).toEqual([`${idOf(1)}.by-living`]);
});

test('of two that look at one instant never both have it', async () => {
  for (let round = 0; round < 50; round++) {
    const claims = await Promise.all(
      ['a', 'b', 'c'].map(by => claimDelegation(folder, idOf(round), by, isDead)),
    );
    expect(claims.filter(({ kind }) => kind === 'claimed').length).toBeLessThanOrEqual(1);
  }
});

test('a hundred are kept, and those that somebody is at work on', async () => {
  for (let number = 1; number <= 103; number++) writeDelegation(folder, delegation(number));
  await claimDelegation(folder, idOf(1), 'living', isDead);
  await claimDelegation(folder, idOf(2), 'dead', isDead);
  writeFileSync(join(folder, `.${idOf(2)}-00000000`), 'draft of the dead');
  writeFileSync(join(folder, `.${idOf(1)}-00000000`), 'draft of the living');
  writeFileSync(join(folder, 'notes'), 'not ours');
  await pruneDelegations(folder, isDead);
  const kept = readDelegations(folder).map(({ id }) => id);
  expect(kept).toEqual([1, ...Array.from({ length: 100 }, (_, index) => index + 4)].map(idOf));
  expect(names().filter(name => !name.endsWith('.json'))).toEqual([
    `.${idOf(1)}-00000000`,
    `${idOf(1)}.by-living`,
    'notes',
  ]);
});
