// A Mach-O signature, read back by other code than wrote it. Layout: xnu osfmk/kern/cs_blobs.h.

import { createHash } from 'node:crypto';

const LC_CODE_SIGNATURE = 0x1d;
const LC_SEGMENT_64 = 0x19;

/** What the signature says, and what the file is. */
export function readSignature(file: Buffer) {
  const { commands, signature, linkeditEnd } = readHeader(file);
  const blob = file.subarray(signature.offset, signature.offset + signature.size);
  const directory = blob.subarray(blob.readUInt32BE(16));
  const word = (index: number) => directory.readUInt32BE(index * 4);
  const pageBytes = 2 ** (directory[39] ?? 0);
  const codeLimit = word(8);
  const said = Array.from({ length: word(7) }, (_, page) => {
    const start = word(4) + page * (directory[36] ?? 0);
    return directory.toString('hex', start, start + (directory[36] ?? 0));
  });
  const actual = Array.from({ length: Math.ceil(codeLimit / pageBytes) }, (_, page) =>
    createHash('sha256')
      .update(file.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, codeLimit)))
      .digest('hex'),
  );
  return {
    commands,
    magics: [blob.readUInt32BE(0).toString(16), word(0).toString(16)],
    isAdHoc: (word(3) & 2) === 2,
    identifier: directory.toString('latin1', word(5), directory.indexOf(0, word(5))),
    hasRoom: blob.readUInt32BE(4) <= blob.length && word(1) <= blob.readUInt32BE(4),
    coversAllBefore: codeLimit === signature.offset,
    isAtTheEnd: signature.offset + signature.size === file.length && linkeditEnd === file.length,
    hashes: { said, actual },
  };
}

function readHeader(file: Buffer) {
  const commands: number[] = [];
  let [signature, linkeditEnd] = [{ offset: 0, size: 0 }, 0];
  let at = 32;
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    const type = file.readUInt32LE(at);
    commands.push(type);
    if (type === LC_CODE_SIGNATURE)
      signature = { offset: file.readUInt32LE(at + 8), size: file.readUInt32LE(at + 12) };
    if (type === LC_SEGMENT_64 && file.toString('latin1', at + 8, at + 18) === '__LINKEDIT')
      linkeditEnd = Number(file.readBigUInt64LE(at + 40) + file.readBigUInt64LE(at + 48));
    at += file.readUInt32LE(at + 4);
  }
  return { commands, signature, linkeditEnd };
}
