// The command line: words in, exit code out. The hot path (`seqx <command>`) loads nothing but this bundle;
// subcommands and their libraries are loaded when they are asked for.

import { messageOf, SeqxError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { cleanText } from '../base/text.ts';
import { inheritedDescriptors, leaveAs, run, shellWords } from '../running.ts';
import { holdGate, readPid } from './hold-gate.ts';
import { Printer } from './report/printer.ts';
import { reporter, sayFailure } from './report/reporter.ts';
import { say } from './report/screen.ts';
import { type Call, readWords, SUBCOMMANDS } from './words.ts';

const SEQX_FAILED = 125;

export async function main(words: readonly string[]): Promise<void> {
  if (words[0] === '__watchdog' && words.length === 1) {
    const { serveWatchdog } = await import('../operations/watchdog-process.ts');
    await serveWatchdog(new Printer().onEvent);
    process.exit(0);
  }
  try {
    const call = readWords(words);
    if (call.kind === 'run') await runCall(call);
    else if (call.kind === 'subcommand' && call.words[0] === 'hold') await holdCall(call);
    else process.exitCode = await otherCall(call);
  } catch (error) {
    process.exit(fail(error));
  }
}

async function runCall(call: Call): Promise<void> {
  const argv = call.line === undefined ? call.words : await shellWords(call.line);
  const descriptors = await inheritedDescriptors(argv);
  const result = await run(argv, {
    ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
    flags: call.flags,
    descriptors,
    takeSignals: true,
    onEvent: await reporter(),
  });
  if (result.outcome.kind === 'not-started') suggestSubcommand(argv[0] ?? '');
  await leaveAs(result);
}

function suggestSubcommand(name: string): void {
  const guess = nearest(name, SUBCOMMANDS);
  if (guess) say(`  did you mean: seqx ${guess}\n`);
}

/** Every make pays for this one, so its usual words are read without yargs. */
async function holdCall(call: Call): Promise<void> {
  const { words, flags, cwd } = call;
  const pid = readPid(words.slice(1));
  if (pid === 'unusual') process.exitCode = await otherCall(call);
  else await holdGate(pid, { flags, ...(cwd === undefined ? {} : { cwd }) });
}

async function otherCall(call: Call): Promise<number> {
  const { runSubcommand } = await import('./commands/index.ts');
  return runSubcommand(call);
}

/** Prints what happened and what to type next; the exit code that goes with it. */
function fail(error: unknown): number {
  if (error instanceof SeqxError) {
    sayFailure(`${cleanText(error.message, 2_000)}\n  try: ${cleanText(error.hint, 500)}`);
    return error.exit;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  sayFailure(`internal error: ${cleanText(messageOf(error), 2_000)}\n${stack ?? ''}`);
  return SEQX_FAILED;
}
