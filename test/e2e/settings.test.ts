// Every setting, read from every place that may give it, strongest first; and every malformed value, refused
// by the name of its source before anything runs.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentName, SETTING_ROWS, type SettingName } from '../../src/base/settings.ts';
import { ask } from '../helpers/gate.ts';
import { Scratch } from '../helpers/scratch.ts';

/** For each setting six texts that mean different values where it has as many, and what the first means. */
const SAMPLES: Record<SettingName, { texts: string[]; first: unknown }> = {
  wait: { texts: ['90', '2m', '3h', '1500ms', '0', '1h30m'], first: 90_000 },
  conflictExitCode: { texts: ['1', '2', '3', '4', '5', '255'], first: 1 },
  stuckTimeout: { texts: ['10s', '11s', '12s', '13s', '14s', '15s'], first: 10_000 },
  scope: { texts: ['user', 'worktree', 'repo', 'user', 'worktree', 'repo'], first: 'user' },
  lock: { texts: ['a', 'b', 'c d', 'e', 'f', 'g'], first: 'a' },
  priority: { texts: ['low', 'high', 'normal', 'low', 'high', 'normal'], first: 'low' },
  slots: { texts: ['1', '2', '3', '4', '5', '64'], first: 1 },
  exclusive: { texts: ['yes', 'no', 'on', 'off', 'true', '0'], first: true },
  weight: { texts: ['3', '1', '2', '4', '5', '64'], first: 3 },
  memoryExpected: { texts: ['300', '1G', '0', '3M', '4m', '5B'], first: 300 * 2 ** 20 },
  memoryThreshold: { texts: ['3G', '1G', '0', '8192', '4m', '5B'], first: 3 * 2 ** 30 },
  onPressure: { texts: ['end', 'ignore', 'suspend', 'end', 'ignore', 'suspend'], first: 'end' },
  jobs: { texts: ['auto', '1', '2', '3', '64', '9999'], first: 'auto' },
  timeout: { texts: ['1ms', '2s', '3m', '4h', '5d', '6'], first: 1 },
  killGrace: { texts: ['0', '1s', '2s', '3s', '4s', '5s'], first: 0 },
  leftovers: { texts: ['kill', 'wait', 'leave', 'auto', 'kill', 'wait'], first: 'kill' },
  memoryLimit: { texts: ['1.5GiB', '2G', '0', '512', '100kb', '7t'], first: 1.5 * 2 ** 30 },
  processMemoryLimit: { texts: ['512', '1G', '0', '3M', '4m', '5B'], first: 512 * 2 ** 20 },
  checkInterval: { texts: ['10ms', '1s', '2s', '3s', '4s', '5s'], first: 10 },
  gitWait: { texts: ['0', '1s', '2s', '3s', '4s', '5s'], first: 0 },
  gitBusy: { texts: ['fail', 'continue', 'auto', 'fail', 'continue', 'auto'], first: 'fail' },
  settle: { texts: ['yes', 'no', 'on', 'off', 'true', '0'], first: true },
  settleTimeout: { texts: ['90', '2m', '3h', '1500ms', '0', '1h30m'], first: 90_000 },
  bypass: { texts: ['no', 'yes', 'off', 'on', '0', 'true'], first: false },
  quiet: { texts: ['yes', 'no', 'on', 'off', 'true', '0'], first: true },
  verbose: { texts: ['1', '0', 'true', 'no', 'on', 'off'], first: true },
  progress: { texts: ['tty', 'plain', 'json', 'none', 'auto', 'tty'], first: 'tty' },
  events: { texts: ['fd:3', 'a', './fd:3', '/b c', 'fd:1', 'd/e.ndjson'], first: 'fd:3' },
};

const NAMES = Object.keys(SETTING_ROWS) as SettingName[];

test('the settings that doctor shows are those of the table', () => {
  expect(Object.keys(SAMPLES)).toEqual(NAMES);
});

/** One text for every setting, by flag. */
const sample = (index: number): Record<string, string> =>
  Object.fromEntries(NAMES.map(name => [SETTING_ROWS[name].flag, SAMPLES[name].texts[index] ?? '']));

/** What doctor must then say: the value that a text means, or the default; and where it came from. */
const rows = (index: number | undefined, origin: (flag: string) => string) =>
  NAMES.map(name => {
    const { flag, fallback, parse } = SETTING_ROWS[name];
    const text = index === undefined ? undefined : SAMPLES[name].texts[index];
    return { name: flag, value: (text === undefined ? fallback : parse(text)) ?? null, origin: origin(flag) };
  });

const oldNames = Object.values(SETTING_ROWS).flatMap(row => ('oldName' in row ? (row.oldName ?? []) : []));

