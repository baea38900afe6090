// The state folder: ours alone and local, or nothing runs.

import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prepareGateFolder, stateFolderPath } from '../../../src/backend/file/gate-folder.ts';
import { SeqxError } from '../../../src/base/errors.ts';
import type { Disk } from '../../../src/base/ports.ts';
import { DISK, platformAs, useFolder } from './folder.ts';

const HASH = '0123456789abcdef';
const UID = process.geteuid?.() ?? 0;
const folder = useFolder();
const state = () => join(folder.path, 'state');
const prepare = (disk: Disk = DISK, uid = UID) => prepareGateFolder(state(), HASH, disk, platformAs(uid));

function refusal(action: () => unknown): SeqxError {
  try {
    action();
  } catch (error) {
    if (error instanceof SeqxError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('is made', () => {
  test('with everything a gate needs, for us alone', () => {
    expect(prepare()).toBe(join(state(), HASH));
    expect(readdirSync(join(state(), HASH)).sort()).toEqual(['q', 's', 'slots']);
    for (const path of [state(), join(state(), HASH), join(state(), HASH, 'q')]) {
      expect(statSync(path).mode & 0o777).toBe(0o700);
    }
  });

  test('with the folders above it, and again without harm', () => {
    rmSync(folder.path, { recursive: true });
    prepare();
    expect(prepare()).toBe(join(state(), HASH));
  });

  test('while others make it at the same moment', () => {
    const raced: Disk = {
      ...DISK,
      mkdir: path => {
        mkdirSync(path, 0o700);
        DISK.mkdir(path);
      },
    };
    expect(prepare(raced)).toBe(join(state(), HASH));
  });
});

describe('is refused and not repaired', () => {
  const withFacts = (path: () => string, change: object): Disk => ({
    ...DISK,
    stat: asked => {
      const facts = DISK.stat(asked);
      return asked === path() && facts ? { ...facts, ...change } : facts;
    },
  });

  test('as a symlink, even to a good folder', () => {
    mkdirSync(join(folder.path, 'good'), 0o700);
    symlinkSync(join(folder.path, 'good'), state());
    expect(refusal(prepare)).toMatchObject({ code: 'SEQX_STATE_UNSAFE', exit: 125 });
    expect(readdirSync(join(folder.path, 'good'))).toEqual([]);
  });

  test('as a symlink to nowhere, and as a file', () => {
    symlinkSync(join(folder.path, 'nowhere'), state());
    expect(refusal(prepare).message).toContain('is a symlink');
    rmSync(state());
    writeFileSync(state(), '');
    expect(refusal(prepare).message).toContain('is not a folder');
  });

  test.each([0o770, 0o720, 0o707, 0o702, 0o777, 0o1777])('when others may write to it (mode %o)', mode => {
    mkdirSync(state());
    chmodSync(state(), mode);
    expect(refusal(prepare)).toMatchObject({
      code: 'SEQX_STATE_UNSAFE',
      message: `the state folder ${state()} may be written by others (mode ${mode.toString(8)}); nothing was run`,
    });
    expect(statSync(state()).mode & 0o7777).toBe(mode);
    expect(readdirSync(state())).toEqual([]);
  });

  test('when it belongs to another user, root included', () => {
    mkdirSync(state(), 0o700);
    const error = refusal(() => prepare(withFacts(state, { uid: UID + 1 })));
    expect(error.message).toContain(`belongs to user ${UID + 1}, not to ${UID}`);
    expect(refusal(() => prepare(withFacts(state, { uid: 0 }), 1_234)).code).toBe('SEQX_STATE_UNSAFE');
  });

  test('when others may replace it: a parent open to all that is not sticky', () => {
    chmodSync(folder.path, 0o777);
    expect(refusal(prepare).message).toContain(
      `lies in ${folder.path}, where others may replace it (mode 777)`,
    );
    chmodSync(folder.path, 0o1777);
    expect(prepare()).toBe(join(state(), HASH));
  });

  test('when its parent belongs to another user; root and an unmapped one are none', () => {
    const parent = () => folder.path;
    mkdirSync(state(), 0o700);
    expect(refusal(() => prepare(withFacts(parent, { uid: UID + 1 }))).message).toContain(
      `which belongs to user ${UID + 1}`,
    );
    for (const uid of [0, 65_534]) expect(() => prepare(withFacts(parent, { uid }))).not.toThrow();
  });

  test.each(['NFS', '9p', 'CIFS', 'SMB', 'FUSE'])('on %s, where the lock would not be safe', name => {
    const error = refusal(() => prepare({ ...DISK, fileSystem: () => name }));
    expect(error).toMatchObject({ code: 'SEQX_STATE_REMOTE', exit: 125 });
    expect(error.message).toContain(`lies on ${name}`);
  });
});

describe('that the disk refuses', () => {
  test.each(['EACCES', 'ENOSPC', 'EROFS', 'EIO', 'EDQUOT'])(
    'for %s is an error with a way out, never a run',
    code => {
      const mkdir = () => {
        throw Object.assign(new Error(`${code}: no`), { code });
      };
      const error = refusal(() => prepare({ ...DISK, mkdir }));
      expect(error).toMatchObject({ code: 'SEQX_STATE_UNUSABLE', exit: 125 });
      expect(error.message).toBe(
        `cannot use the state folder ${state()}: ${code}: no; nothing was run, because there is no lock without it`,
      );
      expect(error.hint).toMatch(['ENOSPC', 'EDQUOT'].includes(code) ? /^df / : /^SEQX_STATE_DIR=/);
    },
  );
});

describe('stateFolderPath', () => {
  test('depends on the user alone, unless SEQX_STATE_DIR says otherwise', () => {
    const env = { TMPDIR: '/elsewhere', XDG_RUNTIME_DIR: '/run/user/7', HOME: '/home/ann' };
    expect(stateFolderPath(env, platformAs(7))).toBe('/tmp/seqx-7');
    expect(stateFolderPath({ SEQX_STATE_DIR: '' }, platformAs(7))).toBe('/tmp/seqx-7');
    expect(stateFolderPath({ SEQX_STATE_DIR: '/private' }, platformAs(7))).toBe('/private');
  });

  test('refuses a relative path: callers in other directories would not meet', () => {
    expect(refusal(() => stateFolderPath({ SEQX_STATE_DIR: 'state' }, platformAs()))).toMatchObject({
      code: 'SEQX_SETTING_INVALID',
      message: 'SEQX_STATE_DIR is "state"; it takes an absolute path, so that all callers meet',
    });
  });
});
