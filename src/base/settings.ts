// Every setting once: its flag, its environment names, its kind and its default. The command line, the
// environment, the configuration files, `seqx doctor` and the README's table are all read from these rows.

import { SeqxError } from './errors.ts';
import { parseEventsTarget } from './events-target.ts';
import { nearest } from './nearest.ts';
import { oldParallel } from './old-parallel.ts';
import { parseDuration, parseSize } from './units.ts';
import { parseYesNo } from './yes-no.ts';

interface Row<T> {
  /** Long flag without dashes; also the key in configuration files. */
  readonly flag: string;
  readonly parse: (text: string) => T | undefined;
  readonly expected: string;
  readonly fallback: T;
  /** The default as people read it. */
  readonly shown: string;
  readonly help: string;
  /** A name that older scripts documented, read after SEQX_*. */
  readonly oldName?: string;
  /** A second one that has to say yes before the first one counts. */
  readonly oldSwitch?: string;
  /** How they read it, where that took more than one name. */
  readonly readOld?: (env: NodeJS.ProcessEnv) => { readonly name: string; readonly text: string } | undefined;
  /** What a shell offers after the flag; nothing where any text may follow. */
  readonly values?: readonly string[] | 'file';
  /** What its number counts, where it has a unit. */
  readonly unit?: 'bytes' | 'ms';
}

const row = <T>(definition: Row<T>): Row<T> => definition;

const size = (flag: string, fallback: number, shown: string, help: string, oldName?: string) =>
  row<number>({
    flag,
    parse: parseSize,
    expected: 'a size such as 512M, 2G or 1.5GiB (a bare number is MB, 0 is off)',
    unit: 'bytes',
    fallback,
    shown,
    help,
    ...(oldName === undefined ? {} : { oldName }),
  });

const duration = <T extends number | undefined>(
  flag: string,
  fallback: T,
  shown: string,
  help: string,
  limits: { readonly leastMs?: number; readonly oldName?: string } = {},
) =>
  row<number | T>({
    flag,
    parse: text => {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= (limits.leastMs ?? 0) ? ms : undefined;
    },
    expected: `a duration such as 30s, 5m or 1h30m (a bare number is seconds${
      limits.leastMs ? `; at least ${limits.leastMs}ms` : ''
    })`,
    unit: 'ms',
    fallback,
    shown,
    help,
    ...(limits.oldName === undefined ? {} : { oldName: limits.oldName }),
  });

const choice = <T extends string>(flag: string, values: readonly T[], fallback: T, help: string) =>
  row<T>({
    flag,
    parse: text => values.find(value => value === text),
    expected: `one of ${values.join(', ')}`,
    fallback,
    shown: fallback,
    help,
    values,
  });

const yesNo = (flag: string, help: string, oldName?: string) =>
  row<boolean>({
    flag,
    parse: parseYesNo,
    expected: '1 or 0, true or false, yes or no',
    fallback: false,
    shown: 'no',
    help,
    ...(oldName === undefined ? {} : { oldName }),
  });

const wholeFrom1 = (
  flag: string,
  help: string,
  old?: { readonly oldName: string; readonly oldSwitch: string; readonly readOld: typeof oldParallel },
) =>
  row<number>({
    flag,
    parse: text => {
      const value = /^\d{1,2}$/.test(text) ? Number(text) : 0;
      return value >= 1 && value <= MOST_SLOTS ? value : undefined;
    },
    expected: `a whole number from 1 to ${MOST_SLOTS}`,
    fallback: 1,
    shown: '1',
    help,
    ...old,
  });

const MOST_SLOTS = 64;

/** The watchdog's heartbeat, milliseconds: `--stuck-timeout` must leave room for three of them. */
export const HEARTBEAT_MS = 1_000;

