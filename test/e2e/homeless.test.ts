// A user without a home: HOME is empty, relative or not set, and the system may not know the user either.

import { chownSync, readdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findHome } from '../../src/operations/find-home.ts';
import { lacks, missing } from '../helpers/capability.ts';
import { SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';

describe.each(['', 'rel'])('with HOME=%j', HOME => {
  test('nothing is kept in the directory of the call', async () => {
    await using scratch = new Scratch();
    for (const words of [['true'], ['history'], ['doctor']]) {
      const { code } = await scratch.seqx(words, { env: { HOME, XDG_STATE_HOME: '' } }).ended;
      expect([words, code]).toEqual([words, 0]);
    }
    expect(readdirSync(scratch.project)).toEqual([]);
  });

  test('the home directory is the one the system knows', () => {
    expect(findHome({ HOME })).toBe(
      [process.env.HOME, userInfo().homedir].find(home => home?.startsWith('/')),
    );
  });
});

const NOBODY = 54_321;
const cannotBeOther = missing(process.getuid?.() !== 0 || lacks('setpriv'), 'only root can be another user');

describe.skipIf(cannotBeOther)('a user that the system does not know', () => {
  const asUnknown = async (words: readonly string[]) => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'Makefile'), 'all: ; @echo made\n');
    for (const path of [scratch.root, scratch.state, scratch.project, join(scratch.project, 'Makefile')]) {
      chownSync(path, NOBODY, NOBODY);
    }
    const other = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    const all = [...other, 'env', '-u', 'HOME', '-u', 'XDG_STATE_HOME', ...SEQX_WORDS, ...words];
    const ended = await scratch.start('setpriv', all).ended;
    return { ...ended, files: readdirSync(scratch.project).sort() };
  };

  test('seqx doctor and seqx init work', async () => {
    const doctor = await asUnknown(['doctor']);
    expect([doctor.code, doctor.stderr]).toEqual([0, '']);
    expect(doctor.stdout).toContain('no shims');
    expect(await asUnknown(['init', 'make'])).toMatchObject({ code: 0, files: ['Makefile', 'seqx.mk'] });
    expect(await asUnknown(['init', 'shims', '--dir', 'bin', 'make'])).toMatchObject({ code: 0 });
  });

  test.each([
    [['init', 'shims', 'make'], 'try: seqx init shims --dir DIR make'],
    [['init', 'make', '--user'], 'try: XDG_DATA_HOME=/a/folder/of/yours seqx init make --user'],
  ])('%j says what is missing', async (words, hint) => {
    const { code, stderr, files } = await asUnknown(words);
    expect([code, files]).toEqual([125, ['Makefile']]);
    expect(stderr).toContain('no home directory');
    expect(stderr).toContain(hint);
  });
});
