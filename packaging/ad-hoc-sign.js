// Ad-hoc signatures for macOS executables, on any system: pkg's injection removes the signature, and a Mac with an
// Apple chip kills what has none. Says nothing about who made the file, only that nothing has changed since: the
// kernel compares SHA-256 of each page as it loads it.
// Layout: xnu osfmk/kern/cs_blobs.h and mach-o/loader.h; the same that ld64, lld and Go's linker write.
//   __LINKEDIT … LC_CODE_SIGNATURE -> super blob -> code directory: header, identifier, one hash for each page
// Run by itself, it signs the files it is given, in place.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LC_CODE_SIGNATURE, readImage, resizeSegment, writeCommand } from './mach-o.js';

const PAGE = 4_096;
const HASH_BYTES = 32;
const SUPER_BLOB_BYTES = 20;
const DIRECTORY_BYTES = 88;

/**
 * A signed copy of a thin 64-bit Mach-O executable.
 * @throws Error when it is none, or when its header has no room for one more load command
 */
export function signAdHoc(file, identifier) {
  const image = readImage(file);
  const codeLimit = align(image.signature?.dataOffset ?? file.length, 16);
  const signature = layOut(codeLimit, identifier);
  const signed = Buffer.alloc(codeLimit + signature.size);
  file.copy(signed, 0, 0, codeLimit);
  // The header is part of the first page: it has to be complete before the pages are hashed.
  writeCommand(signed, image, LC_CODE_SIGNATURE, [codeLimit, signature.size]);
  resizeSegment(signed, image.linkedit, signed.length - image.linkedit.fileOffset);
  writeSuperBlob(signed.subarray(codeLimit), signature);
  writeDirectory(signed.subarray(codeLimit + SUPER_BLOB_BYTES), signature, identifier, image.text);
  const hashes = signed.subarray(codeLimit + SUPER_BLOB_BYTES + signature.hashOffset);
  for (let page = 0; page < signature.pages; page++) {
    const end = Math.min((page + 1) * PAGE, codeLimit);
    hashes.set(sha256(signed.subarray(page * PAGE, end)), page * HASH_BYTES);
  }
  return signed;
}

function layOut(codeLimit, identifier) {
  const pages = Math.ceil(codeLimit / PAGE);
  const hashOffset = DIRECTORY_BYTES + Buffer.byteLength(identifier) + 1;
  const directorySize = hashOffset + pages * HASH_BYTES;
  return { codeLimit, pages, hashOffset, directorySize, size: align(SUPER_BLOB_BYTES + directorySize, 16) };
}

/** Signatures are big-endian, whatever the machine. */
function writeSuperBlob(bytes, { directorySize }) {
  const count = 1;
  const codeDirectorySlot = 0;
  const fields = [0xfade0cc0, SUPER_BLOB_BYTES + directorySize, count, codeDirectorySlot, SUPER_BLOB_BYTES];
  for (const [index, field] of fields.entries()) bytes.writeUInt32BE(field, index * 4);
}

function writeDirectory(bytes, { codeLimit, pages, hashOffset, directorySize }, identifier, text) {
  const version = 0x20400;
  const adHocByLinker = 0x20002;
  const specialSlots = 0;
  const head = [0xfade0c02, directorySize, version, adHocByLinker, hashOffset, DIRECTORY_BYTES];
  for (const [index, field] of [...head, specialSlots, pages, codeLimit].entries()) {
    bytes.writeUInt32BE(field, index * 4);
  }
  // Hash size, hash type SHA-256, platform, log2 of the page size; then fields that are all zero.
  bytes.set([HASH_BYTES, 2, 0, Math.log2(PAGE)], 36);
  const isMainBinary = 1n;
  const executable = [BigInt(text.fileOffset), BigInt(text.fileSize), isMainBinary];
  for (const [index, field] of executable.entries()) bytes.writeBigUInt64BE(field, 64 + index * 8);
  bytes.write(`${identifier}\0`, DIRECTORY_BYTES);
}

const sha256 = bytes => createHash('sha256').update(bytes).digest();
const align = (value, to) => Math.ceil(value / to) * to;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of process.argv.slice(2))
    writeFileSync(path, signAdHoc(readFileSync(path), basename(path)));
}
