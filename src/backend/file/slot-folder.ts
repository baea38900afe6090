// The slot as a folder. Protocol: mkdir it, create an entry named after oneself, list it: owner iff that
// entry is the only one; else withdraw. To clear a dead owner: unlink exactly its entry, then rmdir, which
// fails harmlessly when somebody is inside.
// Invariants: at most one process ever sees itself alone; nobody removes a name but its owner or one who
// proved that owner dead; names are never used twice. Checked exhaustively by test/model.
// Does not protect against: a file system whose listings are stale (refused in gate-folder.ts), or
// somebody of the same user deleting the folder (noticed at the next heartbeat; the run is ended).

import { join } from 'node:path';
import { errnoOf } from '../../base/errors.ts';
import type { Disk, RunRecord, SlotStore } from '../../base/ports.ts';
import { listIfThere, parseRecord, unlinkIfThere } from './ticket-folder.ts';

/**
 * Records are padded to one size, so that an overwrite in place never leaves the tail of a longer one. The only
 * long things in them are the paths of project and executable, 4,095 bytes at most each.
 */
const RECORD_BYTES = 9_216;

export function slotFolder(gateFolder: string, disk: Disk): SlotStore {
  const slot = join(gateFolder, 'slots', '0');
  const entry = (name: string) => join(slot, name);
  const store: SlotStore = {
    occupants: () => listIfThere(disk, slot),
    claim: id => claim(slot, id, disk),
    clear(ids) {
      for (const id of ids) unlinkIfThere(disk, entry(id));
      removeIfEmpty(disk, slot);
    },
    confirm: id => disk.stat(entry(id)) !== undefined,
    readRecord: name => parseRecord<RunRecord>(disk, entry(name), 'seqx.run/1'),
    writeRecord: (id, record) => disk.overwrite(entry(id), recordText(record).padEnd(RECORD_BYTES)),
    beat(id) {
      try {
        disk.touch(entry(id));
        return true;
      } catch (error) {
        return errnoOf(error) !== 'ENOENT';
      }
    },
    heartbeatMs: name => disk.stat(entry(name))?.modifiedMs,
  };
  return store;
}

/** Schema and root make the first line: a shim reads it with the shell's own `read`, and starts nothing. */
function recordText({ schema, root, ...rest }: RunRecord): string {
  return `${JSON.stringify({ schema, root }).slice(0, -1)},\n${JSON.stringify(rest).slice(1)}`;
}

function claim(slot: string, id: string, disk: Disk): 'held' | 'busy' {
  try {
    disk.mkdir(slot);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return 'busy';
    throw error;
  }
  try {
    disk.create(join(slot, id), '');
    const names = disk.list(slot);
    if (names.length === 1 && names[0] === id) return 'held';
  } catch (error) {
    // ENOENT: the folder was empty for long enough that somebody took it away; nothing of ours is left.
    withdraw(slot, id, disk);
    if (errnoOf(error) === 'ENOENT') return 'busy';
    throw error;
  }
  withdraw(slot, id, disk);
  return 'busy';
}

/** Throws if our entry cannot be taken back: then we must end, and the next contender clears it. */
function withdraw(slot: string, id: string, disk: Disk): void {
  unlinkIfThere(disk, join(slot, id));
  removeIfEmpty(disk, slot);
}

/** ENOTEMPTY and EEXIST (POSIX allows both): somebody is inside. ENOENT: somebody was faster. */
function removeIfEmpty(disk: Disk, slot: string): void {
  try {
    disk.rmdir(slot);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errnoOf(error))) throw error;
  }
}
