// One command of a batch, as a list names it.

interface Common {
  /** What people call it; its words by default. */
  readonly name?: string | undefined;
  /** From the directory of the batch. */
  readonly cwd?: string | undefined;
  /** Added to the environment of the batch. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Beside no other command of the batch. */
  readonly exclusive?: boolean | undefined;
  /** What it is expected to need at its peak, bytes. */
  readonly memoryBytes?: number | undefined;
}

/** The exact words, or a line for the system's shell. */
export type BatchEntry = Common &
  (
    | { readonly argv: readonly string[]; readonly line?: undefined }
    | { readonly line: string; readonly argv?: undefined }
  );

/** One item after `:::`: a line of shell, or the last argument of the command before it. */
export const entryOfItem = (command: readonly string[], item: string): BatchEntry =>
  command.length === 0 ? { line: item } : { name: item, argv: [...command, item] };
