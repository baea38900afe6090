// --events: everything that happens, as NDJSON in a file that many runs may share or on a descriptor that the
// command never sees; and nothing that goes wrong with it is felt by the run.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacks } from '../helpers/capability.ts';
import { ask, hold, letGo } from '../helpers/gate.ts';
import { fixture, LIBRARY } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import type { Ended } from '../helpers/started.ts';

interface Line {
  readonly schema: string;
  readonly at: string;
  readonly ticket?: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

const lacksTimeout = lacks('timeout');

const parse = (text: string): Line[] =>
  text.split('\n').flatMap(line => (line === '' ? [] : JSON.parse(line)));
const typesOf = (text: string): string[] => parse(text).map(({ type }) => type);
const read = (path: string): string => readFileSync(path, 'utf8');

/** A line of shell in which `seqx` is ours. */
const shell = (scratch: Scratch, line: string, env: Record<string, string> = {}): Promise<Ended> =>
  scratch.start('sh', ['-c', line], { env: { ...seqxOnPath(scratch), ...env } }).ended;

const PLAIN_RUN = ['gate-opened', 'queued', 'acquired', 'started', 'ended'];

describe('a file', () => {
  test('gets every step of a run, each with its ticket, and is readable by its owner alone', async () => {
    await using scratch = new Scratch();
    const path = join(scratch.root, 'events.ndjson');
    const holder = await hold(scratch);
    const waiter = scratch.seqx(['--verbose', '--events', path, 'sh', '-c', 'exit 3']);
    await waiter.says('waiting for web', 'stderr');
    await letGo(holder);
    expect((await waiter.ended).code).toBe(3);
    const lines = parse(read(path));
    const types = lines.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);
    expect(types).toEqual(['gate-opened', 'queued', 'position', 'acquired', 'started', 'ended']);
    expect(new Set(lines.slice(1).map(({ ticket }) => ticket)).size).toBe(1);
    for (const { schema, at } of lines) {
      expect([schema, new Date(at).toISOString()]).toEqual(['seqx.event/1', at]);
    }
    expect(lines.at(-1)).toMatchObject({ outcome: { kind: 'exited', code: 3 } });
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  test('is appended to, and lies where the command runs if its path is relative', async () => {
    await using scratch = new Scratch();
    const folder = join(scratch.project, 'sub');
    mkdirSync(folder);
    writeFileSync(join(folder, 'e'), 'mine\n');
    expect((await ask(scratch, ['--cwd', 'sub', '--events=e', 'true'])).code).toBe(0);
    const [first, ...rest] = read(join(folder, 'e')).split('\n');
    expect(first).toBe('mine');
    expect(typesOf(rest.join('\n'))).toEqual(PLAIN_RUN);
  });

  test('is shared by many runs without a torn line', async () => {
    await using scratch = new Scratch();
    const env = { SEQX_EVENTS: join(scratch.root, 'all') };
    const runs = Array.from({ length: 8 }, (_unused, index) =>
      ask(scratch, ['echo', `run ${index}`], { env }),
    );
    for (const { code } of await Promise.all(runs)) expect(code).toBe(0);
    const lines = parse(read(env.SEQX_EVENTS));
    const tickets = new Set(lines.flatMap(({ ticket }) => ticket ?? []));
    expect(tickets.size).toBe(8);
    for (const ticket of tickets) {
      const own = lines.filter(line => line.ticket === ticket && line.type !== 'position');
      expect(own.map(({ type }) => type)).toEqual(PLAIN_RUN.slice(1));
    }
    // One at a time: nobody acquires between another's acquired and ended.
    const turns = lines
      .filter(({ type }) => type === 'started' || type === 'ended')
      .map(({ ticket }) => ticket);
    for (let index = 0; index < turns.length; index += 2) expect(turns[index]).toBe(turns[index + 1]);
  });

  test('gets nested runs as well, by their own tickets', async () => {
    await using scratch = new Scratch();
    const path = join(scratch.root, 'e');
    const { code } = await shell(scratch, `seqx --events ${path} sh -c 'SEQX_EVENTS=${path} seqx true'`);
    expect(code).toBe(0);
    const nested = parse(read(path)).find(({ type }) => type === 'passed-through')?.ticket;
    const own = parse(read(path)).filter(({ ticket }) => ticket === nested);
    expect(own.map(({ type }) => type)).toEqual(['passed-through', 'started', 'ended']);
  });

  test('may be named in seqx.toml', async () => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'seqx.toml'), 'events = "e"\n');
    await ask(scratch, ['true']);
    expect(typesOf(read(join(scratch.project, 'e')))).toEqual(PLAIN_RUN);
  });

