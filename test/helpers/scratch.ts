// A world of its own for each test: state folder, home, journal and project in one temporary folder, and a
// mark in the environment by which every process that the test started is found again. `dispose` fails the
// test if seqx has left a process, ticket, slot entry or socket behind.

import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll } from 'vitest';
import { SEQX_WORDS } from './paths.ts';
import { Started } from './started.ts';
import { until } from './until.ts';

const MARK = 'SEQX_TEST_MARK';

// `await using` is not reached by a test that ran out of time; this is, once for each test file.
const undisposed = new Set<Scratch>();
afterAll(async () => {
  for (const scratch of undisposed) await scratch[Symbol.asyncDispose]();
});

export interface StartOptions {
  readonly cwd?: string;
  /** Added to the scratch's environment. */
  readonly env?: Record<string, string>;
  /** Text for stdin, or `open` to write to it later; no stdin otherwise. */
  readonly stdin?: string | Buffer | 'open';
  /** A session and process group of its own, so that the test can signal the group. */
  readonly group?: 'own';
}

export class Scratch implements AsyncDisposable {
  readonly root: string;
  readonly state: string;
  readonly project: string;
  readonly env: Record<string, string>;
  readonly #mark: string;

  constructor(name = 'seqx-test') {
    // Short, so that socket paths stay under 104 bytes.
    this.root = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));
    this.state = join(this.root, 'state');
    this.project = join(this.root, 'web');
    this.#mark = `${process.pid}-${Math.random().toString(36).slice(2)}`;
    undisposed.add(this);
    mkdirSync(this.state, { mode: 0o700 });
    for (const folder of [this.project, join(this.root, 'home')]) mkdirSync(folder);
    this.env = {
      PATH: process.env.PATH ?? '',
      HOME: join(this.root, 'home'),
      XDG_STATE_HOME: join(this.root, 'journal'),
      XDG_CONFIG_HOME: join(this.root, 'config'),
      SEQX_STATE_DIR: this.state,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'test',
      GIT_AUTHOR_EMAIL: 'test@example.invalid',
      GIT_COMMITTER_NAME: 'test',
      GIT_COMMITTER_EMAIL: 'test@example.invalid',
      [MARK]: this.#mark,
    };
  }

  /** Starts seqx; a non-zero exit is an answer, not an error. */
  seqx(words: readonly string[], options: StartOptions = {}): Started {
    const [file, ...first] = SEQX_WORDS;
    return this.start(file, [...first, ...words], options);
  }

  /** Starts any program in the project, with this scratch's environment alone. */
  start(file: string, words: readonly string[], { cwd, env, stdin, group }: StartOptions = {}): Started {
    const child = spawn(file, words, {
      cwd: cwd ?? this.project,
      env: { ...this.env, ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: group === 'own',
    });
    return new Started(child, stdin);
  }

  async git(...words: string[]): Promise<string> {
    const { stdout } = await execa('git', words, { cwd: this.project, env: this.env, extendEnv: false });
    return stdout;
  }

  /** Every living process that carries this scratch's mark: seqx, commands, whatever they left. */
  processes(): { pid: number; words: string[] }[] {
    const needle = `${MARK}=${this.#mark}`;
    return readdirSync('/proc').flatMap(name => {
      if (!/^\d+$/.test(name)) return [];
      try {
        if (!readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(needle)) return [];
        return { pid: Number(name), words: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0') };
      } catch {
        return [];
      }
    });
  }

  /** Files, sockets and slot folders in the state folder: empty when nobody runs or waits. */
  litter(): string[] {
    if (!existsSync(this.state)) return [];
    return readdirSync(this.state, { recursive: true, encoding: 'utf8' }).filter(path => {
      const parts = path.split('/');
      const isFrame =
        parts.length === 1 || (parts.length === 2 && ['q', 's', 'slots'].includes(parts[1] ?? ''));
      return !(isFrame && statSync(join(this.state, path), { throwIfNoEntry: false })?.isDirectory());
    });
  }

  /** Waits until nothing of this scratch is left; for tests in which everything ends by itself. */
  async settle(): Promise<void> {
    await until('no process is left', () => this.processes().length === 0);
    await until(`no litter is left (${this.litter().join(', ')})`, () => this.litter().length === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    undisposed.delete(this);
    const left = this.processes();
    for (const { pid } of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // gone in the meantime
      }
    }
    await until('the processes of this test have ended', () => this.processes().length === 0);
    rmSync(this.root, { recursive: true, force: true });
  }
}
