// The list of a batch, from its text: one line of shell a line, or NDJSON. Pure. Everything is read before
// anything runs: a mistake in the last line must not be found an hour later.

import { SeqxError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { parseSize } from '../base/units.ts';
import type { BatchEntry } from './batch-entry.ts';

/** A group of shell commands, `{ a; b; }`, begins with a word; an object with a name in quotes. */
const OBJECT = /^\s*\{\s*["}]/;

/**
 * @param where the list's name, for error messages
 * @throws SeqxError SEQX_BATCH_INVALID naming the line
 */
export function readList(text: string, where: string): BatchEntry[] {
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ line, at: `line ${index + 1} of ${where}` }))
    .filter(({ line }) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  const isNdjson = OBJECT.test(lines[0]?.line ?? '');
  return lines.map(({ line, at }) => (isNdjson ? readObject(line, at) : readLine(line, at)));
}

/** @throws SeqxError SEQX_BATCH_INVALID */
export function readLine(line: string, at: string): BatchEntry {
  if (line.trim() === '') throw invalid(`${at} is empty`);
  if (line.includes('\0')) throw invalid(`${at} has a NUL character in it, which no argument can have`);
  return { line: line.trim() };
}

const KEYS = ['name', 'argv', 'cwd', 'env', 'exclusive', 'memory'];

function readObject(line: string, at: string): BatchEntry {
  const value = parse(line, at);
  const unknown = Object.keys(value).find(key => !KEYS.includes(key));
  if (unknown !== undefined) {
    const guess = nearest(unknown, KEYS);
    throw invalid(
      `${at} has the unknown key ${JSON.stringify(unknown)}; ${guess ? `did you mean ${guess}?` : `it takes ${KEYS.join(', ')}`}`,
    );
  }
  const { name, argv, cwd, env, exclusive, memory } = value;
  if (!isWords(argv)) throw invalid(`argv of ${at} must be a list of texts, the program first`);
  if (!isTextOrNothing(name)) throw invalid(`name of ${at} must be a text`);
  if (!isTextOrNothing(cwd)) throw invalid(`cwd of ${at} must be a folder`);
  if (!isEnvironment(env)) throw invalid(`env of ${at} must be an object of texts, such as {"CI": "1"}`);
  if (exclusive !== undefined && typeof exclusive !== 'boolean') {
    throw invalid(`exclusive of ${at} must be true or false`);
  }
  return { name, argv, cwd, env, exclusive, memoryBytes: readMemory(memory, at) };
}

function parse(line: string, at: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw invalid(`${at} is no JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (isTable(value)) return value;
  throw invalid(`${at} must be an object, as the first line is`);
}

/** A bare number is megabytes, as everywhere. */
function readMemory(memory: unknown, at: string): number | undefined {
  if (memory === undefined) return undefined;
  const isWord = typeof memory === 'string' || typeof memory === 'number';
  const bytes = isWord ? parseSize(String(memory)) : undefined;
  if (bytes !== undefined) return bytes;
  throw invalid(
    `memory of ${at} is ${JSON.stringify(memory)}; it takes a size such as 512M, 2G or 1.5GiB (a bare number is MB)`,
  );
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** No argument can have a NUL, and half a character would reach the program as another one. */
const isText = (value: unknown): value is string =>
  typeof value === 'string' && !value.includes('\0') && !/\p{Surrogate}/u.test(value);

const isTextOrNothing = (value: unknown): value is string | undefined =>
  value === undefined || (isText(value) && value.trim() !== '');

const isWords = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(isText) && value[0] !== undefined && value[0] !== '';

const isEnvironment = (value: unknown): value is Record<string, string> | undefined =>
  value === undefined ||
  (isTable(value) && Object.entries(value).every(([name, text]) => isText(text) && /^[^=\0]+$/.test(name)));

const invalid = (message: string): SeqxError => new SeqxError('SEQX_BATCH_INVALID', message);
