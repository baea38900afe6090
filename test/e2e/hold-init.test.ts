// Pid 1 holds the gate, as in a container: everything descends from it, so nothing of it is ever watched or ended,
// whoever asks, and nobody passes through for having descended from it. All in a pid namespace of the test's own.

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { missing } from '../helpers/capability.ts';
import { entryPaths, isWell, watchdogPid } from '../helpers/gate.ts';
import { journalOf } from '../helpers/held-gate.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import type { Ended, Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';

const NAMESPACE = ['-p', '-f', '--mount-proc', '--kill-child'];
const lacksNamespaces = missing(
  spawnSync('unshare', [...NAMESPACE, 'true']).status !== 0 || spawnSync('nsenter', ['-V']).status !== 0,
  'pid namespaces cannot be made here',
);

/** A shell that is pid 1, and lines that are typed into it. */
class Container {
  readonly #scratch: Scratch;
  readonly shell: Started;
  #lines = 0;

  constructor(scratch: Scratch) {
    this.#scratch = scratch;
    this.shell = scratch.start('unshare', [...NAMESPACE, 'sh'], { stdin: 'open', env: seqxOnPath(scratch) });
  }

  /** What a line prints, and how it ends. */
  async type(line: string): Promise<string> {
    const mark = `line ${++this.#lines}:`;
    const from = this.shell.stdout.length;
    this.shell.child.stdin?.write(`${line}\necho "${mark} $?"\n`);
    await this.shell.says(new RegExp(`^${mark} \\d+\\n`, 'm'));
    return this.shell.stdout.slice(from).replace(/^line \d+: /m, '');
  }

