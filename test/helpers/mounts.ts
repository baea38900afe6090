// File systems of a test's own: tiny, full, read-only. Only where mount(8) is permitted (root).

import { mkdirSync } from 'node:fs';
import { execaSync } from 'execa';

/** Why tests with mounts are skipped, or `undefined` where they run. */
export const noMounts: string | undefined = (() => {
  const probe = execaSync('sh', ['-c', 'mount -t tmpfs none /mnt && umount /mnt'], { reject: false });
  return probe.exitCode === 0 ? undefined : `mount is not permitted here: ${probe.stderr.split('\n')[0]}`;
})();

if (noMounts !== undefined) process.stderr.write(`skipped where a test needs it: ${noMounts}\n`);

/** A mounted folder; unmounted when disposed. */
export class Mount implements Disposable {
  readonly path: string;

  /** @param words what mount(8) takes before the folder */
  constructor(path: string, words: readonly string[]) {
    this.path = path;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    execaSync('mount', [...words, path]);
  }

  [Symbol.dispose](): void {
    execaSync('umount', ['-l', this.path], { reject: false });
  }
}