  test('tells of a run that seqx itself failed in', async () => {
    await using scratch = new Scratch();
    const env = { SEQX_STATE_DIR: '/proc/nowhere' };
    expect((await ask(scratch, ['--events', 'e', 'true'], { env })).code).toBe(125);
    const lines = parse(read(join(scratch.project, 'e')));
    expect(lines.map(({ type }) => type)).toEqual(['gate-opened', 'failed']);
    expect(lines[1]).toMatchObject({ code: 'SEQX_STATE_UNUSABLE' });
  });

  test('keeps the secrets of command lines', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch, []);
    const runs = [
      ask(scratch, ['--events', 'e', '--no-wait', 'echo', '--token=hunter2']),
      ask(scratch, ['--events', 'e', '--no-wait', 'env', 'PASSWORD=hunter2']),
    ];
    await Promise.all(runs);
    expect(read(join(scratch.project, 'e'))).not.toContain('hunter2');
    await letGo(holder);
  });
});

describe('a descriptor', () => {
  test('gets the lines; the command gets every other one', async () => {
    await using scratch = new Scratch();
    const { code, stdout } = await shell(
      scratch,
      `seqx --events fd:3 sh -c 'echo 4 is here >&4; (: >&3) 2>/dev/null || echo 3 is not' 3>e 4>&1`,
    );
    expect([code, stdout]).toEqual([0, '4 is here\n3 is not\n']);
    expect(typesOf(read(join(scratch.project, 'e')))).toEqual(PLAIN_RUN);
  });

  test('ends with seqx, though a daemon of the command lives on', async () => {
    await using scratch = new Scratch();
    const { code, stdout } = await shell(
      scratch,
      `seqx --events fd:3 --leftovers leave ${fixture('daemon.pl')} 3>&1 >/dev/null 2>&1 | cat; echo end`,
    );
    expect(code).toBe(0);
    const [events, end] = [stdout.split('\n').slice(0, -2).join('\n'), stdout.split('\n').at(-2)];
    expect(typesOf(events)).toContain('ended');
    expect(end).toBe('end');
  });

  test('may be stdout', async () => {
    await using scratch = new Scratch();
    expect(typesOf((await ask(scratch, ['--events', 'fd:1', 'true'])).stdout)).toEqual(PLAIN_RUN);
  });

  test('that is a file keeps its place among what others write there', async () => {
    await using scratch = new Scratch();
    await shell(scratch, 'seqx --events fd:1 echo mine >out; echo after >>out');
    const lines = read(join(scratch.project, 'out')).split('\n');
    expect(lines).toHaveLength(PLAIN_RUN.length + 3);
    expect(lines.slice(-2, -1)).toEqual(['after']);
    expect(lines).toContain('mine');
  });

  test('is not looked for further in: a nested seqx is silent', async () => {
    await using scratch = new Scratch();
    const { stdout, stderr } = await shell(
      scratch,
      `SEQX_EVENTS=fd:3 seqx sh -c 'exec 3>inner; seqx echo nested' 3>outer`,
    );
    expect([stdout, stderr]).toEqual(['nested\n', '']);
    expect(typesOf(read(join(scratch.project, 'outer')))).toEqual(PLAIN_RUN);
    expect(read(join(scratch.project, 'inner'))).toBe('');
  });

  test.skipIf(lacks('make'))('that is make’s jobserver is not written to', async () => {
    await using scratch = new Scratch();
    const makefile = [
      'all: a b',
      'a b: ; +@fd=$$(echo "$$MAKEFLAGS" | sed -n "s/.*--jobserver-auth=[0-9]*,\\([0-9]*\\).*/\\1/p"); \\',
      '  SEQX_EVENTS=fd:$${fd:-9} seqx echo $@',
      '',
    ];
    writeFileSync(join(scratch.project, 'Makefile'), makefile.join('\n'));
    const { code, stdout, stderr } = await shell(
      scratch,
      'make -s -j2 --jobserver-style=pipe || make -s -j2',
    );
    expect([code, stdout.split('\n').sort().join('')]).toEqual([0, 'ab']);
    // make counts its tokens at the end, and says so when there are too many.
    expect(stderr).not.toMatch(/INTERNAL|tokens/);
    expect(stderr.match(/events are not written any further/g)).toHaveLength(2);
  });
});

