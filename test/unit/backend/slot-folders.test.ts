// The slots as folders: owner iff alone in one and with room beside the others, withdrawal without a trace, and
// clearing by exact name.

import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { slotFolders } from '../../../src/backend/file/slot-folders.ts';
import type { Disk, RunRecord, SlotAsk, SlotStore } from '../../../src/base/ports.ts';
import { DISK, ticket, useGate } from './folder.ts';

const gate = useGate();
/** As an exclusive run sees the slots. */
const slot = (disk = DISK) => {
  const store = slotFolders(gate.path, disk);
  return { ...store, claim: (id: string) => store.claim(alone(id)) };
};
const folder = (number = 0) => join(gate.path, 'slots', String(number));
const inside = (number = 0) => (existsSync(folder(number)) ? readdirSync(folder(number)) : undefined);
const [A, B, C] = [ticket(1).id, ticket(2).id, ticket(3).id];
const alone = (id: string): SlotAsk => ({ id, slots: 1, record: undefined, hasRoomBeside: () => false });
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
    slot().clearEmpty();
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

const record = (rest: Partial<RunRecord> = {}): RunRecord => ({
  schema: 'seqx.run/1',
  root: '/home/me/web',
  executable: '/usr/bin/node',
  heldAt: '2026-01-01T00:00:00.000Z',
  ...rest,
});

describe('sharing', () => {
  const SHARED = record({ share: { weight: 1, expectedBytes: 5 } });

  const sharing = (id: string, slots: number, disk = DISK): SlotAsk => ({
    id,
    slots,
    record: () => SHARED,
    hasRoomBeside: others => {
      const store = slotFolders(gate.path, disk);
      return others.length < slots && others.every(name => store.readRecord(name)?.share !== undefined);
    },
  });
  const slots = (disk = DISK): SlotStore => slotFolders(gate.path, disk);

  test('takes the lowest free slot, until there are no more', () => {
    expect([A, B, C].map(id => slots().claim(sharing(id, 2)))).toEqual(['held', 'held', 'busy']);
    expect([inside(0), inside(1), inside(2)]).toEqual([[A], [B], undefined]);
    expect(slots().occupants().sort()).toEqual([A, B]);
    slots().clear([A]);
    expect(slots().claim(sharing(C, 2))).toBe('held');
    expect([inside(0), inside(1)]).toEqual([[C], [B]]);
  });

  test('says how from the first moment that the entry can be seen', () => {
    const seen: (string | undefined)[] = [];
    const watching: Disk = {
      ...DISK,
      create: (path, text) => {
        seen.push(text);
        DISK.create(path, text);
      },
    };
    slots(watching).claim(sharing(A, 2, watching));
    expect(JSON.parse(seen[0] ?? '')).toEqual(SHARED);
    expect(slots().readRecord(A)).toEqual(SHARED);
  });

  test('entries in any slot are found by their name', () => {
    for (const id of [A, B]) slots().claim(sharing(id, 2));
    slots().writeRecord(B, { ...SHARED, startedAt: 'now' });
    expect(slots().readRecord(B)?.startedAt).toBe('now');
    expect([slots().confirm(B), slots().beat(B)]).toEqual([true, true]);
    slots().clear([B]);
    expect([slots().confirm(B), inside(0), inside(1)]).toEqual([false, [A], undefined]);
  });

  test('an exclusive one is refused by an entry in any slot, also above its own number of slots', () => {
    mkdirSync(folder(63));
    writeFileSync(join(folder(63), B), '');
    expect(slot().claim(A)).toBe('busy');
    expect([inside(0), inside(63)]).toEqual([undefined, [B]]);
  });

  test.each(['', 'torn {', JSON.stringify({ schema: 'seqx.run/1', root: '/' })])(
    'an entry that says %j is exclusive',
    text => {
      mkdirSync(folder(1));
      writeFileSync(join(folder(1), B), text);
      expect(slots().claim(sharing(A, 5))).toBe('busy');
    },
  );

  test('an empty folder elsewhere is in nobody’s way, and is taken along', () => {
    mkdirSync(folder(7));
    expect(slot().claim(A)).toBe('held');
    expect(inside(7)).toBeUndefined();
  });

  test('a folder that is not a slot is none of our business', () => {
    mkdirSync(join(gate.path, 'slots', 'attic'));
    writeFileSync(join(gate.path, 'slots', 'attic', B), '');
    expect(slot().claim(A)).toBe('held');
    expect(slot().occupants()).toEqual([A]);
  });

  test('who came last withdraws where two come at once and there is room for one', () => {
    const late: Disk = {
      ...DISK,
      create: (path, text) => {
        DISK.create(path, text);
        if (path.endsWith(A)) expect(slots().claim(sharing(B, 2))).toBe('held');
      },
    };
    const one = (id: string, disk = DISK): SlotAsk => ({
      ...sharing(id, 2, disk),
      hasRoomBeside: () => false,
    });
    expect(slots(late).claim(one(A, late))).toBe('busy');
    expect([inside(0), inside(1)]).toEqual([undefined, [B]]);
  });

  test('a disk that fails while the others are looked at is thrown, never held, and withdrawn', () => {
    for (const code of ['EIO', 'EACCES', 'EMFILE']) {
      let lists = 0;
      const list: Disk['list'] = path => {
        lists += 1;
        if (lists > 1) failing(code)();
        return DISK.list(path);
      };
      expect(() => slot({ ...DISK, list }).claim(A)).toThrow(code);
      expect(inside()).toBeUndefined();
    }
  });
});

describe('the record', () => {
  test('is read back, also after a longer one', () => {
    slot().claim(A);
    expect(slot().readRecord(A)).toBeUndefined();
    const long = record({ command: { pid: 4321, start: '1'.repeat(20) }, startedAt: 'x'.repeat(300) });
    for (const each of [record(), long, record({ share: { weight: 2, expectedBytes: 7 } })]) {
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
