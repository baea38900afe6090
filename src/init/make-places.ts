// Where the files lie that make reads.

import { readdirSync } from 'node:fs';
import { messageOf, SeqxError } from '../base/errors.ts';

/** The file that GNU make would read in a folder. Listed, because some file systems do not tell case. */
export function findMakefile(folder: string): string | undefined {
  try {
    const names = readdirSync(folder);
    return ['GNUmakefile', 'makefile', 'Makefile'].find(name => names.includes(name));
  } catch (error) {
    throw new SeqxError('SEQX_FILE_UNWRITABLE', `cannot read ${folder}: ${messageOf(error)}`);
  }
}