describe('telemetry never fails a run', () => {
  test.each([
    ['a folder that is not there', 'seqx --events /no/such/folder/e echo ran'],
    ['a folder', 'seqx --events / echo ran'],
    ['a full disk', 'seqx --events /dev/full echo ran'],
    ['a FIFO that nobody reads', 'mkfifo fifo; seqx --events fifo echo ran'],
    ['a descriptor that is not open', 'seqx --events fd:7 echo ran'],
    ['a descriptor that is open for reading', 'seqx --events fd:7 echo ran 7</dev/null'],
    ['a reader that has gone', '{ sleep 0.2; seqx --events fd:7 echo ran 7>&1 >&6 | :; } 6>&1'],
  ])('%s is one line on stderr', async (_what, line) => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await shell(scratch, line);
    expect([code, stdout]).toEqual([0, 'ran\n']);
    expect(stderr).toMatch(/^seqx: events are not written any further \(.+\); going on without them\n$/);
    await scratch.settle();
  });

  test('a descriptor of Node’s own is not written to', async () => {
    await using scratch = new Scratch();
    // Nothing but the three streams is open here: 3 is Node's, 9 nobody's or Node's.
    const runs = ['fd:3', 'fd:9'].map(events => ask(scratch, ['--events', events, 'echo', 'ran']));
    for (const { code, stdout, stderr } of await Promise.all(runs)) {
      expect([code, stdout]).toEqual([0, 'ran\n']);
      expect(stderr).toContain('it was not opened for seqx');
    }
  });

  test.skipIf(lacksTimeout)('a pipe that is full holds nobody up', async () => {
    await using scratch = new Scratch();
    const fill = 'timeout 0.3 cat /dev/zero >&3';
    const line = `{ ${fill}; seqx --events fd:3 echo ran >&4; echo "exit $?" >&4; } 3>&1 | { cat <&5 >/dev/null; :; }`;
    // The reader waits for descriptor 5, our stdin, and reads nothing.
    const run = scratch.start('sh', ['-c', `{ ${line}; } 4>&1 5<&0`], {
      env: seqxOnPath(scratch),
      stdin: 'open',
    });
    await run.says('exit 0');
    run.child.stdin?.end();
    expect(run.stdout).toBe('ran\nexit 0\n');
    expect((await run.ended).stderr).toContain('(descriptor 3: nobody reads it)');
  });

  test.skipIf(lacksTimeout)('a socket that is full holds nobody up', async () => {
    await using scratch = new Scratch();
    const line = 'timeout 0.3 cat /dev/zero >&3; exec seqx --events fd:3 echo ran';
    // Node's own pipes between parent and child are sockets.
    const child = spawn('sh', ['-c', line], {
      cwd: scratch.project,
      env: { ...scratch.env, ...seqxOnPath(scratch) },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', chunk => {
      stderr += chunk;
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(stderr).toContain('(descriptor 3: nobody reads it)');
    child.stdio[3]?.destroy();
    await scratch.settle();
  });
});

describe('what is malformed', () => {
  test.each(['fd:x', 'fd:0', 'fd:', ''])('--events %j is refused, and nothing is run', async text => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await ask(scratch, ['--events', text, 'echo', 'ran']);
    expect([code, stdout]).toEqual([125, '']);
    expect(stderr).toContain(`--events is ${JSON.stringify(text)}; it takes a file, or fd:N`);
  });

  test('is refused from a program as well, which may name a file', async () => {
    await using scratch = new Scratch();
    const script = `
      const malformed = await seqx.run(['true'], { settings: { events: 'fd:x' } }).catch(error => error.code);
      const { exitCode } = await seqx.run(['true'], { settings: { events: 'e' } });
      await seqx.withGate({ settings: { events: 'lease' } }, () => {});
      say({ malformed, exitCode });`;
    const run = scratch.start(process.execPath, [fixture('library.js'), LIBRARY, script]);
    expect((await run.ended).stdout).toBe('{"malformed":"SEQX_SETTING_INVALID","exitCode":0}\n');
    expect(typesOf(read(join(scratch.project, 'e')))).toEqual(PLAIN_RUN);
    expect(typesOf(read(join(scratch.project, 'lease')))).toEqual(['queued', 'acquired']);
  });
});
