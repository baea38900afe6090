// What a program that is nothing but a wrapper does with its own process: hand on the descriptors it was
// given, refuse words it cannot pass on, and end as the command ended.

import { SeqxError } from '../base/errors.ts';
import { choosePlatform } from '../platform/index.ts';
import type { RunResult } from './run.ts';

/**
 * Descriptors from 3 upwards that our caller opened for us. Call it before opening anything.
 * @throws SeqxError SEQX_ARGUMENT_UNREADABLE when an argument is not valid UTF-8: Node cannot pass it on
 */
export async function inheritedDescriptors(argv: readonly string[]): Promise<number[]> {
  const platform = await choosePlatform();
  if (argv.some(word => word.includes('\ufffd')) && !platform.isCommandLineText()) {
    throw new SeqxError(
      'SEQX_ARGUMENT_UNREADABLE',
      'an argument is not valid UTF-8 and could not be passed on unchanged; nothing was run',
    );
  }
  return platform.inheritedDescriptors();
}

/** The words that run a string in this system's shell. */
export const shellWords = async (line: string): Promise<string[]> => (await choosePlatform()).shell(line);

/** Ends this process by the command's signal or exit code. Does not return. */
export async function leaveAs({ exitCode, signal }: Pick<RunResult, 'exitCode' | 'signal'>): Promise<never> {
  if (signal !== undefined) (await choosePlatform()).dieBy(signal);
  process.exit(exitCode);
}
