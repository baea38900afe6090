// Programs that run binaries of other systems here. Whether they can is found out by trying: the very Node that is
// in the binary has to start, so that what fails afterwards is the binary's own fault.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { lacks, missing } from '../helpers/capability.ts';
import { ROOT } from '../helpers/paths.ts';
import { lacksBinary } from './binaries.ts';

/** Where Debian's cross libraries for arm64 are (libc6-dev-arm64-cross and what gcc-aarch64-linux-gnu brings). */
export const ARM_LIBRARIES = '/usr/aarch64-linux-gnu';
export const QEMU = ['qemu-aarch64-static', '-L', ARM_LIBRARIES] as const;

const nodeOf = (target: string, file: string): string =>
  join(ROOT, 'packaging', '.cache', `node-${target}`, 'node_modules', `node-${target}`, file);

/** True, and said, where no binary for arm64 is, or none can be run. */
export const lacksArm = (): boolean =>
  lacksBinary('linux-arm64') ||
  lacks(QEMU[0]) ||
  cannot('qemu', start([...QEMU, nodeOf('linux-arm64', 'bin/node')], {}));

/** True, and said, where the kernel does not start programs for arm64 by itself, as the watchdog is started. */
export const lacksArmInKernel = (): boolean =>
  lacksArm() ||
  cannot(
    'the kernel, without binfmt_misc,',
    start([nodeOf('linux-arm64', 'bin/node')], { QEMU_LD_PREFIX: ARM_LIBRARIES }),
  );

/** True, and said, where no binary for Windows is, or none can be run. Makes wine's folder, which env names. */
export function lacksWine(env: Record<string, string>): boolean {
  if (lacksBinary('win-x64') || lacks('wine')) return true;
  // Node wants Windows 10; wine is an older one unless told.
  const all = { PATH: process.env.PATH, ...env };
  spawnSync('wine', ['wineboot', '-i'], { env: all, stdio: 'ignore', timeout: 60_000 });
  spawnSync('wine', ['winecfg', '-v', 'win10'], { env: all, stdio: 'ignore', timeout: 60_000 });
  return cannot('wine', start(['wine', nodeOf('win-x64', 'bin/node.exe')], env));
}

/** A program that ends with 42 where it is a Node that runs. */
const start = ([file = '', ...words]: readonly string[], env: Record<string, string>) =>
  spawnSync(file, [...words, '-e', 'process.exit(42)'], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });

function cannot(who: string, { status, stdout, stderr }: ReturnType<typeof start>): boolean {
  const lines = `${stderr}\n${stdout}`.split('\n').filter(line => /\w/.test(line));
  const said = lines.find(line => /fatal|error/i.test(line)) ?? lines[0] ?? `exit ${status}`;
  return missing(status !== 42, `${who} cannot start this Node: ${said.replace(/^#/, '').trim()}`);
}