export const SETTING_ROWS = {
  wait: duration<number | undefined>(
    'wait',
    undefined,
    'as long as it takes',
    'give up after this time in the queue (0: do not wait)',
  ),
  conflictExitCode: row<number>({
    flag: 'conflict-exit-code',
    parse: text => (/^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined),
    expected: 'a number from 0 to 255',
    fallback: 75,
    shown: '75',
    help: 'exit code when the command did not run because the gate was taken',
  }),
  stuckTimeout: duration(
    'stuck-timeout',
    300_000,
    '5m',
    'end a holder whose heartbeat was watched to stand still this long',
    {
      leastMs: 3 * HEARTBEAT_MS,
    },
  ),
  scope: choice(
    'scope',
    ['repo', 'worktree', 'user'],
    'repo',
    'who shares the lock: this repository, this worktree, or all of this user',
  ),
  lock: row<string | undefined>({
    flag: 'lock',
    parse: text => (/^[^\u0000-\u001f\u007f/\\]{1,100}$/.test(text) ? text : undefined),
    expected: 'a name of 1 to 100 printable characters without slashes',
    fallback: undefined,
    shown: 'the project',
    help: 'take the lock of this name instead of the project’s',
  }),
  priority: choice(
    'priority',
    ['low', 'normal', 'high'],
    'normal',
    'place among the waiting; never ahead of a holder',
  ),
  slots: wholeFrom1(
    'slots',
    'runs of this gate at once; what a configuration file says holds for all, a call may ask for fewer',
    { oldName: 'CONCURRENCY_LIMIT', oldSwitch: 'SAFE_PARALLEL', readOld: oldParallel },
  ),
  exclusive: yesNo('exclusive', 'with more than one slot: run beside nobody'),
  weight: wholeFrom1('weight', 'with more than one slot: how many of them this run counts for'),
  memoryExpected: row<number | undefined>({
    flag: 'memory-expected',
    parse: parseSize,
    expected: 'a size such as 512M, 2G or 1.5GiB (a bare number is MB)',
    fallback: undefined,
    shown: 'what it peaked at before, else its limit',
    help: 'with more than one slot: memory that this run needs at its peak',
  }),
  memoryThreshold: size(
    'memory-threshold',
    4_096 * 2 ** 20,
    '4096M',
    'with more than one slot, in a batch, or to settle: memory that all together may need (0: off)',
    'MEMORY_THRESHOLD',
  ),
  onPressure: choice(
    'on-pressure',
    ['suspend', 'end', 'ignore'],
    'suspend',
    'with more than one slot, or in a batch: what the youngest does when memory gets short all the same',
  ),
  jobs: row<number | 'auto'>({
    flag: 'jobs',
    parse: text => (text === 'auto' ? text : /^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined),
    expected: 'a whole number from 1 to 9999, or auto',
    fallback: 'auto',
    shown: 'auto',
    help: 'with seqx batch: commands at once, as far as memory allows; auto follows the processors',
  }),
  timeout: duration<number | undefined>(
    'timeout',
    undefined,
    'none',
    'end the command after it ran this long (exit 124)',
    {
      leastMs: 1,
      oldName: 'TIMEOUT',
    },
  ),
  killGrace: duration('kill-grace', 5_000, '5s', 'time between SIGTERM and SIGKILL'),
  leftovers: choice(
    'leftovers',
    ['auto', 'kill', 'wait', 'leave'],
    'auto',
    'processes the command leaves behind; auto ends those of its session and leaves daemons',
  ),
  memoryLimit: size(
    'memory-limit',
    2_048 * 2 ** 20,
    '2048M',
    'memory of the whole process tree (0: off)',
    'MEMORY_LIMIT_MB',
  ),
  processMemoryLimit: size(
    'process-memory-limit',
    0,
    'off',
    'memory of any single process of the tree (0: off)',
  ),
  checkInterval: duration('check-interval', 5_000, '5s', 'longest time between two looks of the watchdog', {
    leastMs: 10,
    oldName: 'CHECK_INTERVAL',
  }),
  gitWait: duration('git-wait', 10_000, '10s', 'how long to let a running git operation finish'),
  gitBusy: choice(
    'git-busy',
    ['auto', 'fail', 'continue'],
    'auto',
    'when git stays busy; auto fails if the command is git and continues otherwise',
  ),
  settle: yesNo('settle', 'after a run, keep the slot until memory is back below the threshold'),
  settleTimeout: duration('settle-timeout', 60_000, '60s', 'longest time to keep the slot for that'),
  bypass: yesNo('bypass', 'do not ask the gate this once: no queue, no lock; counted in the history'),
  quiet: yesNo('quiet', 'say nothing but errors'),
  verbose: yesNo('verbose', 'say every step', 'VERBOSE'),
  progress: choice(
    'progress',
    ['auto', 'tty', 'plain', 'json', 'none'],
    'auto',
    'how waiting is shown on stderr',
  ),
  events: row<string | undefined>({
    flag: 'events',
    parse: text => (parseEventsTarget(text) === undefined ? undefined : text),
    expected: 'a file, or fd:N for an open descriptor (N from 1 up; a file of that name is ./fd:N)',
    fallback: undefined,
    shown: 'none',
    help: 'append every event to this file or descriptor (fd:N), one JSON object a line',
    values: 'file',
  }),
} as const;

export type SettingName = keyof typeof SETTING_ROWS;

type ValueOf<R> = R extends Row<infer T> ? T : never;

export type Settings = { readonly [K in SettingName]: ValueOf<(typeof SETTING_ROWS)[K]> };

