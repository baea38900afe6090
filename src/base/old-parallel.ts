// SAFE_PARALLEL and CONCURRENCY_LIMIT, as the old scripts read them: the first turns it on, and only then the
// second says how many; two unless it does.

import { SeqxError } from './errors.ts';
import { parseYesNo } from './yes-no.ts';

const USUAL = '2';

/**
 * How many slots they ask for, and which of the two says so; `undefined` when they say nothing.
 * @throws SeqxError SEQX_SETTING_INVALID for a SAFE_PARALLEL that is neither yes nor no
 */
export function oldParallel(
  env: NodeJS.ProcessEnv,
): { readonly name: string; readonly text: string } | undefined {
  const { SAFE_PARALLEL: given = '', CONCURRENCY_LIMIT: limit = '' } = env;
  if (given === '') return undefined;
  const isOn = parseYesNo(given);
  if (isOn === undefined) {
    const expected = '1 or 0, true or false, yes or no';
    throw new SeqxError(
      'SEQX_SETTING_INVALID',
      `SAFE_PARALLEL is ${JSON.stringify(given)}; it takes ${expected}`,
    );
  }
  if (!isOn) return { name: 'SAFE_PARALLEL', text: '1' };
  return limit === '' ? { name: 'SAFE_PARALLEL', text: USUAL } : { name: 'CONCURRENCY_LIMIT', text: limit };
}

/** Why the second one says nothing, where it is set. */
export function oldParallelNote(env: NodeJS.ProcessEnv): string | undefined {
  const { SAFE_PARALLEL: given = '', CONCURRENCY_LIMIT: limit = '' } = env;
  return limit !== '' && given === '' ? 'CONCURRENCY_LIMIT counts only with SAFE_PARALLEL=true' : undefined;
}
