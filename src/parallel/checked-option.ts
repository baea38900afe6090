// Options that are called or listened to, checked before anything starts: later, a wrong one would end the
// program from within a timer.

import { invalidOption } from './memory-threshold.ts';

/** @throws SeqxError SEQX_SETTING_INVALID */
export function checkListener(value: unknown, option: string): void {
  if (value === undefined || typeof value === 'function') return;
  throw invalidOption(option, value, 'a function');
}

/** @throws SeqxError SEQX_SETTING_INVALID */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || typeof signal?.addEventListener === 'function') return;
  throw invalidOption('signal', signal, 'an AbortSignal, such as signal: AbortSignal.timeout(60_000)');
}
