// The smallest Mach-O file that can be signed: __TEXT with one section, __LINKEDIT, and random content.

import { randomBytes } from 'node:crypto';

const HEADER = 32;
const SEGMENT = 72;
const SECTION = 80;

/** @param room bytes between the load commands and the first section */
export function tinyMachO({ bytes, room }: { readonly bytes: number; readonly room: number }): Buffer {
  const commandsSize = 2 * SEGMENT + SECTION;
  const textEnd = 4_096;
  const file = randomBytes(bytes).fill(0, 0, HEADER + commandsSize + room);
  const header = [0xfeedfacf, 0x0100000c, 0, 2, 2, commandsSize, 0, 0];
  for (const [index, field] of header.entries()) file.writeUInt32LE(field, index * 4);
  segment(file, HEADER, { name: '__TEXT', size: SEGMENT + SECTION, from: 0, to: textEnd, sections: 1 });
  file.writeUInt32LE(HEADER + commandsSize + room, HEADER + SEGMENT + 48);
  const linkedit = { name: '__LINKEDIT', size: SEGMENT, from: textEnd, to: bytes, sections: 0 };
  segment(file, HEADER + SEGMENT + SECTION, linkedit);
  return file;
}

interface Segment {
  readonly name: string;
  readonly size: number;
  readonly from: number;
  readonly to: number;
  readonly sections: number;
}

function segment(file: Buffer, at: number, { name, size, from, to, sections }: Segment): void {
  file.writeUInt32LE(0x19, at);
  file.writeUInt32LE(size, at + 4);
  file.write(name, at + 8, 'latin1');
  file.writeBigUInt64LE(BigInt(from), at + 40);
  file.writeBigUInt64LE(BigInt(to - from), at + 48);
  file.writeUInt32LE(sections, at + 64);
}
