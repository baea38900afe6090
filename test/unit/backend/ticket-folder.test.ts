// The queue as a folder: a ticket is there whole or not at all, and nothing else in the folder is one.

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  listIfThere,
  parseRecord,
  ticketFolder,
  unlinkIfThere,
} from '../../../src/backend/file/ticket-folder.ts';
import { ticketName } from '../../../src/base/identity.ts';
import type { Disk, TicketRecord } from '../../../src/base/ports.ts';
import { DISK, platformAs, ticket, useGate } from './folder.ts';

const gate = useGate();
const store = (disk = DISK) => ticketFolder(gate.path, disk, platformAs());
const RECORD: TicketRecord = {
  schema: 'seqx.ticket/1',
  argv: ['make', 'a b', 'ünï\n'],
  cwd: '/w',
  arrivedAt: '2026-01-01T00:00:00.000Z',
  chain: ['ab:1'],
};
const inQueue = () => readdirSync(join(gate.path, 'q'));

describe('a ticket', () => {
  test('is published whole, by one rename, and read back', () => {
    const one = ticket(1);
    const calls: string[] = [];
    const spy: Disk = {
      ...DISK,
      create: (path, text) => {
        calls.push(`create ${path}`);
        DISK.create(path, text);
      },
      rename: (from, to) => {
        calls.push(`rename ${from} ${to}`);
        expect(JSON.parse(readFileSync(from, 'utf8'))).toEqual(RECORD);
        DISK.rename(from, to);
      },
    };
    store(spy).publish(one, RECORD);
    const path = join(gate.path, 'q', ticketName(one));
    const draft = join(gate.path, 'q', `.${ticketName(one)}`);
    expect(calls).toEqual([`create ${draft}`, `rename ${draft} ${path}`]);
    expect(store().read(one)).toEqual(RECORD);
    expect([store().has(one), store().has(ticket(2))]).toEqual([true, false]);
    expect(store().list()).toEqual([one]);
  });

  test('is published again over the draft that a full disk left', () => {
    const one = ticket(1);
    writeFileSync(join(gate.path, 'q', `.${ticketName(one)}`), '{"sch');
    store().publish(one, RECORD);
    expect(inQueue()).toEqual([ticketName(one)]);
  });

  test('is removed with draft and socket, any number of times, and no other is touched', () => {
    const [one, other] = [ticket(1), ticket(2)];
    for (const each of [one, other]) {
      store().publish(each, RECORD);
      writeFileSync(store().socketPath(each), '');
    }
    writeFileSync(join(gate.path, 'q', `.${ticketName(one)}`), '');
    store().remove(one);
    store().remove(one);
    expect(inQueue()).toEqual([ticketName(other)]);
    expect(readdirSync(join(gate.path, 's'))).toEqual([other.identity.nonce]);
  });

  test('keeps what listens under another name than its nonce (a pipe of Windows)', () => {
    const pipes = { ...platformAs(), socketPath: () => join(gate.path, 'other') };
    writeFileSync(join(gate.path, 'other'), '');
    ticketFolder(gate.path, DISK, pipes).remove(ticket(1));
    expect(readdirSync(gate.path)).toContain('other');
  });
});

describe('the list', () => {
  test('has tickets alone: no drafts, no folders by other names, no litter', () => {
    store().publish(ticket(2, 0), RECORD);
    store().publish(ticket(1, 2), RECORD);
    const names = [
      '.DS_Store',
      `.${ticketName(ticket(3))}`,
      'x',
      '3-1',
      ticket(4).id,
      `${ticketName(ticket(5))}~`,
    ];
    for (const name of names) writeFileSync(join(gate.path, 'q', name), '');
    expect(store().list().map(ticketName).sort()).toEqual([
      ticketName(ticket(2, 0)),
      ticketName(ticket(1, 2)),
    ]);
  });

  test('of a folder that is not there is empty; any other failure is thrown', () => {
    expect(ticketFolder(join(gate.path, 'gone'), DISK, platformAs()).list()).toEqual([]);
    const list = () => {
      throw Object.assign(new Error('list'), { code: 'EACCES' });
    };
    expect(() => listIfThere({ ...DISK, list }, 'x')).toThrow('list');
  });
});

describe('a record', () => {
  test.each([
    ['empty', ''],
    ['torn', '{"schema":"seqx.ticket/1","argv":["ma'],
    ['of another version', '{"schema":"seqx.ticket/2"}'],
    ['of another kind', '[1,2]'],
    ['null', 'null'],
    ['bytes', '\u0000\ufffd'],
  ])('that is %s is none', (_what, text) => {
    const one = ticket(1);
    writeFileSync(join(gate.path, 'q', ticketName(one)), text);
    expect(store().read(one)).toBeUndefined();
    expect(store().list()).toEqual([one]);
  });

  test('is not read through a symlink, from a folder, or from nowhere', () => {
    const at = (name: string) => join(gate.path, name);
    writeFileSync(at('real'), JSON.stringify(RECORD));
    symlinkSync(at('real'), at('link'));
    mkdirSync(at('folder'));
    expect(parseRecord(DISK, at('real'), 'seqx.ticket/1')).toEqual(RECORD);
    for (const name of ['link', 'folder', 'nowhere']) {
      expect(parseRecord(DISK, at(name), 'seqx.ticket/1')).toBeUndefined();
    }
  });
});

test('unlinking what is gone is done; any other failure is thrown', () => {
  unlinkIfThere(DISK, join(gate.path, 'gone'));
  mkdirSync(join(gate.path, 'folder'));
  expect(() => unlinkIfThere(DISK, join(gate.path, 'folder'))).toThrow();
});