test('every setting is read from every source, the strongest first', async () => {
  await using scratch = new Scratch();
  const { project, root } = scratch;
  const [toml, json] = [join(project, 'seqx.toml'), join(project, 'package.json')];
  const user = join(root, 'config', 'seqx', 'config.toml');
  mkdirSync(join(root, 'config', 'seqx'), { recursive: true });
  const env: Record<string, string> = {};
  const shown = async (flags: readonly string[] = []) => {
    const { stdout, stderr } = await ask(scratch, [...flags, 'doctor', '--json'], { env });
    expect(stderr).toBe('');
    return JSON.parse(stdout).settings;
  };
  const lines = (texts: Record<string, string>) =>
    Object.entries(texts).map(([flag, text]) => `${flag} = ${JSON.stringify(text)}\n`);

  // Weakest first: each new source takes over from all those before.
  expect(await shown()).toEqual(rows(undefined, () => 'default'));
  writeFileSync(user, lines(sample(5)).join(''));
  expect(await shown()).toEqual(rows(5, flag => `${flag} in ${user}`));
  writeFileSync(json, JSON.stringify({ name: 'x', seqx: sample(4) }));
  expect(await shown()).toEqual(rows(4, flag => `${flag} in "seqx" of ${json}`));
  writeFileSync(toml, lines(sample(3)).join(''));
  const fromToml = rows(3, flag => `${flag} in ${toml}`);
  expect(await shown()).toEqual(fromToml);
  for (const row of Object.values(SETTING_ROWS)) {
    if ('oldName' in row && row.oldName !== undefined) env[row.oldName] = sample(2)[row.flag] ?? '';
  }
  Object.assign(env, { SAFE_PARALLEL: 'true' });
  const fromOld = rows(2, flag => oldNameOf(flag) ?? '').filter(({ origin }) => origin !== '');
  expect(fromOld).toHaveLength(oldNames.length);
  expect(await shown()).toEqual(fromToml.map(row => fromOld.find(({ name }) => name === row.name) ?? row));
  for (const [flag, text] of Object.entries(sample(1))) env[environmentName(flag)] = text;
  expect(await shown()).toEqual(rows(1, environmentName));
  const flags = Object.entries(sample(0)).map(([flag, text]) => `--${flag}=${text}`);
  expect(await shown(flags)).toEqual(rows(0, flag => `--${flag}`));
});

test('the old names are those that the scripts documented', () => {
  expect(oldNames.sort()).toEqual([
    'CHECK_INTERVAL',
    'CONCURRENCY_LIMIT',
    'MEMORY_LIMIT_MB',
    'MEMORY_THRESHOLD',
    'TIMEOUT',
    'VERBOSE',
  ]);
});

test.each(NAMES)('%s means what its text says', name => {
  const { texts, first } = SAMPLES[name];
  expect(SETTING_ROWS[name].parse(texts[0] ?? '')).toBe(first);
});

test.each([
  [['--wait', '90', '-q', '-E', '3'], { wait: 90_000, quiet: true, 'conflict-exit-code': 3 }],
  [['--no-wait', '-v', '-E4'], { wait: 0, verbose: true, 'conflict-exit-code': 4 }],
  [['--quiet', '--no-quiet', '--verbose=no'], { quiet: false, verbose: false }],
])('%j is read as it is meant', async (flags, expected) => {
  await using scratch = new Scratch();
  const { stdout } = await ask(scratch, [...flags, 'doctor', '--json'], { env: { SEQX_QUIET: '1' } });
  const found = JSON.parse(stdout).settings.map(({ name, value }: { name: string; value: unknown }) => [
    name,
    value,
  ]);
  expect(Object.fromEntries(found)).toMatchObject(expected);
});

function oldNameOf(flag: string): string | undefined {
  const row = Object.values(SETTING_ROWS).find(candidate => candidate.flag === flag);
  return row && 'oldName' in row ? row.oldName : undefined;
}

