// Every setting does what the README says it does: a scene for each, played as it is and with the setting changed.
// The names of the older scripts are played in the same scenes. A setting without a scene does not compile.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentName, oldNamesOf, SETTING_ROWS, type SettingName } from '../../src/base/settings.ts';
import { ask, hold, isWell, letGo, ticketCount } from '../helpers/gate.ts';
import { holdHere } from '../helpers/held-gate.ts';
import { fixture } from '../helpers/paths.ts';
import { beside, eater, grow, isSuspended, recordOf } from '../helpers/pressed.ts';
import { busyGit, repository } from '../helpers/repository.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

/** What is seen of the scene, in a word; in bounded time, whatever the setting is. */
type Play = (scratch: Scratch) => Promise<unknown>;

interface Scene {
  /** What the setting is set to. */
  readonly text: string;
  /** What it is set to otherwise, where its default depends on the machine. */
  readonly otherwise?: string;
  readonly play: Play;
  /** What is seen with the setting, and without it. */
  readonly seen: readonly [changed: unknown, usual: unknown];
}

const config = ({ project }: Scratch, toml: string): void => writeFileSync(join(project, 'seqx.toml'), toml);

/** The exit code of a call that does not wait, while somebody holds the gate. */
const beforeHolder =
  (words: readonly string[], { toml = '', flags = [], cwd = '' }: BesideOptions = {}): Play =>
  async scratch => {
    config(scratch, toml);
    const elsewhere = join(scratch.root, cwd || 'web');
    mkdirSync(elsewhere, { recursive: true });
    const holder = await hold(scratch, flags);
    const { code } = await ask(scratch, [...words, 'true'], { cwd: elsewhere });
    await letGo(holder);
    return code;
  };

interface BesideOptions {
  readonly toml?: string;
  /** Of the holder. */
  readonly flags?: readonly string[];
  /** Where the call is made. */
  readonly cwd?: string;
}

/** Two may hold the gate; the first of them is small and takes one place, the second is small if nobody says else. */
const SHARED = {
  toml: 'slots = 2\nmemory-limit = "200M"\n',
  flags: ['--memory-expected=1M', '--exclusive=no', '--weight=1'],
};

const codeOf =
  (...words: string[]): Play =>
  async scratch =>
    (await ask(scratch, words)).code;

/** The first line that is said about a wait behind somebody. */
const firstWord = async (scratch: Scratch, words: readonly string[], pattern: RegExp): Promise<unknown> => {
  const run = scratch.seqx(words);
  await run.says(pattern, 'stderr');
  run.kill('SIGTERM');
  return pattern.exec((await run.ended).stderr)?.[0];
};

/** What is left behind in a session of its own keeps its memory until it is told. */
const settling =
  (...flags: string[]): Play =>
  async scratch => {
    const enough = join(scratch.root, 'enough');
    const words = ['--memory-threshold=1M', '--', 'perl', fixture('heavy-daemon.pl'), '30', enough];
    const run = scratch.seqx([...flags, ...words]);
    const said = () => /memory: (still|keeping)/.exec(run.stderr)?.[1];
    await until('it has said or done something', () => said() !== undefined || run.isOver);
    writeFileSync(enough, '');
    await run.ended;
    return said();
  };

/** 150 MB, for long enough that somebody who looks sees them. */
const HEAVY = ['perl', '-e', '$held = "x" x (150 << 20); sleep 1'];

