// Which make there is, and whether it can use seqx.mk. Pure.

import type { ProgramAnswer } from './integration.ts';

export interface FoundMake {
  readonly kind: 'fit' | 'old' | 'other' | 'missing';
  /** Its name and version, as far as it says. */
  readonly name: string;
}

/** @param answer to `make --version`; BSD make knows no such flag */
export function judgeMake({ code, stdout }: ProgramAnswer): FoundMake {
  const [, version = '', major, minor] = /GNU Make ((\d+)\.(\d+)\S*)/.exec(stdout) ?? [];
  if (major === undefined) return { kind: code === undefined ? 'missing' : 'other', name: 'make' };
  const isFit = Number(major) * 1_000 + Number(minor) >= 4_003;
  return { kind: isFit ? 'fit' : 'old', name: `GNU make ${version}` };
}

/** One line for people; `undefined` when all is well. */
export function explainMake({ kind, name }: FoundMake): string | undefined {
  switch (kind) {
    case 'fit':
      return undefined;
    case 'missing':
      return 'make is not installed here; seqx.mk needs GNU make 4.3 or newer';
    case 'old':
      return `${name} is too old for seqx.mk and runs ungated, with one line that says so; it needs 4.3 or newer`;
    case 'other':
      return 'make is not GNU make here and runs ungated, with one line that says so; seqx.mk needs GNU make 4.3 or newer';
  }
}
