// The single-file binaries that `make package` or `make test-package` has built. Plain `npm test` does not look
// at them: they may be of older sources.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from '../helpers/capability.ts';
import { EXECUTABLE, ROOT } from '../helpers/paths.ts';

const suffix = (name: string): string => (name.startsWith('win-') ? '.exe' : '');

export const binaryPath = (name: string): string =>
  join(ROOT, 'packaging', 'out', `seqx-${name}${suffix(name)}`);

/** True, and said, where there is no fresh binary for this target: for `test.skipIf`. */
export const lacksBinary = (name: string): boolean =>
  missing(
    EXECUTABLE === undefined || !existsSync(binaryPath(name)),
    `no binary for ${name} was built for this test (make test-package TARGETS='host ${name}')`,
  );
