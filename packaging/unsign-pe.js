// Windows executables: takes the word of a signature out of the header. Node's own signature does not fit the file
// once a blob is in it, and a wrong signature looks worse to Windows than none.
// Layout: learn.microsoft.com, "PE Format": optional header, data directories, certificate table.

const PE_OFFSET_AT = 0x3c;
const OPTIONAL_HEADER = 24;
const PE32_PLUS = 0x20b;
const CERTIFICATE_TABLE = 112 + 4 * 8;

/** Changes the file's bytes in place. */
export function unsignPe(file) {
  const optional = file.readUInt32LE(PE_OFFSET_AT) + OPTIONAL_HEADER;
  if (file.readUInt16LE(optional) !== PE32_PLUS) throw new Error('not a 64-bit Windows executable');
  file.fill(0, optional + CERTIFICATE_TABLE, optional + CERTIFICATE_TABLE + 8);
  return file;
}
