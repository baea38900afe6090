// The disk as the protocol uses it: synchronous, one system call where the protocol counts on one, nothing
// cached. Errors keep their errno; what they mean is for the caller to say.

import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { errnoOf } from '../base/errors.ts';
import type { Disk, SystemName } from '../base/ports.ts';

const LARGEST_RECORD_BYTES = 64 * 1024;

/** Magic numbers of statfs(2) on which a listing may be stale or a socket impossible. */
const REMOTE_FILE_SYSTEMS: Record<number, string> = {
  26985: 'NFS',
  16914839: '9p',
  4283649346: 'CIFS',
  4266872130: 'SMB',
  1702057286: 'FUSE',
};

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

export function nodeDisk(system: SystemName): Disk {
  const disk: Disk = {
    mkdir: path => mkdirSync(path, 0o700),
    create: (path, text) =>
      withFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, fd => {
        writeAll(fd, text);
      }),
    overwrite: (path, text) => withFile(path, constants.O_WRONLY | NO_FOLLOW, fd => writeAll(fd, text)),
    read: path => withFile(path, constants.O_RDONLY | NO_FOLLOW, readRecord),
    list: path => readdirSync(path),
    rename: renameSync,
    unlink: unlinkSync,
    rmdir: path => rmdirSync(path),
    stat,
    touch: path =>
      withFile(path, constants.O_WRONLY | NO_FOLLOW, fd => {
        const now = Date.now() / 1_000;
        futimesSync(fd, now, now);
      }),
    fileSystem: path => REMOTE_FILE_SYSTEMS[statfsSync(path).type >>> 0] ?? 'local',
  };
  return system === 'windows' ? patient(disk) : disk;
}

function withFile<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = openSync(path, flags, 0o600);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** A short write is legal, and the rest of a record is part of it. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(fd, bytes, offset, undefined, offset);
}

function readRecord(fd: number): string {
  if (!fstatSync(fd).isFile()) throw new Error('not a regular file');
  const buffer = Buffer.allocUnsafe(LARGEST_RECORD_BYTES);
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0));
}

function stat(path: string) {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return (
    facts && {
      isDirectory: facts.isDirectory(),
      isSymlink: facts.isSymbolicLink(),
      uid: facts.uid,
      mode: facts.mode & 0o7777,
      modifiedMs: facts.mtimeMs,
    }
  );
}

/**
 * Windows answers EPERM, EACCES or EBUSY while a deleted name is still open somewhere ("delete pending"):
 * that is contention, so each changing call is tried again for up to 100 ms. From documentation, not run.
 */
function patient(disk: Disk): Disk {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const again =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      for (let tries = 0; ; tries++) {
        try {
          return call(...args);
        } catch (error) {
          if (tries === 50 || !['EPERM', 'EACCES', 'EBUSY'].includes(errnoOf(error))) throw error;
          Atomics.wait(pause, 0, 0, 2);
        }
      }
    };
  return {
    ...disk,
    mkdir: again(disk.mkdir),
    create: again(disk.create),
    rename: again(disk.rename),
    unlink: again(disk.unlink),
    rmdir: again(disk.rmdir),
  };
}
