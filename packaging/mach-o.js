// As much of the Mach-O format as a signature touches: the segments __TEXT and __LINKEDIT, the load command that
// points to a signature, and the room for one more. Source: mach-o/loader.h.

const MAGIC_64 = 0xfeedfacf;
const HEADER_BYTES = 32;
const SEGMENT_BYTES = 72;
const SECTION_BYTES = 80;
const LC_SEGMENT_64 = 0x19;
export const LC_CODE_SIGNATURE = 0x1d;
const DATA_COMMAND_BYTES = 16;
// Pages of Apple chips; a multiple of those of Intel's.
const LARGEST_PAGE = 0x4000;

/** @throws Error when the file is no thin 64-bit Mach-O file that ends with __LINKEDIT */
export function readImage(file) {
  if (file.length < HEADER_BYTES || file.readUInt32LE(0) !== MAGIC_64)
    throw new Error('not a 64-bit Mach-O file');
  const commands = readCommands(file);
  const segments = commands
    .filter(({ type }) => type === LC_SEGMENT_64)
    .map(({ at }) => readSegment(file, at));
  const find = wanted => {
    const segment = segments.find(({ name }) => name === wanted);
    if (!segment) throw new Error(`the Mach-O file has no segment ${wanted}`);
    return segment;
  };
  const linkedit = find('__LINKEDIT');
  if (linkedit.fileOffset + linkedit.fileSize !== file.length)
    throw new Error('__LINKEDIT is not the end of the file');
  const signature = commands.find(({ type }) => type === LC_CODE_SIGNATURE);
  return {
    text: find('__TEXT'),
    linkedit,
    signature: signature && { at: signature.at, dataOffset: file.readUInt32LE(signature.at + 8) },
    commandsEnd: HEADER_BYTES + file.readUInt32LE(20),
    contentStart: Math.min(...segments.flatMap(({ sections }) => sections)),
  };
}

/** Writes the load command over the one there is, or behind the last. */
export function writeCommand(file, { signature, commandsEnd, contentStart }, type, fields) {
  const at = signature?.at ?? commandsEnd;
  if (signature === undefined) {
    if (commandsEnd + DATA_COMMAND_BYTES > contentStart)
      throw new Error('the Mach-O header has no room left');
    file.writeUInt32LE(file.readUInt32LE(16) + 1, 16);
    file.writeUInt32LE(file.readUInt32LE(20) + DATA_COMMAND_BYTES, 20);
  }
  for (const [index, field] of [type, DATA_COMMAND_BYTES, ...fields].entries()) {
    file.writeUInt32LE(field, at + index * 4);
  }
}

export function resizeSegment(file, { at }, size) {
  file.writeBigUInt64LE(BigInt(Math.ceil(size / LARGEST_PAGE) * LARGEST_PAGE), at + 32);
  file.writeBigUInt64LE(BigInt(size), at + 48);
}

function readCommands(file) {
  const commands = [];
  let at = HEADER_BYTES;
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    commands.push({ at, type: file.readUInt32LE(at) });
    at += file.readUInt32LE(at + 4);
  }
  return commands;
}

function readSegment(file, at) {
  const name = file.toString('latin1', at + 8, at + 24).replace(/\0+$/, '');
  const count = file.readUInt32LE(at + 64);
  const starts = Array.from({ length: count }, (_, index) =>
    file.readUInt32LE(at + SEGMENT_BYTES + index * SECTION_BYTES + 48),
  );
  return {
    at,
    name,
    fileOffset: Number(file.readBigUInt64LE(at + 40)),
    fileSize: Number(file.readBigUInt64LE(at + 48)),
    // Where the content of each section starts; 0 for those that are not in the file.
    sections: starts.filter(start => start > 0),
  };
}
