// Ad-hoc signatures of macOS binaries: every page's hash is that of the page. That a Mac takes them is not shown
// here; the layout is that of the linkers'.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { binaryPath, lacksBinary } from './binaries.ts';
import { readSignature } from './code-signature.ts';
import { tinyMachO } from './tiny-mach-o.ts';

const LOAD_COMMANDS = [0x19, 0x19, 0x1d];
const sign = (scratch: Scratch, path: string) =>
  scratch.start(process.execPath, [join(ROOT, 'packaging', 'ad-hoc-sign.js'), path]).ended;

/** Everything that has to hold of a signed file but its hashes. */
const SOUND = {
  magics: ['fade0cc0', 'fade0c02'],
  isAdHoc: true,
  hasRoom: true,
  coversAllBefore: true,
  isAtTheEnd: true,
};

test.each([4_096 * 3, 4_096 * 3 + 1, 4_096 * 2 + 4_095])('signs %i bytes, page by page', async bytes => {
  await using scratch = new Scratch();
  const path = join(scratch.root, 'tiny');
  const unsigned = tinyMachO({ bytes, room: 64 });
  writeFileSync(path, unsigned);
  expect(await sign(scratch, path)).toMatchObject({ code: 0, stderr: '' });
  const file = readFileSync(path);
  const { commands, hashes, ...rest } = readSignature(file);
  expect(rest).toEqual({ ...SOUND, identifier: 'tiny' });
  expect(commands).toEqual(LOAD_COMMANDS);
  expect(hashes.said).toEqual(hashes.actual);
  expect(file.subarray(4_096, bytes).equals(unsigned.subarray(4_096))).toBe(true);
});

test('one changed byte is seen', async () => {
  await using scratch = new Scratch();
  const path = join(scratch.root, 'tiny');
  writeFileSync(path, tinyMachO({ bytes: 20_000, room: 64 }));
  await sign(scratch, path);
  const file = readFileSync(path);
  file[9_000] = (file[9_000] ?? 0) ^ 1;
  const { said, actual } = readSignature(file).hashes;
  expect(said.map((hash, page) => hash === actual[page])).toEqual([true, true, false, true, true]);
});

test('signing again replaces the signature', async () => {
  await using scratch = new Scratch();
  const path = join(scratch.root, 'tiny');
  writeFileSync(path, tinyMachO({ bytes: 20_000, room: 64 }));
  await sign(scratch, path);
  const once = readFileSync(path);
  await sign(scratch, path);
  expect(readFileSync(path).equals(once)).toBe(true);
});

test.each([
  ['whose header is full', tinyMachO({ bytes: 20_000, room: 8 }), 'has no room left'],
  ['that is no Mach-O file', Buffer.alloc(5_000), 'not a 64-bit Mach-O file'],
  [
    'with something behind its end',
    Buffer.concat([tinyMachO({ bytes: 20_000, room: 64 }), Buffer.alloc(9)]),
    'is not the end',
  ],
])('refuses a file %s and leaves it as it is', async (_what, bytes, complaint) => {
  await using scratch = new Scratch();
  const path = join(scratch.root, 'tiny');
  writeFileSync(path, bytes);
  const { code, stderr } = await sign(scratch, path);
  expect([code, stderr]).toEqual([1, expect.stringContaining(complaint)]);
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

describe.each(['darwin-arm64', 'darwin-x64'])('the binary for %s', name => {
  test.skipIf(lacksBinary(name))('is signed, every page of it', () => {
    const { commands, hashes, ...rest } = readSignature(readFileSync(binaryPath(name)));
    expect(rest).toEqual({ ...SOUND, identifier: 'seqx' });
    expect(commands.filter(type => type === 0x1d)).toHaveLength(1);
    expect(hashes.said.length).toBeGreaterThan(30_000);
    expect(hashes.said).toEqual(hashes.actual);
  });
});