const SCENES: Record<SettingName, Scene> = {
  wait: {
    text: '100ms',
    async play(scratch) {
      const holder = await hold(scratch);
      const word = await firstWord(scratch, ['true'], /gave up|waiting for/);
      await letGo(holder);
      return word;
    },
    seen: ['gave up', 'waiting for'],
  },
  conflictExitCode: { text: '3', play: beforeHolder(['--no-wait']), seen: [3, 75] },
  stuckTimeout: {
    text: '3s',
    async play(scratch) {
      await (await holdHere(scratch)).release();
      // An entry that nobody can judge.
      const gate = readdirSync(scratch.state).find(name => /^[0-9a-f]{16}$/.test(name)) ?? '';
      const slot = join(scratch.state, gate, 'slots', '0');
      mkdirSync(slot, { recursive: true });
      writeFileSync(join(slot, 'garbage'), '');
      const { code } = await ask(scratch, ['--wait', '6s', 'true']);
      rmSync(slot, { recursive: true, force: true });
      return code;
    },
    seen: [0, 75],
  },
  scope: { text: 'user', play: beforeHolder(['--no-wait'], { cwd: 'other' }), seen: [75, 0] },
  lock: { text: 'deploy', play: beforeHolder(['--no-wait'], { cwd: 'other' }), seen: [75, 0] },
  priority: {
    text: 'high',
    async play(scratch) {
      const holder = await hold(scratch);
      const note = (name: string) => ['sh', '-c', `echo ${name} >>log`];
      const first = scratch.seqx(['--priority=normal', ...note('first')]);
      await ticketCount(scratch, 2);
      const second = scratch.seqx(note('second'));
      await ticketCount(scratch, 3);
      await letGo(holder);
      await Promise.all([first.ended, second.ended]);
      return readFileSync(join(scratch.project, 'log'), 'utf8');
    },
    seen: ['second\nfirst\n', 'first\nsecond\n'],
  },
  slots: {
    text: '2',
    play: beforeHolder(['--no-wait', '--memory-expected=1M'], { flags: ['--memory-expected=1M'] }),
    seen: [0, 75],
  },
  exclusive: { text: 'yes', play: beforeHolder(['--no-wait'], SHARED), seen: [75, 0] },
  weight: { text: '2', play: beforeHolder(['--no-wait'], SHARED), seen: [75, 0] },
  memoryExpected: { text: '5G', play: beforeHolder(['--no-wait'], SHARED), seen: [75, 0] },
  memoryThreshold: { text: '100', play: beforeHolder(['--no-wait'], SHARED), seen: [75, 0] },
  onPressure: {
    text: 'end',
    async play(scratch) {
      const older = await eater(scratch, 100);
      const younger = await beside(scratch, ['perl', fixture('eat-memory.pl'), '50']);
      grow(older, 90);
      await until('something becomes of it', () => younger.isOver || isSuspended(scratch, younger));
      const word = younger.isOver ? 'ended' : 'suspended';
      await letGo(older);
      await letGo(younger);
      return word;
    },
    seen: ['ended', 'suspended'],
  },
  jobs: {
    text: '1',
    otherwise: '2',
    async play(scratch) {
      const line = 'echo begin >>log; sleep 0.5; echo end >>log\n';
      await scratch.seqx(['--memory-limit=100M', 'batch'], { stdin: line.repeat(2) }).ended;
      return readFileSync(join(scratch.project, 'log'), 'utf8').split('\n')[1];
    },
    seen: ['end', 'begin'],
  },
  timeout: { text: '1', play: codeOf('sleep', '1.5'), seen: [124, 0] },
  killGrace: {
    text: '0',
    async play(scratch) {
      const script = '$SIG{TERM} = sub { sleep 1; print "farewell"; exit }; $| = 1; print "up "; sleep 60';
      const run = scratch.seqx(['perl', '-e', script]);
      await run.says('up');
      run.kill('SIGTERM');
      return (await run.ended).stdout;
    },
    seen: ['up ', 'up farewell'],
  },
  leftovers: {
    text: 'leave',
    async play(scratch) {
      const { stdout } = await ask(scratch, ['sh', '-c', 'sleep 600 >/dev/null 2>&1 & echo $!']);
      const isLeft = isWell(Number(stdout));
      await ask(scratch, ['memory', '--cleanup']);
      return isLeft;
    },
    seen: [true, false],
  },
  memoryLimit: { text: '60', play: codeOf(...HEAVY), seen: [137, 0] },
  processMemoryLimit: { text: '60M', play: codeOf(...HEAVY), seen: [137, 0] },
  checkInterval: {
    text: '1',
    async play(scratch) {
      const run = scratch.seqx(['--memory-limit=20G', 'perl', fixture('eat-memory.pl'), '10'], {
        stdin: 'open',
      });
      const shows = (mib: number) =>
        until(`${mib} MiB are shown`, () => (recordOf(scratch, run)?.memory?.bytes ?? 0) >= mib << 20);
      await shows(10);
      const before = performance.now();
      grow(run, 100);
      await shows(110);
      const tookMs = performance.now() - before;
      await letGo(run);
      return tookMs < 2_500 ? 'soon' : 'late';
    },
    seen: ['soon', 'late'],
  },
  gitWait: {
    text: '100ms',
    async play(scratch) {
      const busy = await busyGit(scratch, await repository(scratch));
      const word = await firstWord(scratch, ['sleep', '60'], /git is still busy|waiting for git/);
      await busy.letGo();
      return word;
    },
    seen: ['git is still busy', 'waiting for git'],
  },
  gitBusy: {
    text: 'fail',
    async play(scratch) {
      const busy = await busyGit(scratch, await repository(scratch));
      const { code } = await ask(scratch, ['--git-wait=50ms', 'true']);
      await busy.letGo();
      return code;
    },
    seen: [75, 0],
  },
  settle: { text: 'yes', play: settling(), seen: ['keeping', undefined] },
  settleTimeout: { text: '100ms', play: settling('--settle'), seen: ['still', 'keeping'] },
  bypass: { text: 'yes', play: beforeHolder(['--no-wait']), seen: [0, 75] },
  quiet: {
    text: 'yes',
    play: async scratch => (await ask(scratch, ['sh', '-c', 'sleep 600 &'])).stderr.split(' ', 2)[1],
    seen: [undefined, 'ended'],
  },
  verbose: {
    text: '1',
    play: async scratch => /started "true"/.test((await ask(scratch, ['true'])).stderr),
    seen: [true, false],
  },
  progress: {
    text: 'json',
    play: async scratch => (await ask(scratch, ['true'])).stderr.startsWith('{"schema"'),
    seen: [true, false],
  },
  events: {
    text: 'events.ndjson',
    async play(scratch) {
      await ask(scratch, ['true']);
      return existsSync(join(scratch.project, 'events.ndjson'));
    },
    seen: [true, false],
  },
};

