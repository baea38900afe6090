// A crash log, explained against this machine.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf, messageOf, SeqxError } from '../base/errors.ts';
import { type CrashDiagnosis, explainCrash } from '../diagnosis/explain-crash.ts';
import { choosePlatform } from '../platform/index.ts';
import { memoryOf } from '../run/await-memory.ts';

/** A death stands at the end of a log: of a longer one, so much of the end is read. */
const MOST_BYTES = 16 * 2 ** 20;

/**
 * Explains why a Node program, or what the log is about, ran out of memory.
 * @param file a log; `-` is the standard input
 * @throws SeqxError SEQX_LOG_UNREADABLE
 */
export async function explainCrashLog(file: string): Promise<CrashDiagnosis> {
  const platform = await choosePlatform();
  return explainCrash(decode(readEnd(file)), memoryOf(platform.machineMemory()));
}

function readEnd(file: string): Buffer {
  let fd: number | undefined;
  try {
    fd = file === '-' ? 0 : openSync(file, 'r');
    const facts = fstatSync(fd);
    return facts.isFile() && file !== '-'
      ? readFrom(fd, Math.max(0, facts.size - MOST_BYTES))
      : readStream(fd);
  } catch (error) {
    throw new SeqxError('SEQX_LOG_UNREADABLE', `cannot read ${file}: ${messageOf(error)}`);
  } finally {
    if (fd !== undefined && fd !== 0) closeSync(fd);
  }
}

function readFrom(fd: number, start: number): Buffer {
  const buffer = Buffer.alloc(MOST_BYTES);
  let length = 0;
  for (let read = -1; read !== 0 && length < MOST_BYTES; length += read) {
    read = readSync(fd, buffer, length, MOST_BYTES - length, start + length);
  }
  return buffer.subarray(0, length);
}

/** Of a pipe, the last so much: what comes first is let go. */
function readStream(fd: number): Buffer {
  let kept = Buffer.alloc(0);
  const part = Buffer.alloc(64 * 1024);
  for (let read = readPart(fd, part); read > 0; read = readPart(fd, part)) {
    kept = Buffer.concat([kept, part.subarray(0, read)]);
    if (kept.length > 2 * MOST_BYTES) kept = kept.subarray(kept.length - MOST_BYTES);
  }
  return kept;
}

const pause = new Int32Array(new SharedArrayBuffer(4));
const PAUSE_MS = 20;

/** Waits where whoever started us made the pipe non-blocking (EAGAIN); on Windows the end of a pipe is an error. */
function readPart(fd: number, part: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, part);
    } catch (error) {
      if (errnoOf(error) === 'EOF') return 0;
      if (errnoOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, PAUSE_MS);
    }
  }
}

/** PowerShell's `>` writes UTF-16 with its mark. */
const decode = (bytes: Buffer): string =>
  bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le', 2) : bytes.toString('utf8');
