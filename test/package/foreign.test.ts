// The binaries of other systems, where something here can run them.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Scratch } from '../helpers/scratch.ts';
import { binaryPath } from './binaries.ts';
import { ARM_LIBRARIES, lacksArm, lacksArmInKernel, lacksWine, QEMU } from './emulators.ts';

const ARM = binaryPath('linux-arm64');
const [QEMU_PROGRAM, ...QEMU_WORDS] = QEMU;

describe.skipIf(lacksArm())('the binary for linux-arm64, by qemu', () => {
  test.each([
    ['--version', /^seqx \d/],
    ['help', /run one heavy command at a time per project/],
    ['status', /nothing is running/],
    ['doctor', /system +linux, Node v26/],
  ])('answers %s', async (word, answer) => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await scratch.start(QEMU_PROGRAM, [...QEMU_WORDS, ARM, word]).ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(answer);
  });
});

describe.skipIf(lacksArmInKernel())('the binary for linux-arm64, by the kernel and qemu', () => {
  const env = { QEMU_LD_PREFIX: ARM_LIBRARIES };

  test('runs a command and passes its exit code on; one inside passes through', async () => {
    await using scratch = new Scratch();
    const script = `${ARM} echo inner; exit 7`;
    const ended = await scratch.start(ARM, ['sh', '-c', script], { env }).ended;
    expect(ended).toMatchObject({ code: 7, stdout: 'inner\n', stderr: '' });
    await scratch.settle();
  });

  test('its watchdog ends a tree that is over the limit', async () => {
    await using scratch = new Scratch();
    const words = ['--memory-limit', '60M', 'perl', '-e', '$x = "a" x 200_000_000; sleep 300'];
    const { code, stderr } = await scratch.start(ARM, words, { env }).ended;
    expect([code, stderr]).toEqual([137, expect.stringContaining('is over the 60.0 MiB limit')]);
    await scratch.settle();
  });
});

describe('the binary for win-x64, by wine', () => {
  test('answers --version', async context => {
    await using scratch = new Scratch();
    const env = { WINEPREFIX: join(scratch.root, 'wine'), WINEDEBUG: '-all', HOME: scratch.root };
    try {
      context.skip(lacksWine(env));
      // A pipe as stdout is more than wine's console can do; what is said goes to a file.
      const script = `wine "$1" --version > version.txt && cat version.txt`;
      const { code, stdout } = await scratch.start('sh', ['-c', script, 'sh', binaryPath('win-x64')], { env })
        .ended;
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^seqx \d/)]);
    } finally {
      spawnSync('wineserver', ['-k', '-w'], { env: { PATH: process.env.PATH, ...env } });
    }
  });
});
