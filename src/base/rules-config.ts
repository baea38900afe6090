// The tables [[rules]] of the configuration files: settings for commands that look like something. A rule counts
// if one of its globs matches the whole command line, its words joined by spaces. Of all rules that match, the
// first that says something about a setting decides that setting: so one rule may say that migrations are
// exclusive, and another what everything that npm starts needs. Flags and the environment are stronger than
// rules, and rules are stronger than what a file says for all commands.

import { SeqxError } from './errors.ts';
import { matchesGlob } from './glob.ts';
import { nearest } from './nearest.ts';
import { type FileSource, SETTING_ROWS, type SettingName, type SettingSource } from './settings.ts';

/** What a rule may say, by its key in the file. */
const KEYS = {
  exclusive: 'exclusive',
  weight: 'weight',
  memory: 'memoryExpected',
  timeout: 'timeout',
  priority: 'priority',
} as const satisfies Record<string, SettingName>;

type Key = keyof typeof KEYS;

const isKey = (key: string): key is Key => Object.hasOwn(KEYS, key);

export interface Rule {
  readonly match: readonly string[];
  /** What it says, as a source of settings. */
  readonly source: SettingSource;
}

/**
 * Everybody's rules, the strongest file's first.
 * @throws SeqxError SEQX_SETTING_INVALID
 */
export function readRules(files: readonly FileSource[]): Rule[] {
  return files.flatMap(({ where, tables }) => {
    if (tables.rules === undefined) return [];
    if (!Array.isArray(tables.rules)) throw invalid(`rules in ${where} must be a list of tables: [[rules]]`);
    return tables.rules.map((table: unknown, index) => readRule(table, index + 1, where));
  });
}

/** What the rules say about a command, the strongest first. */
export function rulesFor(argv: readonly string[], rules: readonly Rule[]): SettingSource[] {
  if (rules.length === 0) return [];
  const line = argv.join(' ');
  return rules.flatMap(({ match, source }) => (match.some(glob => matchesGlob(glob, line)) ? source : []));
}

function readRule(table: unknown, number: number, where: string): Rule {
  if (!isTable(table)) throw invalid(`rule ${number} in ${where} must be a table: [[rules]]`);
  const unknown = Object.keys(table).find(key => key !== 'match' && !isKey(key));
  if (unknown !== undefined) {
    const names = ['match', ...Object.keys(KEYS)];
    const guess = nearest(unknown, names);
    throw invalid(
      `rule ${number} in ${where} has the unknown key ${JSON.stringify(unknown)}; ${guess ? `did you mean ${guess}?` : `it takes ${names.join(', ')}`}`,
    );
  }
  const match = readMatch(table.match, `match of rule ${number} in ${where}`);
  const name = `rule ${JSON.stringify(match[0])} in ${where}`;
  const values: Record<string, string> = {};
  for (const [key, setting] of Object.entries(KEYS)) {
    const value = table[key];
    if (value === undefined) continue;
    values[SETTING_ROWS[setting].flag] = readValue(value, setting, `${key} of ${name}`);
  }
  const keyOf = (flag: string) =>
    Object.entries(KEYS).find(([, one]) => SETTING_ROWS[one].flag === flag)?.[0];
  return { match, source: { values, describe: flag => `${keyOf(flag) ?? flag} of ${name}` } };
}

function readMatch(value: unknown, at: string): readonly string[] {
  const globs: unknown = typeof value === 'string' ? [value] : value;
  const isFine =
    Array.isArray(globs) && globs.length > 0 && globs.every(glob => typeof glob === 'string' && glob !== '');
  if (!isFine) throw invalid(`${at} must be a text such as "*migrate*", or a list of such texts`);
  return globs as readonly string[];
}

/** Read for every rule, also for those that do not match: a mistake is no less one until its day comes. */
function readValue(value: unknown, setting: SettingName, at: string): string {
  const { parse, expected } = SETTING_ROWS[setting];
  const isWord = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (isWord && parse(String(value)) !== undefined) return String(value);
  throw invalid(`${at} is ${JSON.stringify(value)}; it takes ${expected}`);
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const invalid = (message: string): SeqxError => new SeqxError('SEQX_SETTING_INVALID', message);
