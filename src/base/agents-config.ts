// The tables [agents.NAME] of the configuration files: who there is to delegate a task to. Pure. What is
// misspelled or cannot work (a circle of followers, a follower of nobody) is refused with its file and key, before
// anything is planned.

import { SeqxError } from './errors.ts';
import { nearest } from './nearest.ts';
import type { FileSource } from './settings.ts';
import { parseDuration, parseSize } from './units.ts';
import { wordsOf } from './words-of.ts';

export interface AgentConfig {
  readonly name: string;
  /** Words and phrases of a task that is this agent's; `*` alone is any task that is nobody else's. */
  readonly match: readonly string[];
  /**
   * The words of its command, `{task}` in them standing for the task; one text is a line of shell. An agent
   * without one can be planned with, not delegated to.
   */
  readonly command: readonly string[] | string | undefined;
  /** Agents that it comes after, whenever one of them is chosen. */
  readonly follows: readonly string[];
  /** It changes no files: it may run beside others of its kind. */
  readonly readsOnly: boolean;
  readonly memoryBytes: number | undefined;
  readonly timeoutMs: number | undefined;
  /** The file that says so, as error messages name it. */
  readonly where: string;
}

/** Stands for the task in a command. */
export const TASK_PLACE = '{task}';

const KEYS = ['match', 'command', 'follows', 'reads_only', 'memory', 'timeout'] as const;

/**
 * Everybody's agents: of two with one name the stronger file's counts, whole.
 * @throws SeqxError SEQX_SETTING_INVALID
 */
export function readAgents(files: readonly FileSource[]): AgentConfig[] {
  const agents = new Map<string, AgentConfig>();
  for (const { where, tables } of files) {
    if (tables.agents === undefined) continue;
    if (!isTable(tables.agents)) throw invalid(`agents in ${where} must be tables: [agents.NAME]`);
    for (const [name, table] of Object.entries(tables.agents)) {
      const agent = readAgent(name, table, where);
      if (!agents.has(name)) agents.set(name, agent);
    }
  }
  const all = [...agents.values()];
  for (const agent of all) checkFollows(agent, all);
  return all;
}

function readAgent(name: string, table: unknown, where: string): AgentConfig {
  const at = (key: string) => `agents.${name}.${key} in ${where}`;
  if (!isTable(table))
    throw invalid(`agents.${JSON.stringify(name)} in ${where} must be a table: [agents.NAME]`);
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) {
    throw invalid(
      `${where} has an agent named ${JSON.stringify(name)}; a name takes up to 64 letters, digits, and - _ . inside`,
    );
  }
  const unknown = Object.keys(table).find(key => !KEYS.some(known => known === key));
  if (unknown !== undefined) {
    const guess = nearest(unknown, KEYS);
    throw invalid(
      `[agents.${name}] in ${where} has the unknown key ${JSON.stringify(unknown)}${guess ? `; did you mean ${guess}?` : `; it takes ${KEYS.join(', ')}`}`,
    );
  }
  return {
    name,
    match: readMatch(table.match, at('match')),
    command: readCommand(table.command, at('command')),
    follows: readNames(table.follows, at('follows')),
    readsOnly: readYesNo(table.reads_only, at('reads_only')),
    memoryBytes: readMeasure(table.memory, parseSize, at('memory'), 'a size such as 512M or 2G'),
    timeoutMs: readMeasure(
      table.timeout,
      atLeast(1),
      at('timeout'),
      'a duration such as 90s or 10m, above 0',
    ),
    where,
  };
}

function readMatch(value: unknown, at: string): string[] {
  const phrases = typeof value === 'string' ? [value] : readNames(value, at);
  for (const phrase of phrases) {
    if (phrase === '*') continue;
    if (phrase.includes('*'))
      throw invalid(`${at} has ${JSON.stringify(phrase)}; * stands alone, for any task`);
    if (wordsOf(phrase).length === 0)
      throw invalid(`${at} has ${JSON.stringify(phrase)}, which has no word in it`);
  }
  return phrases;
}

function readCommand(value: unknown, at: string): string[] | string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') {
    if (value.trim() === '' || value.includes('\0')) throw invalid(`${at} is empty; it takes a command`);
    return value;
  }
  if (!isTexts(value) || value.some(word => word.includes('\0'))) {
    throw invalid(`${at} must be a list of words, or one line of shell`);
  }
  const [program] = value;
  if (!program) throw invalid(`${at} names no program`);
  if (program.includes(TASK_PLACE)) throw invalid(`${at} has ${TASK_PLACE} for its program`);
  if (/(^|[/\\])(ba|da|z|k|fi)?sh$/.test(program) && value.some(isScriptWithTask)) {
    throw invalid(
      `${at} would have a shell run the task as code; write the command as one text, or "$SEQX_TASK" for ${TASK_PLACE}`,
    );
  }
  return value;
}

/** What follows -c (-lc, -ec …) of a shell is code, and so would be a task that is put into it. */
const isScriptWithTask = (word: string, index: number, words: readonly string[]): boolean =>
  word.includes(TASK_PLACE) && /^-[a-z]*c[a-z]*$/.test(words[index - 1] ?? '');

function readNames(value: unknown, at: string): string[] {
  if (value === undefined) return [];
  if (isTexts(value)) return [...new Set(value)];
  throw invalid(`${at} must be a list of texts`);
}

function readYesNo(value: unknown, at: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw invalid(`${at} must be true or false`);
}

function readMeasure(
  value: unknown,
  parse: (text: string) => number | undefined,
  at: string,
  expected: string,
): number | undefined {
  if (value === undefined) return undefined;
  const measure = typeof value === 'string' || typeof value === 'number' ? parse(String(value)) : undefined;
  if (measure === undefined) throw invalid(`${at} is ${JSON.stringify(value)}; it takes ${expected}`);
  return measure;
}

const atLeast = (leastMs: number) => (text: string) => {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= leastMs ? ms : undefined;
};

/** @throws SeqxError for a follower of nobody, or of itself by way of others */
function checkFollows({ name, follows, where }: AgentConfig, all: readonly AgentConfig[]): void {
  const at = `agents.${name}.follows in ${where}`;
  const names = all.map(agent => agent.name);
  const stranger = follows.find(other => !names.includes(other));
  if (stranger !== undefined) {
    const guess = nearest(
      stranger,
      names.filter(other => other !== name),
    );
    throw invalid(
      `${at} names ${JSON.stringify(stranger)}, which is no agent${guess ? `; did you mean ${guess}?` : ''}`,
    );
  }
  const circle = circleFrom(name, all);
  if (circle) throw invalid(`${at} is a circle: ${circle.join(' follows ')}`);
}

/** The way from an agent back to itself, each one following the next. */
function circleFrom(name: string, all: readonly AgentConfig[]): string[] | undefined {
  const seen = new Set<string>();
  const walk = (at: string, way: readonly string[]): string[] | undefined => {
    for (const next of all.find(agent => agent.name === at)?.follows ?? []) {
      if (next === name) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...way, next]);
      if (found) return found;
    }
    return undefined;
  };
  return walk(name, [name]);
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(item => typeof item === 'string');

const invalid = (message: string): SeqxError => new SeqxError('SEQX_SETTING_INVALID', message);
