// A place of its own for the benchmark: state folder, journal, a git repository and a plain folder, all in one
// temporary folder, and every program it starts, ended by pid when it is over.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const SEQX = fileURLToPath(new URL('../../bin/seqx.js', import.meta.url));
/** The single-file binary for this machine, where `make package` has made it. */
export const BINARY = fileURLToPath(
  new URL(`../../packaging/out/seqx-${process.platform}-${process.arch}`, import.meta.url),
);

export class Place {
  #started = new Set();

  constructor() {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'seqx-bench-')));
    this.repository = join(this.root, 'repository');
    this.plain = join(this.root, 'plain');
    this.state = join(this.root, 'state');
    for (const folder of [this.repository, this.plain, this.state]) mkdirSync(folder, { mode: 0o700 });
    // Neither NODE_EXTRA_CA_CERTS (reading it doubles Node's start) nor NODE_OPTIONS nor settings of the user.
    this.env = {
      PATH: process.env.PATH,
      HOME: this.root,
      SEQX_STATE_DIR: this.state,
      XDG_STATE_HOME: join(this.root, 'journal'),
      XDG_CONFIG_HOME: join(this.root, 'config'),
      LC_ALL: 'C',
    };
    execFileSync('git', ['init', '-q'], { cwd: this.repository, env: this.env });
  }

  path(name) {
    return join(this.root, name);
  }

  /** Starts a program in the repository; `ended` resolves with its exit code. */
  start([file, ...words], { cwd = this.repository } = {}) {
    const child = spawn(file, words, { cwd, env: this.env, stdio: 'ignore' });
    this.#started.add(child);
    const ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        this.#started.delete(child);
        resolve(signal ?? code);
      });
    });
    return { pid: child.pid, ended, kill: signal => child.kill(signal) };
  }

  /** What a short program prints; its stderr is shown. */
  read([file, ...words], input) {
    const options = { cwd: this.repository, env: this.env, encoding: 'utf8', maxBuffer: 1e8 };
    const stdio = [input === undefined ? 'ignore' : 'pipe', 'pipe', 'inherit'];
    return execFileSync(file, words, { ...options, input, stdio });
  }

  has(program) {
    return process.env.PATH.split(':').some(folder => existsSync(join(folder, program)));
  }

  /** Where a program is, so that nobody's search along PATH is measured. */
  find(program) {
    const folder = process.env.PATH.split(':').find(entry => existsSync(join(entry, program)));
    if (folder === undefined) throw new Error(`${program} is not on the PATH`);
    return join(folder, program);
  }

  async remove() {
    for (const child of this.#started) child.kill('SIGTERM');
    await until('everything started has ended', () => this.#started.size === 0).catch(() => {
      for (const child of this.#started) child.kill('SIGKILL');
    });
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10 });
  }
}

export async function until(what, condition, limitMs = 60_000) {
  const endMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await pause(10);
  }
}
