// How many slots a gate has is one truth for all its callers: the configuration file's. A flag, a variable or a
// program may ask for fewer, for its own call; never for more. Pure.

import { SeqxError } from './errors.ts';
import { SETTING_ROWS, type SettingSource } from './settings.ts';

/**
 * @param origin where the number of slots came from, in words
 * @param files the configuration files, strongest first
 * @throws SeqxError SEQX_SETTING_INVALID naming the file that allows fewer
 */
export function refuseMoreSlots(slots: number, origin: string, files: readonly SettingSource[]): void {
  const { flag, parse, expected } = SETTING_ROWS.slots;
  if (parse(String(slots)) !== slots) {
    throw new SeqxError('SEQX_SETTING_INVALID', `${origin} is ${slots}; it takes ${expected}`);
  }
  const file = files.find(({ values }) => values[flag] !== undefined);
  const most = parse(file?.values[flag] ?? '');
  if (file === undefined || most === undefined || slots <= most) return;
  throw new SeqxError(
    'SEQX_SETTING_INVALID',
    `${origin} asks for ${slots} slots, but ${file.describe(flag)} is ${most}: one call may ask for fewer, never for more`,
    `change ${file.describe(flag)}, for everybody`,
  );
}
