// The shim itself, in every sh there is: when it becomes the tool at once, when it asks seqx, and which tool
// it finds. seqx is a stand-in here that says so; init-shims.test.ts has the real one.

import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shimScript } from '../../src/init/shim-script.ts';
import { lacks } from '../helpers/capability.ts';
import { Scratch } from '../helpers/scratch.ts';

const GATE = '0123456789abcdef';
const ID = '00000000001234567890-123-456-deadbeef-4026531836-12345678';
const TOOL = '#!/bin/sh\nprintf "tool %s" "$0"\nfor word; do printf " <%s>" "$word"; done\n';
const SEQX = '#!/bin/sh\nprintf "gated "\nshift\nexec "$@"\n';

const SHELLS = ['dash', 'bash', 'busybox', 'ksh', 'zsh'].filter(name => !lacks(name));

class ShimWorld extends Scratch {
  readonly shims = join(this.root, 'shims');
  readonly real = join(this.root, 'real');
  readonly #sh: string;

  constructor(shell: string) {
    super();
    for (const folder of [this.shims, this.real, join(this.root, 'sh'), join(this.root, 'seqx')]) {
      mkdirSync(folder);
    }
    // By the name sh: bash and zsh then behave as POSIX says, busybox knows what it is to be.
    this.#sh = join(this.root, 'sh', 'sh');
    const found = this.env.PATH?.split(':').find(folder => existsSync(join(folder, shell))) ?? '';
    symlinkSync(join(found, shell), this.#sh);
    this.put(join(this.real, 'tool'), TOOL);
    this.put(join(this.root, 'seqx', 'seqx'), SEQX);
    this.putShim(this.shims, 'tool');
    mkdirSync(join(this.project, '.git'));
    mkdirSync(join(this.project, 'src', 'deep'), { recursive: true });
    this.enter(this.project);
  }

  put(path: string, text: string, mode = 0o755): void {
    writeFileSync(path, text, { mode });
  }

  putShim(folder: string, name: string): void {
    mkdirSync(folder, { recursive: true });
    this.put(join(folder, name), shimScript(this.state, 0).replace('/bin/sh', this.#sh));
  }

  /** A run that holds the gate of the project with this top. */
  enter(root: string, { slot = '0', id = ID } = {}): void {
    const folder = join(this.state, GATE, 'slots', slot);
    mkdirSync(folder, { recursive: true });
    const lead = JSON.stringify({ schema: 'seqx.run/1', root }).slice(0, -1);
    writeFileSync(join(folder, id), `${lead},\n"executable":"x"}`);
  }

  path(...folders: string[]): string {
    return [...folders, join(this.root, 'seqx'), '/usr/bin', '/bin'].join(':');
  }

  /** Calls `tool` as a shell would, by default inside a run. */
  async call(
    words: readonly string[] = [],
    { cwd, env = {} }: { cwd?: string; env?: Record<string, string | undefined> } = {},
  ) {
    const all = { SEQX_RUN: `${GATE}:${ID}`, PATH: this.path(this.shims, this.real), ...env };
    const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const started = this.start('/bin/sh', ['-c', 'exec tool "$@"', 'sh', ...words], {
      ...(cwd === undefined ? {} : { cwd }),
      env: Object.fromEntries(given),
    });
    const { code, signal, stdout, stderr } = await started.ended;
    return { code, signal, stdout, stderr, pid: started.pid };
  }

  /** What it says on stdout; everything else must be as if the tool had been called alone. */
  async said(...call: Parameters<ShimWorld['call']>): Promise<string> {
    const { code, stdout, stderr } = await this.call(...call);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.replaceAll(this.root, '').trim();
  }
}

/** What some shells set or count for themselves, shim or not. */
const BY_SHELLS = /^(_|A__z|LOGNAME|OLDPWD|PATH|SHLVL)=/;
const AT_ONCE = 'tool /real/tool';
const GATED = 'gated tool /real/tool';

describe.each(SHELLS)('a shim in %s', shell => {
  test('becomes the tool at once where the run of SEQX_RUN holds the gate of this directory', async () => {
    await using world = new ShimWorld(shell);
    expect(await world.said()).toBe(AT_ONCE);
    expect(await world.said([], { cwd: join(world.project, 'src', 'deep') })).toBe(AT_ONCE);
    const others = `${'f'.repeat(16)}:${ID},${GATE}:${ID},${GATE}:1-2-3`;
    expect(await world.said([], { env: { SEQX_RUN: others } })).toBe(AT_ONCE);
  });

  test('knows any slot, and SEQX_STATE_DIR or the folder it was written with', async () => {
    await using world = new ShimWorld(shell);
    const id = ID.replace('1234', '9999');
    world.enter(world.project, { slot: '3', id });
    expect(await world.said([], { env: { SEQX_RUN: `${GATE}:${id}` } })).toBe(AT_ONCE);
    expect(await world.said([], { env: { SEQX_STATE_DIR: '' } })).toBe(AT_ONCE);
    expect(await world.said([], { env: { SEQX_STATE_DIR: world.root } })).toBe(GATED);
  });

  test('asks seqx where SEQX_RUN names no run that holds now', async () => {
    await using world = new ShimWorld(shell);
    const stale = `${GATE}:${ID.replace('-123-', '-124-')}`;
    const odd = [
      '',
      ',',
      ':',
      `${GATE}:`,
      `:${ID}`,
      `${GATE}:*`,
      `*:${ID}`,
      `${GATE}/slots/0:${ID}`,
      `x:${GATE}:${ID}`,
    ];
    for (const value of [stale, ...odd, undefined]) {
      expect(await world.said([], { env: { SEQX_RUN: value } }), `SEQX_RUN=${value}`).toBe(GATED);
    }
  });

  test('asks seqx where an entry does not say which project it is of', async () => {
    await using world = new ShimWorld(shell);
    const entry = join(world.state, GATE, 'slots', '0', ID);
    for (const text of ['', '\n', '{"schema":"seqx.run/1"}', `{"root":"${world.project}",\n`, '\0\u0001\n']) {
      writeFileSync(entry, text);
      expect(await world.said(), JSON.stringify(text)).toBe(GATED);
    }
  });

  test('asks seqx for another gate: SEQX_LOCK, SEQX_SCOPE, SEQX_BYPASS', async () => {
    await using world = new ShimWorld(shell);
    for (const env of [
      { SEQX_LOCK: 'deploy' },
      { SEQX_LOCK: '' },
      { SEQX_SCOPE: 'user' },
      { SEQX_BYPASS: '1' },
    ]) {
      expect(await world.said([], { env }), JSON.stringify(env)).toBe(GATED);
    }
    world.put(join(world.root, 'seqx', 'seqx'), '#!/bin/sh\necho "bypass=$SEQX_BYPASS $*"\n');
    expect(await world.said(['x'], { env: { SEQX_BYPASS: '1' } })).toBe('bypass=1 -- /real/tool x');
  });

  test('asks seqx in another project: beside, inside, above', async () => {
    await using world = new ShimWorld(shell);
    const sub = join(world.project, 'sub');
    for (const folder of [join(world.root, 'other'), join(sub, 'deep')])
      mkdirSync(folder, { recursive: true });
    writeFileSync(join(sub, '.git'), 'gitdir: ../.git/modules/sub\n');
    for (const cwd of [join(world.root, 'other'), sub, join(sub, 'deep'), world.root, '/']) {
      expect(await world.said([], { cwd }), cwd).toBe(GATED);
    }
  });

  test('goes by where a directory really is', async () => {
    await using world = new ShimWorld(shell);
    const [into, out] = [join(world.root, 'into'), join(world.project, 'out')];
    symlinkSync(join(world.project, 'src'), into);
    mkdirSync(join(world.root, 'other'));
    symlinkSync(join(world.root, 'other'), out);
    expect(await world.said([], { cwd: into, env: { PWD: into } })).toBe(AT_ONCE);
    expect(await world.said([], { cwd: out, env: { PWD: out } })).toBe(GATED);
  });

  test('without git only the top itself is sure', async () => {
    await using world = new ShimWorld(shell);
    const plain = join(world.root, 'plain');
    mkdirSync(join(plain, 'src'), { recursive: true });
    world.enter(plain);
    expect(await world.said([], { cwd: plain })).toBe(AT_ONCE);
    expect(await world.said([], { cwd: join(plain, 'src') })).toBe(GATED);
  });

  test('knows a worktree by its .git file, unless that leads nowhere', async () => {
    await using world = new ShimWorld(shell);
    const tree = join(world.root, 'tree');
    mkdirSync(join(tree, 'src'), { recursive: true });
    world.enter(tree);
    for (const [pointer, expected] of [
      [join(world.project, '.git'), AT_ONCE],
      ['../web/.git', AT_ONCE],
      ['../web/.git/worktrees/gone', GATED],
    ]) {
      writeFileSync(join(tree, '.git'), `gitdir: ${pointer}\n`);
      expect(await world.said([], { cwd: join(tree, 'src') }), pointer).toBe(expected);
    }
  });

  test.each([
    ['a b', AT_ONCE],
    ["it's $HOME `x` *[?]", AT_ONCE],
    ['größe', AT_ONCE],
    ['back\\slash', GATED],
    ['quo"te', GATED],
    ['line\nbreak', GATED],
  ])('a project called %j', async (name, expected) => {
    await using world = new ShimWorld(shell);
    const project = join(world.root, name);
    mkdirSync(join(project, '.git'), { recursive: true });
    world.enter(project);
    expect(await world.said([], { cwd: project })).toBe(expected);
  });

  test('a project called as the JSON text of another one is not that other one', async () => {
    await using world = new ShimWorld(shell);
    const project = join(world.root, 'line\\nbreak');
    mkdirSync(join(project, '.git'), { recursive: true });
    world.enter(join(world.root, 'line\nbreak'));
    expect(await world.said([], { cwd: project })).toBe(GATED);
  });

  test('hands on every word as it is, its input, its ending and its pid', async () => {
    await using world = new ShimWorld(shell);
    const words = ['a b', '', '*', '-n', '--', 'new\nline\n', '\\n', '$HOME', "'", '"', 'ä'];
    const all = words.map(word => ` <${Buffer.from(word).toString('latin1')}>`).join('');
    for (const [env, lead] of [
      [{}, ''],
      [{ SEQX_RUN: '' }, 'gated '],
    ] as const) {
      const { stdout } = await world.call(words, { env });
      expect(stdout).toBe(`${lead}tool ${world.real}/tool${all}`);
    }
    world.put(join(world.real, 'tool'), '#!/bin/sh\nread -r line\necho "$$ $line"\nexit 7\n');
    for (const env of [{}, { SEQX_RUN: '' }]) {
      const PATH = world.path(world.shims, world.real);
      const started = world.start(join(world.shims, 'tool'), [], {
        env: { SEQX_RUN: `${GATE}:${ID}`, ...env, PATH },
        stdin: 'hello\n',
      });
      const { code, stdout } = await started.ended;
      expect({ code, stdout: stdout.replace('gated ', '') }).toEqual({
        code: 7,
        stdout: `${started.pid} hello\n`,
      });
    }
    world.put(join(world.real, 'tool'), '#!/bin/sh\nkill -TERM $$\n');
    expect((await world.call()).signal).toBe('SIGTERM');
  });

  test('leaves the environment as it was', async () => {
    await using world = new ShimWorld(shell);
    const env = {
      name: 'n',
      dir: 'd',
      IFS: 'x',
      real: 'r',
      file: 'f',
      PWD: world.project,
      OLDPWD: '/',
      SHLVL: '3',
    };
    const variables = async (PATH: string) => {
      const { stdout } = await world.call([], { env: { ...env, PATH } });
      const lines = stdout.split('\0').filter(line => !BY_SHELLS.test(line));
      return lines.sort();
    };
    world.put(join(world.real, 'tool'), '#!/bin/sh\nexec env -0\n');
    // The tool's own sh and the call's shape the environment as well: in both.
    const bare = await variables(world.path(world.real));
    expect(bare.length).toBeGreaterThan(8);
    expect(await variables(world.path(world.shims, world.real))).toEqual(bare);
  });

  test('without seqx it says so in one line; SEQX_REQUIRED=1 refuses', async () => {
    await using world = new ShimWorld(shell);
    const PATH = [world.shims, world.real, '/usr/bin', '/bin'].join(':');
    const { code, stdout, stderr } = await world.call(['x'], { env: { PATH, SEQX_RUN: '' } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `tool ${world.real}/tool <x>` });
    expect(stderr).toBe('seqx: seqx is not on PATH; tool runs without the gate\n');
    const required = await world.call(['x'], { env: { PATH, SEQX_RUN: '', SEQX_REQUIRED: '1' } });
    expect({ code: required.code, stdout: required.stdout }).toEqual({ code: 125, stdout: '' });
    expect(required.stderr).toBe('seqx: tool: seqx is not on PATH, and SEQX_REQUIRED=1: nothing was run\n');
    expect((await world.call([], { env: { PATH, SEQX_REQUIRED: '1' } })).code).toBe(0);
  });
});

describe.each(SHELLS)('the tool behind a shim in %s', shell => {
  test('is the first that PATH has after the shim', async () => {
    await using world = new ShimWorld(shell);
    const second = join(world.root, 'second');
    mkdirSync(join(second, 'tool'), { recursive: true });
    world.put(join(world.root, 'tool'), TOOL, 0o644);
    for (const folders of [
      [world.shims, second, world.root, world.real],
      [world.shims, world.shims, world.real],
      [`${world.shims}/`, world.real],
      [`${world.root}/./real/../shims//`, world.real],
      [world.shims, 'nowhere', '-n', '', '(', world.real],
      [world.shims, world.real, world.shims],
    ]) {
      const PATH = world.path(...folders);
      expect(await world.said([], { env: { PATH } }), PATH).toBe(AT_ONCE);
    }
  });

  test('is found through several folders of shims, in any order and repeated', async () => {
    await using world = new ShimWorld(shell);
    const [a, b, link] = [world.shims, join(world.root, 'more'), join(world.root, 'link')];
    world.putShim(b, 'tool');
    symlinkSync(a, link);
    for (const folders of [
      [a, b],
      [b, a],
      [a, b, a],
      [b, a, b, a],
      [link, b, a],
      [a, link, b, link],
      [a, a, b, b],
    ]) {
      const PATH = world.path(...folders, world.real, ...folders);
      expect(await world.said([], { env: { PATH } }), PATH).toBe(AT_ONCE);
      expect((await world.call([], { env: { PATH: world.path(...folders) } })).code, PATH).toBe(127);
    }
  });

  test('is found from copies and links of the shim in other folders', async () => {
    await using world = new ShimWorld(shell);
    const folders = ['one', 'two', 'three'].map(name => join(world.root, name)) as [string, string, string];
    for (const folder of folders) mkdirSync(folder);
    symlinkSync(join(world.shims, 'tool'), join(folders[0], 'tool'));
    world.putShim(folders[1], 'tool');
    symlinkSync(join(folders[1], 'tool'), join(folders[2], 'tool'));
    const [one, two, three] = folders;
    for (const order of [
      [one],
      [one, world.shims],
      [one, two, one],
      [three, one, two, three, one],
      [two, three, two],
    ]) {
      const PATH = world.path(...order, world.real, ...order);
      expect(await world.said([], { env: { PATH } }), PATH).toBe(AT_ONCE);
      expect((await world.call([], { env: { PATH: world.path(...order) } })).code, PATH).toBe(127);
    }
  });

  test('is found from relative and empty entries of PATH', async () => {
    await using world = new ShimWorld(shell);
    world.putShim(join(world.project, 'bin'), 'tool');
    world.putShim(world.project, 'tool');
    for (const folders of [
      ['bin', world.real],
      ['./bin/', world.real],
      ['', world.real],
      ['.', '', 'bin', world.real],
    ]) {
      const PATH = world.path(...folders);
      expect(await world.said([], { env: { PATH } }), PATH).toBe(AT_ONCE);
    }
    const deep = join(world.project, 'src');
    world.put(join(deep, 'tool'), '#!/bin/sh\necho deep\n');
    const PATH = `${world.path(world.shims)}:`;
    expect(await world.said([], { cwd: deep, env: { PATH } })).toBe('deep');
  });

  test('is found by a shim that is called by its path', async () => {
    await using world = new ShimWorld(shell);
    const env = { SEQX_RUN: `${GATE}:${ID}` };
    const PATH = [world.path(world.real), world.path(world.shims, world.real)];
    for (const path of PATH) {
      for (const file of [join(world.shims, 'tool'), '../shims/tool']) {
        const { code, stdout } = await world.start(file, [], { env: { ...env, PATH: path } }).ended;
        expect({ code, stdout }).toEqual({ code: 0, stdout: `tool ${world.real}/tool` });
      }
    }
  });

  test('that is not there is said as a shell says it', async () => {
    await using world = new ShimWorld(shell);
    const { code, stdout, stderr } = await world.call([], { env: { PATH: world.path(world.shims) } });
    expect({ code, stdout, stderr }).toEqual({
      code: 127,
      stdout: '',
      stderr: 'seqx: tool: command not found\n',
    });
  });
});