const NAMES = Object.keys(SCENES) as SettingName[];

/** The scene in a world of its own, whose environment has this as well. */
async function seenWith(name: SettingName, env: Record<string, string>): Promise<unknown> {
  await using scratch = new Scratch();
  Object.assign(scratch.env, env);
  const seen = await SCENES[name].play(scratch);
  await scratch.settle();
  return seen;
}

test.each(NAMES)('%s, when it is changed, changes what is seen', async name => {
  const { text, otherwise, seen } = SCENES[name];
  const variable = environmentName(SETTING_ROWS[name].flag);
  const usual = otherwise === undefined ? {} : { [variable]: otherwise };
  expect(await Promise.all([seenWith(name, { [variable]: text }), seenWith(name, usual)])).toEqual(seen);
});

/** Variables of the older scripts, what they set, and whether that changes what is seen. */
const OLD: [Record<string, string>, SettingName, 'changed' | 'usual'][] = [
  [{ MEMORY_LIMIT_MB: '60' }, 'memoryLimit', 'changed'],
  [{ CHECK_INTERVAL: '1' }, 'checkInterval', 'changed'],
  [{ TIMEOUT: '1' }, 'timeout', 'changed'],
  [{ VERBOSE: '1' }, 'verbose', 'changed'],
  [{ MEMORY_THRESHOLD: '100' }, 'memoryThreshold', 'changed'],
  [{ SAFE_PARALLEL: 'true' }, 'slots', 'changed'],
  [{ SAFE_PARALLEL: 'false' }, 'slots', 'usual'],
  [{ SAFE_PARALLEL: 'true', CONCURRENCY_LIMIT: '2' }, 'slots', 'changed'],
  [{ SAFE_PARALLEL: 'true', CONCURRENCY_LIMIT: '1' }, 'slots', 'usual'],
];

test.each(OLD)('%j is heeded as %s, and doctor says so', async (env, name, expected) => {
  const [changed, usual] = SCENES[name].seen;
  expect(await seenWith(name, env)).toEqual(expected === 'changed' ? changed : usual);
  await using scratch = new Scratch();
  const { stdout } = await ask(scratch, ['doctor', '--json'], { env });
  const { flag } = SETTING_ROWS[name];
  const row = JSON.parse(stdout).settings.find((one: { name: string }) => one.name === flag);
  expect(row.origin).toBe(Object.keys(env).at(-1));
});

test('every name of the older scripts is heeded above', () => {
  const heeded = new Set(OLD.flatMap(([env]) => Object.keys(env)));
  expect([...heeded].sort()).toEqual(NAMES.flatMap(oldNamesOf).sort());
});

test('CONCURRENCY_LIMIT by itself is not heeded, and doctor says why', async () => {
  await using scratch = new Scratch();
  const { stdout } = await ask(scratch, ['doctor'], { env: { CONCURRENCY_LIMIT: '3' } });
  expect(stdout).toMatch(/^ {2}slots +1 +default; CONCURRENCY_LIMIT counts only with SAFE_PARALLEL=true$/m);
});
