// The slot as a folder: owner iff alone, withdrawal without a trace, and clearing by exact name.

import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { slotFolder } from '../../../src/backend/file/slot-folder.ts';
import type { Disk, RunRecord } from '../../../src/base/ports.ts';
import { DISK, ticket, useGate } from './folder.ts';

const gate = useGate();
const slot = (disk = DISK) => slotFolder(gate.path, disk);
const folder = () => join(gate.path, 'slots', '0');
const inside = () => (existsSync(folder()) ? readdirSync(folder()) : undefined);
const [A, B] = [ticket(1).id, ticket(2).id];
const failing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

describe('a claim', () => {
  test('of a free slot holds it, and shows it to everybody', () => {
    expect(slot().claim(A)).toBe('held');
    expect(slot().occupants()).toEqual([A]);
    expect([slot().confirm(A), slot().confirm(B)]).toEqual([true, false]);
  });

  test('of a held one is busy and leaves nothing behind', () => {
    slot().claim(A);
    expect(slot().claim(B)).toBe('busy');
    expect(inside()).toEqual([A]);
  });

  test('of an empty folder is busy: whoever made it may be about to enter', () => {
    mkdirSync(folder());
    expect(slot().claim(A)).toBe('busy');
    expect(inside()).toEqual([]);
  });

  test('that finds somebody beside itself withdraws, and leaves the other', () => {
    const crowded: Disk = {
      ...DISK,
      create: (path, text) => {
        DISK.create(path, text);
        writeFileSync(join(folder(), B), '');
      },
    };
    expect(slot(crowded).claim(A)).toBe('busy');
    expect(inside()).toEqual([B]);
  });

  test('whose folder was taken away before it entered is busy', () => {
    const swept: Disk = {
      ...DISK,
      create: (path, text) => {
        rmSync(folder(), { recursive: true });
        DISK.create(path, text);
      },
    };
    expect(slot(swept).claim(A)).toBe('busy');
    expect(inside()).toBeUndefined();
  });

  test.each(['mkdir', 'create', 'list'] as const)(
    'for which %s fails is thrown, never held, and withdrawn',
    call => {
      for (const code of ['EIO', 'ENOSPC', 'EACCES', 'EMFILE']) {
        expect(() => slot({ ...DISK, [call]: failing(code) }).claim(A)).toThrow(code);
        expect(inside()).toBeUndefined();
      }
    },
  );

  test('that cannot be taken back is thrown: its process must end', () => {
    const stuck = { ...DISK, list: failing('EIO'), unlink: failing('EROFS') };
    expect(() => slot(stuck).claim(A)).toThrow('EROFS');
  });
});

describe('clearing', () => {
  test('frees the slot', () => {
    slot().claim(A);
    slot().clear([A]);
    expect(inside()).toBeUndefined();
    expect(slot().claim(B)).toBe('held');
  });

  test('of one who is not there leaves who is', () => {
    slot().claim(A);
    slot().clear([B]);
    slot().clear([]);
    expect(inside()).toEqual([A]);
  });

  test('may be done by many, at any time', () => {
    slot().clear([A]);
    slot().claim(A);
    slot().clear([A, B]);
    slot().clear([A, B]);
    expect(inside()).toBeUndefined();
  });

  test.each(['ENOTEMPTY', 'EEXIST', 'ENOENT'])('is not troubled by %s of rmdir', code => {
    expect(() => slot({ ...DISK, rmdir: failing(code) }).clear([A])).not.toThrow();
  });

  test('says any other failure', () => {
    expect(() => slot({ ...DISK, rmdir: failing('EACCES') }).clear([A])).toThrow('EACCES');
  });
});

describe('the record', () => {
  const record = (rest: Partial<RunRecord> = {}): RunRecord => ({
    schema: 'seqx.run/1',
    root: '/home/me/web',
    executable: '/usr/bin/node',
    heldAt: '2026-01-01T00:00:00.000Z',
    ...rest,
  });

  test('is read back, also after a longer one', () => {
    slot().claim(A);
    expect(slot().readRecord(A)).toBeUndefined();
    const long = record({ command: { pid: 4321, start: '1'.repeat(20) }, startedAt: 'x'.repeat(300) });
    for (const each of [record(), long, record()]) {
      slot().writeRecord(A, each);
      expect(slot().readRecord(A)).toEqual(each);
    }
  });

  test('of a lost entry is not written into a new one', () => {
    expect(() => slot().writeRecord(A, record())).toThrow('ENOENT');
    expect(inside()).toBeUndefined();
  });
});

describe('the heartbeat', () => {
  test('moves the entry’s time to now', () => {
    slot().claim(A);
    utimesSync(join(folder(), A), 1, 1);
    expect(slot().heartbeatMs(A)).toBe(1_000);
    expect(slot().beat(A)).toBe(true);
    expect(slot().heartbeatMs(A)).toBe(statSync(join(folder(), A)).mtimeMs);
    expect(slot().heartbeatMs(A)).toBeGreaterThan(1_000_000);
  });

  test('of a lost entry says so, and makes none', () => {
    expect([slot().beat(A), slot().heartbeatMs(A)]).toEqual([false, undefined]);
    expect(inside()).toBeUndefined();
  });

  test('that a full disk refuses is no loss', () => {
    expect(slot({ ...DISK, touch: failing('ENOSPC') }).beat(A)).toBe(true);
  });
});
