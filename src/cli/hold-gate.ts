// `seqx hold` on its way from words to exit: waits with messages on stderr, answers with the value for SEQX_RUN.

import { SeqxError } from '../base/errors.ts';
import { hold, inheritedDescriptors, leaveAs, type PlaceOptions } from '../running.ts';
import { reporter } from './report/reporter.ts';
import { answer } from './report/screen.ts';

/** Words in their usual form: none, `--pid N` or `--pid=N`; `unusual` is for the reader of all words. */
export function readPid(words: readonly string[]): number | undefined | 'unusual' {
  if (words.length === 0) return undefined;
  const [, inline] = /^--pid=(.*)$/.exec(words[0] ?? '') ?? [];
  if (words.length === 1 && inline !== undefined) return parsePid(inline);
  if (words.length === 2 && words[0] === '--pid') return parsePid(words[1] ?? '');
  return 'unusual';
}

/** @throws SeqxError SEQX_USAGE_INVALID */
export function parsePid(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    `--pid takes the number of a process, not ${JSON.stringify(text)}`,
    'seqx hold --pid $$',
  );
}

/** Does not return: exits 0 when the gate is held, else as a run that was not run. */
export async function holdGate(pid: number | undefined, place: PlaceOptions): Promise<never> {
  const descriptors = await inheritedDescriptors([]);
  // Ctrl-C ends make, or the script, and us: its shell may have its prompt on the line before we are gone.
  const onEvent = await reporter({ mayRewrite: false });
  const result = await hold({ ...place, pid, descriptors, takeSignals: true, onEvent });
  if (result.kind === 'not-held') return leaveAs(result);
  answer(result.chain);
  process.exit(0);
}
