// The one door to cross-spawn, which knows what Windows needs to start a .cmd, a script with a #! line or a
// plain program, and how cmd.exe wants its words quoted. Only the plan is made here; spawning is the run's.

import crossSpawn from 'cross-spawn';
import type { SpawnPlan } from '../base/ports.ts';

interface Parsed {
  readonly command: string;
  readonly args: readonly string[];
  /** Where the program was found; `undefined` when it was not. */
  readonly file: string | undefined;
  readonly options: { readonly windowsVerbatimArguments?: boolean };
}

interface ParseOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

type Parse = (file: string, args: readonly string[], options: ParseOptions) => Parsed;

/** Exported by cross-spawn 7, though its types do not say so. */
const { _parse: parse } = crossSpawn as unknown as { readonly _parse: Parse };

/** A program that is not found goes on as it is: spawn then says ENOENT, where cmd.exe would only say 1. */
export function spawnable(argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string): SpawnPlan {
  const [file = '', ...args] = argv;
  if (isShellCall(argv)) return { file, args, isVerbatim: true };
  const parsed = parse(file, args, { env, cwd });
  if (parsed.file === undefined) return { file, args, isVerbatim: false };
  const isVerbatim = parsed.options.windowsVerbatimArguments === true;
  return { file: parsed.command, args: parsed.args, isVerbatim };
}

/** With /s cmd.exe takes off the outer quotes and nothing else: the line arrives as it was typed. */
export const shell = (line: string): string[] => [commandProcessor(), '/d', '/s', '/c', `"${line}"`];

/** Exactly the words of `shell`, which must not be quoted a second time. */
function isShellCall(argv: readonly string[]): boolean {
  const words = shell(argv[4]?.slice(1, -1) ?? '');
  return argv.length === words.length && words.every((word, index) => word === argv[index]);
}

const commandProcessor = (): string => process.env.ComSpec ?? 'cmd.exe';
