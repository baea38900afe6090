// The commands of a batch made ready: their words, where they run, and what is known of them beforehand. All of it
// is checked before the first one starts.

import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { SeqxError } from '../base/errors.ts';
import { realDirectory } from '../base/project.ts';
import { rulesFor } from '../base/rules-config.ts';
import { SETTING_ROWS, type SettingName, type Settings } from '../base/settings.ts';
import { cleanText, maskSecrets, showCommand } from '../base/text.ts';
import type { BatchEntry } from '../batch/batch-entry.ts';
import type { Load } from '../batch/next-start.ts';
import { hasOpenQuote } from '../batch/open-quote.ts';
import { journalFolder, readEntries } from '../journal/journal.ts';
import { pastOf } from '../journal/metrics.ts';
import type { Place } from '../place.ts';

export interface BatchCommand extends Omit<Load, 'usedBytes'> {
  /** Place in the list, from 1. */
  readonly number: number;
  readonly name: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What it usually takes, milliseconds. */
  readonly usualMs: number | undefined;
  /** Of a rule for this very command. */
  readonly timeout: number | undefined;
}

const NAME_COLUMNS = 60;

/** @throws SeqxError SEQX_BATCH_INVALID for a list that is empty or has a command that cannot be run */
export function prepareCommands(entries: readonly BatchEntry[], place: Place): BatchCommand[] {
  if (entries.length === 0) throw invalid('there is no command to run: the list is empty');
  const folder = journalFolder(place.gate.hash, place.env);
  const past = pastOf(folder === undefined ? [] : readEntries(folder));
  return entries.map((entry, index) => {
    const at = `command ${index + 1}`;
    const argv = wordsOf(entry, at, place);
    const rules = ruleSettings(entry.line === undefined ? argv : [entry.line], place);
    return {
      number: index + 1,
      name: nameOf(entry, argv),
      argv,
      cwd: directoryOf(entry, at, place),
      env: { ...place.env, ...entry.env },
      isExclusive: entry.exclusive ?? rules.exclusive ?? false,
      weight: rules.weight ?? 1,
      expectedBytes: entry.memoryBytes ?? rules.memoryExpected ?? past.usualPeakBytes(argv),
      usualMs: past.usualMs(argv),
      timeout: rules.timeout,
    };
  });
}

function nameOf({ name, line }: BatchEntry, argv: readonly string[]): string {
  const [masked = ''] = maskSecrets([name ?? line ?? '']);
  return masked === '' ? showCommand(argv, NAME_COLUMNS) : cleanText(masked, NAME_COLUMNS);
}

function wordsOf(entry: BatchEntry, at: string, { platform }: Place): readonly string[] {
  if (entry.line === undefined) {
    if (!entry.argv[0]) throw invalid(`${at} has no words`);
    return entry.argv;
  }
  if (entry.line.trim() === '') throw invalid(`${at} is empty`);
  const words = platform.shell(entry.line);
  if (hasOpenQuote(entry.line) && platform.system !== 'windows') checkLine(entry.line, words[0] ?? 'sh', at);
  return words;
}

/** The shell has the last word on its own grammar. */
function checkLine(line: string, shell: string, at: string): void {
  try {
    execFileSync(shell, ['-n', '-c', line], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? cleanText(String(error.stderr)) : '';
    throw invalid(`${at} cannot be read by ${shell}: ${cleanText(line)}${said && ` (${said})`}`);
  }
}

function directoryOf({ cwd }: BatchEntry, at: string, place: Place): string {
  if (cwd === undefined) return place.cwd;
  try {
    return realDirectory(resolve(place.cwd, cwd));
  } catch {
    throw invalid(`cwd of ${at}: ${cleanText(cwd)} is not a directory`);
  }
}

type RuleSettings = Partial<Pick<Settings, 'exclusive' | 'weight' | 'memoryExpected' | 'timeout'>>;

/** What the first rule that says something about it says; rules are checked when they are read. */
function ruleSettings(argv: readonly string[], { rules }: Place): RuleSettings {
  const sources = rulesFor(argv, rules);
  const of = <Name extends SettingName>(name: Name) => {
    const { flag, parse } = SETTING_ROWS[name];
    const text = sources.find(({ values }) => values[flag] !== undefined)?.values[flag];
    return text === undefined ? undefined : parse(text);
  };
  return Object.fromEntries(
    (['exclusive', 'weight', 'memoryExpected', 'timeout'] as const).flatMap(name => {
      const value = of(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const invalid = (message: string): SeqxError =>
  new SeqxError('SEQX_BATCH_INVALID', `${message}; nothing was run`);
