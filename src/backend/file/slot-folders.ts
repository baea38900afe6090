// The slots of a gate: `slots/0`, `slots/1` … , each a folder of its own (slot-folder.ts), and one rule across
// them. Protocol: take a free slot with an entry that says how it shares; only then look at all other slots, and
// stay iff there is room beside everybody whose entry is there; else withdraw.
// Invariants: of any who hold at the same time, the one whose entry came last has seen the entries of all the
// others, and found room beside them. So no two runs that exclude each other hold, and no number of runs ever
// passes on one and the same reading of what is free. Checked exhaustively by test/model/sharing.
// The rule needs no agreement on how many slots there are: it looks at every slot there is.

import { join } from 'node:path';
import { errnoOf } from '../../base/errors.ts';
import type { Disk, RunRecord, SlotAsk, SlotStore } from '../../base/ports.ts';
import { enterSlot, leaveSlot, removeIfEmpty } from './slot-folder.ts';
import { listIfThere, parseRecord } from './ticket-folder.ts';

/**
 * Records are padded to one size, so that an overwrite in place never leaves the tail of a longer one. The only
 * long things in them are the paths of project and executable, 4,095 bytes at most each.
 */
const RECORD_BYTES = 9_216;

const FIRST = '0';

export function slotFolders(gateFolder: string, disk: Disk): SlotStore {
  const slots = join(gateFolder, 'slots');
  const folder = (slot: string) => join(slots, slot);
  const all = () => listIfThere(disk, slots).filter(name => /^\d+$/.test(name));
  // Where our own entries are. Those of others are looked for each time: who withdraws may come back elsewhere.
  const own = new Map<string, string>();
  const has = (slot: string, name: string) => disk.stat(join(slots, slot, name)) !== undefined;
  const find = (name: string) =>
    own.get(name) ?? (has(FIRST, name) ? FIRST : all().find(slot => slot !== FIRST && has(slot, name)));
  // An entry that is nowhere is looked for in slot 0, and is not there.
  const entry = (name: string) => join(slots, find(name) ?? FIRST, name);
  /** For those who keep an entry alive: it stays where it is until it is gone. */
  const ownEntry = (id: string) => {
    const slot = find(id);
    if (slot !== undefined) own.set(id, slot);
    return join(slots, slot ?? FIRST, id);
  };
  return {
    occupants: () => all().flatMap(slot => listIfThere(disk, folder(slot))),
    claim(ask) {
      const slot = ask.record === undefined ? FIRST : firstFree(all(), ask.slots);
      if (slot === undefined) return 'busy';
      const text = ask.record === undefined ? '' : recordText(ask.record());
      const others = () => all().flatMap(other => (other === slot ? [] : whoIsIn(folder(other), disk)));
      const claimed = enterSlot(folder(slot), ask.id, text, disk, () => hasRoom(ask, others()));
      if (claimed === 'held') own.set(ask.id, slot);
      return claimed;
    },
    clear(ids) {
      for (const id of ids) leaveSlot(folder(find(id) ?? FIRST), id, disk);
    },
    clearEmpty() {
      for (const slot of all()) removeIfEmpty(disk, folder(slot));
    },
    confirm: id => disk.stat(entry(id)) !== undefined,
    readRecord: name => parseRecord<RunRecord>(disk, entry(name), 'seqx.run/1'),
    writeRecord: (id, record) => disk.overwrite(ownEntry(id), recordText(record)),
    beat(id) {
      try {
        disk.touch(ownEntry(id));
        return true;
      } catch (error) {
        return errnoOf(error) !== 'ENOENT';
      }
    },
    heartbeatMs: name => disk.stat(entry(name))?.modifiedMs,
  };
}

const hasRoom = (ask: SlotAsk, others: readonly string[]): boolean =>
  others.length === 0 || ask.hasRoomBeside(others);

/** The lowest slot that nobody has made a folder for. */
function firstFree(taken: readonly string[], slots: number): string | undefined {
  for (let slot = 0; slot < slots; slot++) {
    if (!taken.includes(String(slot))) return String(slot);
  }
  return undefined;
}

/** A folder without an entry was left by a crash, or its maker is on the way in and starts over: away with it. */
function whoIsIn(folder: string, disk: Disk): string[] {
  const names = listIfThere(disk, folder);
  if (names.length === 0) removeIfEmpty(disk, folder);
  return names;
}

/** Schema and root make the first line: a shim reads it with the shell's own `read`, and starts nothing. */
function recordText({ schema, root, share, ...rest }: RunRecord): string {
  const first = JSON.stringify({ schema, root }).slice(0, -1);
  return `${first},\n${JSON.stringify({ share, ...rest }).slice(1)}`.padEnd(RECORD_BYTES);
}
