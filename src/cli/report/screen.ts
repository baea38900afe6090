// Writing to the two streams, synchronously, so that nothing is lost at exit. process.stderr is not touched:
// creating it costs a millisecond, and a run that says nothing should pay nothing.

import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { errnoOf } from '../../base/errors.ts';

const pause = new Int32Array(new SharedArrayBuffer(4));
const LONGEST_STALL_MS = 1_000;

/** Writes all of it. A reader that has gone, or a pipe that stays full for a second, is no reason to fail. */
function write(fd: number, text: string): void {
  let rest = Buffer.from(text);
  for (let stalledMs = 0; rest.length > 0 && stalledMs < LONGEST_STALL_MS; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') return;
      Atomics.wait(pause, 0, 0, 5);
      stalledMs += 5;
    }
  }
}

/** What seqx says about itself. */
export const say = (text: string): void => write(2, text);

/** The answer that was asked for. */
export const answer = (text: string): void => write(1, text.endsWith('\n') ? text : `${text}\n`);

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