/** Where each value came from, in words: `--wait`, `SEQX_WAIT`, `/path/seqx.toml`, `default`. */
export type Origins = { readonly [K in SettingName]: string };

/** One place that may give values, by flag name: the command line, an environment, a file. */
export interface SettingSource {
  /** In error messages: `--wait`, `SEQX_WAIT`, `wait in /path/seqx.toml`. */
  readonly describe: (flag: string) => string;
  readonly values: Readonly<Record<string, string>>;
}

const NAMES = Object.keys(SETTING_ROWS) as SettingName[];

export const SETTING_FLAGS: readonly string[] = NAMES.map(name => SETTING_ROWS[name].flag);

/** The names by which older scripts gave a setting, the strongest last. */
export const oldNamesOf = (name: SettingName): string[] => {
  const { oldName, oldSwitch }: Row<unknown> = SETTING_ROWS[name];
  return [oldSwitch, oldName].filter(old => old !== undefined);
};

export const environmentName = (flag: string): string => `SEQX_${flag.toUpperCase().replaceAll('-', '_')}`;

/**
 * Settles every setting from its sources, strongest first.
 * @throws SeqxError SEQX_SETTING_INVALID naming the source of a malformed value
 */
export function settle(sources: readonly SettingSource[]): { settings: Settings; origins: Origins } {
  const settings: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const name of NAMES) {
    const definition: Row<unknown> = SETTING_ROWS[name];
    const source = sources.find(({ values }) => values[definition.flag] !== undefined);
    const text = source?.values[definition.flag];
    if (source === undefined || text === undefined) {
      settings[name] = definition.fallback;
      origins[name] = 'default';
      continue;
    }
    const value = definition.parse(text);
    if (value === undefined) {
      throw new SeqxError(
        'SEQX_SETTING_INVALID',
        `${source.describe(definition.flag)} is ${JSON.stringify(text)}; it takes ${definition.expected}`,
      );
    }
    settings[name] = value;
    origins[name] = source.describe(definition.flag);
  }
  return { settings: settings as unknown as Settings, origins: origins as unknown as Origins };
}

/** SEQX_WAIT and its like. An empty variable counts as unset. */
export function environmentSource(env: NodeJS.ProcessEnv): SettingSource {
  const values: Record<string, string> = {};
  for (const name of NAMES) {
    const { flag } = SETTING_ROWS[name];
    const value = env[environmentName(flag)];
    if (value !== undefined && value !== '') values[flag] = value;
  }
  return { values, describe: environmentName };
}

/** The names that the shell scripts seqx replaces had documented. */
export function oldNamesSource(env: NodeJS.ProcessEnv): SettingSource {
  const values: Record<string, string> = {};
  const names: Record<string, string> = {};
  for (const name of NAMES) {
    const definition: Row<unknown> = SETTING_ROWS[name];
    const { flag, oldName, readOld } = definition;
    const old = readOld ? readOld(env) : oldName && { name: oldName, text: env[oldName] ?? '' };
    if (!old || old.text === '') continue;
    values[flag] = old.text;
    names[flag] = old.name;
  }
  return { values, describe: flag => names[flag] ?? flag };
}

/** Keys of a file that hold tables instead of one value; each has a reader of its own. */
export const FILE_TABLES = ['agents', 'rules'] as const;

export type FileTable = (typeof FILE_TABLES)[number];

/** A configuration file: its settings, and its tables as they were parsed. */
export interface FileSource extends SettingSource {
  /** The file as error messages name it. */
  readonly where: string;
  readonly tables: Readonly<Partial<Record<FileTable, unknown>>>;
}

const isFileTable = (key: string): key is FileTable => FILE_TABLES.some(name => name === key);

/**
 * The table of a configuration file, its keys spelled as the flags.
 * @throws SeqxError SEQX_SETTING_INVALID for a key that is no setting or a value that is no word or number
 */
export function fileSource(path: string, table: Readonly<Record<string, unknown>>): FileSource {
  const values: Record<string, string> = {};
  const tables: Partial<Record<FileTable, unknown>> = {};
  for (const [key, value] of Object.entries(table)) {
    if (isFileTable(key)) {
      tables[key] = value;
      continue;
    }
    if (!SETTING_FLAGS.includes(key)) {
      const guess = nearest(key, [...SETTING_FLAGS, ...FILE_TABLES]);
      throw new SeqxError(
        'SEQX_SETTING_INVALID',
        `${path} has the unknown setting ${JSON.stringify(key)}${guess ? `; did you mean ${guess}?` : ''}`,
      );
    }
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new SeqxError('SEQX_SETTING_INVALID', `${key} in ${path} must be a text, a number or true/false`);
    }
    values[key] = String(value);
  }
  return { values, describe: flag => `${flag} in ${path}`, where: path, tables };
}
