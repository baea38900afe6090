// The one table of errors. Each has a code that never changes, an exit code, and what to type next;
// docs/errors.md explains each, and a test holds the two together.

export interface ErrorRow {
  readonly exit: number;
  /** What the code stands for, in one line: the text of `docs/errors.md`. */
  readonly meaning: string;
  /** What to type next when the place that throws knows nothing better. */
  readonly hint: string;
}

export const ERROR_TABLE = {
  SEQX_USAGE_INVALID: {
    exit: 125,
    meaning: 'The words on the command line are not understood. Nothing was run.',
    hint: 'seqx help',
  },
  SEQX_SETTING_INVALID: {
    exit: 125,
    meaning: 'A flag, environment variable or configuration file holds a value that is malformed or unknown.',
    hint: 'seqx doctor',
  },
  SEQX_CONFIG_UNREADABLE: {
    exit: 125,
    meaning: 'A configuration file exists but cannot be read or parsed.',
    hint: 'mend the file named above',
  },
  SEQX_DIRECTORY_MISSING: {
    exit: 125,
    meaning: 'The working directory, or the one given by --cwd, is not there or is no directory.',
    hint: 'seqx --cwd DIR <command>',
  },
  SEQX_ARGUMENT_UNREADABLE: {
    exit: 125,
    meaning: 'An argument is not valid UTF-8; Node.js cannot pass it on unchanged, so nothing was run.',
    hint: 'put the call into a script file and run: seqx ./script',
  },
  SEQX_STATE_UNSAFE: {
    exit: 125,
    meaning: 'The state folder is a symlink, belongs to somebody else, or others may write to it.',
    hint: 'SEQX_STATE_DIR=/some/private/folder seqx <command>',
  },
  SEQX_STATE_UNUSABLE: {
    exit: 125,
    meaning:
      'The state folder cannot be created, read or written. Without it there is no lock, so nothing was run.',
    hint: 'seqx doctor',
  },
  SEQX_STATE_REMOTE: {
    exit: 125,
    meaning:
      'The state folder lies on a network or user-space file system, where the lock would not be safe.',
    hint: 'SEQX_STATE_DIR=/a/local/folder seqx <command>',
  },
  SEQX_GATE_BUSY: {
    exit: 75,
    meaning: 'The gate was not taken: the wait passed, was not wanted, was cancelled, or git stayed busy.',
    hint: 'seqx status   or a longer --wait',
  },
  SEQX_WAIT_DEADLOCK: {
    exit: 125,
    meaning: 'Two or more runs wait for each other in a circle; the last to arrive gives up at once.',
    hint: 'take the locks in the same order everywhere',
  },
  SEQX_EXCLUSIVE_INSIDE: {
    exit: 125,
    meaning:
      'An exclusive run was asked for inside a run that shares the gate with others: it could not be alone.',
    hint: 'seqx --exclusive <the outer command>   (or a rule in seqx.toml that says so)',
  },
  SEQX_COMMAND_UNSTARTED: {
    exit: 125,
    meaning: 'The operating system refused a new process (too many processes or open files, no memory).',
    hint: 'seqx status',
  },
  SEQX_OWNER_UNFIT: {
    exit: 125,
    meaning: 'The process that `seqx hold` was to hold the gate for does not exist or is not this user’s.',
    hint: 'seqx hold --pid PID',
  },
  SEQX_TICKET_UNKNOWN: {
    exit: 125,
    meaning: 'No waiting or running ticket of this gate has that name.',
    hint: 'seqx status',
  },
  SEQX_CONFIRM_MISSING: {
    exit: 125,
    meaning: 'The command ends processes and wants a confirmation, but there is no terminal to ask on.',
    hint: 'seqx kill-all --yes   or   seqx kill-all --dry-run',
  },
  SEQX_FILE_MALFORMED: {
    exit: 125,
    meaning: 'A file that `seqx init` would change cannot be understood. It was left untouched.',
    hint: 'seqx init   (what each integration changes)',
  },
  SEQX_FILE_FOREIGN: {
    exit: 125,
    meaning: 'Something that is not seqx’s is in the way of `seqx init`. It was left untouched.',
    hint: 'seqx init   (what each integration changes)',
  },
  SEQX_FILE_UNWRITABLE: {
    exit: 125,
    meaning: 'A file that `seqx init` would change cannot be read or written. Nothing was changed.',
    hint: 'seqx init   (what each integration changes)',
  },
  SEQX_AGENT_MISSING: {
    exit: 125,
    meaning: 'There is no agent for the task: none is configured, none fits, or one has gone since.',
    hint: 'seqx init agents',
  },
  SEQX_AGENT_UNSET: {
    exit: 125,
    meaning: 'An agent that the task is for has no command yet. Nothing was run.',
    hint: 'seqx init agents -- my-agent --prompt {task}',
  },
  SEQX_DELEGATION_UNKNOWN: {
    exit: 125,
    meaning: 'There is no delegation of that name at this gate, or none that is left to finish.',
    hint: 'seqx delegate "the task"',
  },
  SEQX_DELEGATION_BUSY: {
    exit: 75,
    meaning: 'Another process is carrying this delegation out.',
    hint: 'seqx status',
  },
  SEQX_TASK_UNSTARTED: {
    exit: 125,
    meaning:
      'A task of `safeParallel` was not started, because another had failed and `failFast` was asked for.',
    hint: 'mend the task that failed, or leave out failFast',
  },
  SEQX_MEMORY_TRIPPED: {
    exit: 125,
    meaning: 'The memory of the process passed the limit of its `memoryBreaker`.',
    hint: 'fewer tasks at once, or node --max-old-space-size=… and a higher limitMb',
  },
  SEQX_BATCH_INVALID: {
    exit: 125,
    meaning:
      'The list of a batch is empty, cannot be read, or has a line that is not understood. Nothing was run.',
    hint: 'seqx help batch',
  },
  SEQX_LOG_UNREADABLE: {
    exit: 125,
    meaning: 'The log that `seqx doctor --crash-log` is to explain cannot be read.',
    hint: 'seqx doctor --crash-log FILE   (or - for the standard input)',
  },
  SEQX_OUTPUT_UNWRITABLE: {
    exit: 125,
    meaning: 'What was asked for could not be written to the standard output.',
    hint: 'df -h   (is the disk full?)',
  },
  SEQX_PLATFORM_UNSUPPORTED: {
    exit: 125,
    meaning: 'This operating system, or this terminal, cannot do what was asked.',
    hint: 'seqx doctor',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_TABLE;

/** An expected failure of seqx itself: says what happened, what is known, and what to type next. */
export class SeqxError extends Error {
  override readonly name = 'SeqxError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exit: number;

  /**
   * @param code row of the table
   * @param message what happened and what is known, in one line
   * @param hint what to type next; the table's own hint by default
   */
  constructor(code: ErrorCode, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint ?? ERROR_TABLE[code].hint;
    this.exit = ERROR_TABLE[code].exit;
  }
}

/** The errno of a failed system call, or '' for anything else. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** There is no lock without the state folder, so whatever the disk refuses there, nothing runs. */
export function stateUnusable(folder: string, cause: unknown, hint?: string): SeqxError {
  return new SeqxError(
    'SEQX_STATE_UNUSABLE',
    `cannot use the state folder ${folder}: ${messageOf(cause)}; nothing was run, because there is no lock without it`,
    hint,
    { cause },
  );
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
