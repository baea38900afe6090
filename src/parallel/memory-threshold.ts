// The memory that a program may use before its tasks run one at a time, and when they run together again.
// Pure but for the environment that is handed in.

import { SeqxError } from '../base/errors.ts';
import { environmentName, SETTING_ROWS } from '../base/settings.ts';

const MIB = 2 ** 20;
/** Room to fall before tasks run together again: without it a figure that wavers would switch at every task. */
const REARM_SHARE = 0.9;

/**
 * Bytes from `memoryThresholdMb`, else SEQX_MEMORY_THRESHOLD or MEMORY_THRESHOLD, else the default; 0 is off.
 * @throws SeqxError SEQX_SETTING_INVALID naming the source of a malformed value
 */
export function thresholdBytes(mb: number | undefined, env: NodeJS.ProcessEnv, option: string): number {
  if (mb !== undefined) return orOff(megabytes(mb, option, 0));
  const { flag, oldName = '', parse, expected, fallback } = SETTING_ROWS.memoryThreshold;
  const source = [environmentName(flag), oldName].find(name => env[name]);
  if (source === undefined) return fallback;
  const bytes = parse(env[source] ?? '');
  if (bytes !== undefined) return orOff(bytes);
  const message = `${source} is ${JSON.stringify(env[source])}; it takes ${expected}`;
  throw new SeqxError('SEQX_SETTING_INVALID', message);
}

const orOff = (bytes: number): number => (bytes === 0 ? Number.POSITIVE_INFINITY : bytes);

/**
 * Bytes from an option in MB.
 * @throws SeqxError SEQX_SETTING_INVALID
 */
export function megabytes(value: number, option: string, least: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value * MIB;
  throw invalidOption(option, value, `a number of megabytes from ${least} up, such as ${option}: 4096`);
}

/** @param takes what would be right, with an example */
export const invalidOption = (option: string, value: unknown, takes: string): SeqxError =>
  new SeqxError('SEQX_SETTING_INVALID', `${option} is ${shown(value)}; it takes ${takes}`, `docs/library.md`);

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value.slice(0, 60))
    : typeof value === 'object'
      ? 'an object'
      : String(value);

/** Whether tasks run one at a time from now on: over the threshold, and until clearly below it again. */
export const isOneAtATime = (usedBytes: number, threshold: number, wasOneAtATime: boolean): boolean =>
  usedBytes > (wasOneAtATime ? threshold * REARM_SHARE : threshold);
