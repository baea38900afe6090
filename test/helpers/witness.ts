// The command that proves who is alone: fixtures/witness.sh, inside a lock of the kernel's own.

import { fixture } from './paths.ts';
import type { Scratch } from './scratch.ts';

/** Words that write `start NAME`, and `end NAME` after so many seconds, to the scratch's log. */
export const witness = ({ root }: Scratch, name: string, seconds: number): string[] => [
  'sh',
  fixture('witness.sh'),
  root,
  name,
  String(seconds),
];
