// A folder that is gone from one moment to the next.

import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Scratch } from './scratch.ts';

/** Moved away before it is deleted: who removes piece by piece what others write in may never come to an end. */
export function vanish(scratch: Scratch, folder: string): void {
  const gone = join(scratch.root, 'vanished');
  renameSync(folder, gone);
  rmSync(gone, { recursive: true, force: true });
}
