// One slot as a folder. Protocol: mkdir it, create an entry named after oneself, list it: owner iff that entry is
// the only one; else withdraw. To clear a dead owner: unlink exactly its entry, then rmdir, which fails
// harmlessly when somebody is inside.
// Invariants: at most one process ever sees itself alone; nobody removes a name but its owner or one who
// proved that owner dead; names are never used twice. Checked exhaustively by test/model.
// Does not protect against: a file system whose listings are stale (refused in gate-folder.ts), or
// somebody of the same user deleting the folder (noticed at the next heartbeat; the run is ended).

import { join } from 'node:path';
import { errnoOf } from '../../base/errors.ts';
import type { Disk } from '../../base/ports.ts';
import { unlinkIfThere } from './ticket-folder.ts';

/**
 * One attempt; `busy` leaves nothing of ours behind.
 * @param text what the entry says
 * @param mayStay asked once we are alone in the folder
 * @throws what the disk throws; if our entry cannot be taken back, this process must end
 */
export function enterSlot(
  slot: string,
  id: string,
  text: string,
  disk: Disk,
  mayStay: () => boolean,
): 'held' | 'busy' {
  try {
    disk.mkdir(slot);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return 'busy';
    throw error;
  }
  try {
    disk.create(join(slot, id), text);
    const names = disk.list(slot);
    if (names.length === 1 && names[0] === id && mayStay()) return 'held';
  } catch (error) {
    // ENOENT: the folder was empty for long enough that somebody took it away; nothing of ours is left.
    leaveSlot(slot, id, disk);
    if (errnoOf(error) === 'ENOENT') return 'busy';
    throw error;
  }
  leaveSlot(slot, id, disk);
  return 'busy';
}

/** Unlinks one entry, and the folder if that was the last. */
export function leaveSlot(slot: string, id: string, disk: Disk): void {
  unlinkIfThere(disk, join(slot, id));
  removeIfEmpty(disk, slot);
}

/** ENOTEMPTY and EEXIST (POSIX allows both): somebody is inside. ENOENT: somebody was faster. */
export function removeIfEmpty(disk: Disk, slot: string): void {
  try {
    disk.rmdir(slot);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errnoOf(error))) throw error;
  }
}