/** What is wrong, the files and variables that make it so, the flags, and what names it. */
const MALFORMED: [
  string,
  { toml?: string; json?: string; user?: string; env?: Record<string, string> },
  string[],
  string,
][] = [
  ['a flag', {}, ['--wait', 'soon'], '--wait is "soon"; it takes a duration such as 30s'],
  ['a flag without its value', {}, ['--memory-limit='], '--memory-limit is ""; it takes a size'],
  ['a negative size', {}, ['--memory-limit', '-5'], '--memory-limit is "-5"; it takes a size'],
  ['an exit code', {}, ['-E', '256'], '--conflict-exit-code is "256"; it takes a number from 0 to 255'],
  ['a choice', {}, ['--scope', 'world'], '--scope is "world"; it takes one of repo, worktree, user'],
  ['a lock name', {}, ['--lock', 'a/b'], '--lock is "a/b"; it takes a name'],
  ['a number of slots', {}, ['--slots', '65'], '--slots is "65"; it takes a whole number from 1 to 64'],
  [
    'a flag that asks for more slots than the file has,',
    { toml: 'slots = 2' },
    ['--slots=3'],
    '--slots asks for 3 slots, but slots in PROJECT/seqx.toml is 2: one call may ask for fewer, never for more',
  ],
  [
    'a variable that asks for more slots than the file has,',
    { json: '{"seqx":{"slots":2}}', env: { SEQX_SLOTS: '4' } },
    [],
    'SEQX_SLOTS asks for 4 slots, but slots in "seqx" of PROJECT/package.json is 2',
  ],
  [
    'an old name that asks for more slots than the file has,',
    { toml: 'slots = 1', env: { SAFE_PARALLEL: 'true' } },
    [],
    'SAFE_PARALLEL asks for 2 slots, but slots in PROJECT/seqx.toml is 1',
  ],
  ['an old switch', { env: { SAFE_PARALLEL: 'maybe' } }, [], 'SAFE_PARALLEL is "maybe"; it takes 1 or 0'],
  [
    'an old number',
    { env: { SAFE_PARALLEL: '1', CONCURRENCY_LIMIT: 'many' } },
    [],
    'CONCURRENCY_LIMIT is "many"; it takes a whole number',
  ],
  [
    'a rule',
    { toml: '[[rules]]\nmatch = "*migrate*"\nmemory = "lots"' },
    [],
    'memory of rule "*migrate*" in PROJECT/seqx.toml is "lots"; it takes a size',
  ],
  [
    'a rule’s key',
    { json: '{"seqx":{"rules":[{"match":"x","exlusive":true}]}}' },
    [],
    'rule 1 in "seqx" of PROJECT/package.json has the unknown key "exlusive"; did you mean exclusive?',
  ],
  ['a variable', { env: { SEQX_TIMEOUT: 'x' } }, [], 'SEQX_TIMEOUT is "x"; it takes a duration'],
  ['an old name', { env: { MEMORY_LIMIT_MB: 'lots' } }, [], 'MEMORY_LIMIT_MB is "lots"; it takes a size'],
  ['a value in seqx.toml', { toml: 'wait = "x"' }, [], 'wait in PROJECT/seqx.toml is "x"; it takes'],
  ['a list in seqx.toml', { toml: 'wait = [1]' }, [], 'wait in PROJECT/seqx.toml must be a text, a number'],
  [
    'a key in seqx.toml',
    { toml: 'wiat = 1' },
    [],
    'PROJECT/seqx.toml has the unknown setting "wiat"; did you mean wait?',
  ],
  ['the form of seqx.toml', { toml: 'wait = = 1' }, [], 'cannot read PROJECT/seqx.toml: '],
  [
    'a value in package.json',
    { json: '{"seqx":{"lock":""}}' },
    [],
    'lock in "seqx" of PROJECT/package.json is ""',
  ],
  ['the form of package.json', { json: '{"seqx":' }, [], 'cannot read PROJECT/package.json: '],
  [
    'a value in the user file',
    { user: 'priority = "top"' },
    [],
    'priority in CONFIG/seqx/config.toml is "top"',
  ],
];

test.each(MALFORMED)(
  '%s that is malformed is refused by name; nothing runs',
  async (_what, files, flags, message) => {
    await using scratch = new Scratch();
    const { project, root } = scratch;
    const config = join(root, 'config');
    mkdirSync(join(config, 'seqx'), { recursive: true });
    if (files.toml !== undefined) writeFileSync(join(project, 'seqx.toml'), files.toml);
    if (files.json !== undefined) writeFileSync(join(project, 'package.json'), files.json);
    if (files.user !== undefined) writeFileSync(join(config, 'seqx', 'config.toml'), files.user);
    const words = [...flags, 'sh', '-c', 'echo ran > witness'];
    const { code, stdout, stderr } = await ask(scratch, words, { env: files.env ?? {} });
    expect([code, stdout]).toEqual([125, '']);
    expect(stderr).toContain(`seqx: ${message.replace('PROJECT', project).replace('CONFIG', config)}`);
    expect(stderr).toMatch(/^ {2}try: \S/m);
    expect(existsSync(join(project, 'witness'))).toBe(false);
    expect(scratch.litter()).toEqual([]);
  },
);

test('a broken package.json without our key, and empty variables, are none of our business', async () => {
  await using scratch = new Scratch();
  writeFileSync(join(scratch.project, 'package.json'), '{ broken');
  expect(await ask(scratch, ['echo', 'ran'], { env: { SEQX_WAIT: '', TIMEOUT: '' } })).toMatchObject({
    code: 0,
    stdout: 'ran\n',
    stderr: '',
  });
});
