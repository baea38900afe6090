// What the command line writes to the two streams, and how.

import { isatty } from 'node:tty';
import { messageOf, SeqxError } from '../../base/errors.ts';
import { isReaderGone, writeAll } from '../../base/write-all.ts';

/** What seqx says about itself. */
export const say = (text: string): void => void writeAll(2, text);

/**
 * The answer that was asked for. Who reads it late gets all of it, and who has gone needs none.
 * @throws SeqxError SEQX_OUTPUT_UNWRITABLE: half an answer must not pass for a whole one
 */
export function answer(text: string): void {
  const error = writeAll(1, text.endsWith('\n') ? text : `${text}\n`, Infinity);
  if (error === undefined || isReaderGone(error)) return;
  throw new SeqxError(
    'SEQX_OUTPUT_UNWRITABLE',
    `cannot write to the standard output: ${messageOf(error)}`,
    undefined,
    { cause: error },
  );
}

export const isTerminal = (fd: 0 | 1 | 2): boolean => isatty(fd);

/** How wide what stdout shows may be: that of its terminal, and no limit for whatever else reads it. */
export const shownColumns = (): number => (isTerminal(1) ? process.stdout.columns || 80 : Infinity);

/** Colours as NO_COLOR, FORCE_COLOR and TERM=dumb ask for them. */
export function hasColors(fd: 1 | 2, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0';
  return isatty(fd) && env.TERM !== 'dumb';
}

const CODES = { dim: 2, red: 31, green: 32, yellow: 33, bold: 1 } as const;

export const paint = (style: keyof typeof CODES, text: string, isOn: boolean): string =>
  isOn ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