  /** Takes the gate; a process from before and one that carries the token live on beside. */
  async hold(flags = ''): Promise<void> {
    await this.type('sleep 600 & before=$!');
    const held = await this.type(`SEQX_RUN=$(seqx ${flags} hold --pid $$); export SEQX_RUN; echo $$`);
    expect(held).toBe('1\n0\n');
    await this.type('sleep 600 & after=$!');
    await watchdogPid(this.#scratch);
  }

  async expectUnharmed(): Promise<void> {
    expect(await this.type('kill -0 $before && kill -0 $after')).toBe('0\n');
    const { pids } = this;
    expect(pids.length).toBe(2);
    expect(pids.filter(isWell)).toEqual(pids);
  }

  /** The processes beside the shell, by the host's numbers. */
  get pids(): number[] {
    return this.#scratch.processes().flatMap(({ pid, words }) => (words[0] === 'sleep' ? pid : []));
  }

  /** As `docker exec` does it: in the namespace, and nobody's child there. */
  enter(words: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    const children = readFileSync(`/proc/${this.shell.pid}/task/${this.shell.pid}/children`, 'utf8');
    const own = { ...seqxOnPath(this.#scratch), ...env };
    return this.#scratch.start('nsenter', ['-t', children.trim(), '-p', '-m', '-w', ...words], { env: own })
      .ended;
  }

  async end(): Promise<void> {
    this.shell.child.stdin?.end();
    await this.shell.exited;
    // Its watchdog ended with it; nobody is left to free the slot but the next one.
    expect((await this.#scratch.seqx(['true']).ended).code).toBe(0);
    await this.#scratch.settle();
  }
}

/** Two heartbeats, a second apart: whatever is due at once has happened by then. */
async function heartbeats(scratch: Scratch): Promise<void> {
  const [path = ''] = entryPaths(scratch.state);
  for (let beats = 0; beats < 2; beats++) {
    const { mtimeMs } = statSync(path);
    await until('the heart beats', () => statSync(path).mtimeMs !== mtimeMs);
  }
}

describe.skipIf(lacksNamespaces)('held by pid 1', () => {
  test('neither limits nor --timeout touch anybody, and it is said', async () => {
    await using scratch = new Scratch();
    const container = new Container(scratch);
    await container.hold('--timeout 100ms --memory-limit 1M --kill-grace 0');
    await heartbeats(scratch);
    await container.expectUnharmed();
    expect(container.shell.stderr).toMatch(
      /^seqx: pid 1 holds web: nothing of it is watched or ended, and /m,
    );
    expect(container.shell.stderr).not.toContain('memory:');
    await container.end();
  });

  test('cancel refuses and names the way out; kill-all says that pid 1 is left', async () => {
    await using scratch = new Scratch();
    const container = new Container(scratch);
    await container.hold();
    const status = JSON.parse((await container.enter(['seqx', 'status', '--json'])).stdout);
    expect(status.running).toMatchObject([{ pid: 1, state: 'running', memory: null }]);
    const cancel = ['seqx', 'cancel', status.running[0].ticket];
    const refused = await container.enter(cancel);
    expect([refused.code, refused.stderr]).toEqual([
      125,
      expect.stringContaining('held by pid 1, which cannot'),
    ]);
    expect(await container.type(`${cancel.join(' ')} 2>&1`)).toMatch(
      /held by pid 1[^\n]*\n {2}try: seqx release/,
    );
    const killed = await container.enter(['seqx', 'kill-all', '--yes']);
    expect([killed.code, killed.stderr]).toEqual([1, expect.stringContaining('could not end pid 1')]);
    expect(await container.type('seqx kill-all --yes 2>&1')).toMatch(/could not end pid 1\n1\n$/);
    await container.expectUnharmed();
    const [, command = ''] = /try: (seqx release \S+)/.exec(refused.stderr) ?? [];
    expect(await container.enter(command.split(' '))).toMatchObject({ code: 0, stderr: '' });
    await container.expectUnharmed();
    await container.end();
  });

  test('only the token passes through, and releases: everybody descends from pid 1', async () => {
    await using scratch = new Scratch();
    const container = new Container(scratch);
    await container.hold();
    expect(await container.type('seqx --no-wait echo in')).toBe('in\n0\n');
    expect(await container.type('env -u SEQX_RUN seqx --no-wait echo in 2>/dev/null')).toBe('75\n');
    expect(await container.enter(['seqx', '--no-wait', 'echo', 'in'])).toMatchObject({
      code: 75,
      stdout: '',
    });
    expect(await container.type('test "$(env -u SEQX_RUN seqx hold --pid 1)" = "$SEQX_RUN"')).toBe('0\n');
    expect(await container.type('env -u SEQX_RUN seqx release 2>&1')).toMatch(
      /no process around this one holds.*\n.*\n125\n$/,
    );
    expect(await container.type('seqx release')).toBe('0\n');
    await until('the slot is free', () => entryPaths(scratch.state).length === 0);
    expect((await journalOf(scratch)).at(-1)).toMatchObject({ outcome: 'released', argv: ['sh'] });
    await container.expectUnharmed();
    expect(await container.enter(['seqx', 'kill-all', '--yes'])).toMatchObject({
      stderr: 'seqx: nothing to end\n',
    });
    await container.expectUnharmed();
    await container.end();
  });

  test('a lost slot ends nobody, and is said', async () => {
    await using scratch = new Scratch();
    const container = new Container(scratch);
    await container.hold();
    for (const path of entryPaths(scratch.state)) rmSync(join(path, '..', '..', '..'), { recursive: true });
    await container.shell.says(/LOST THE LOCK of web: .* pid 1 goes on without it$/m, 'stderr');
    await until('its watchdog has gone', () => container.pids.length === scratch.processes().length - 2);
    await container.expectUnharmed();
    await container.end();
  });

  test('without its watchdog it holds on: a heartbeat that stands still is no proof against pid 1', async () => {
    await using scratch = new Scratch();
    const container = new Container(scratch);
    await container.hold();
    // By the number that it has in there.
    expect(await container.type(`kill -9 ${await watchdogPid(scratch)}`)).toBe('0\n');
    const impatient = await container.enter(['seqx', '--stuck-timeout', '3s', '--wait', '6s', 'true']);
    expect([impatient.code, impatient.stderr]).toEqual([75, expect.not.stringContaining('stood still')]);
    await container.expectUnharmed();
    expect(await container.type('seqx release')).toBe('0\n');
    await container.expectUnharmed();
    await container.end();
  });

  test('when pid 1 has ended, the next one outside takes over', async () => {
    await using scratch = new Scratch();
    const container = new Container(scratch);
    await container.hold();
    await container.end();
    expect((await journalOf(scratch)).at(-1)).toMatchObject({ outcome: 'exited' });
  });
});
