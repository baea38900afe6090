// `seqx status` and `seqx queue`: who holds, who waits, for people, scripts and terminals.

import { spawn } from '@lydell/node-pty';
import { expect, test } from 'vitest';
import { ask, hold, killSeqx, letGo, ticketCount } from '../helpers/gate.ts';
import { SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const SECRET = ['--token=hunter2', '--password', 'hunter2'];

/** A holder and two waiters, the last of them with high priority and a secret in its words. */
async function crowd(scratch: Scratch) {
  const holder = await hold(scratch, ['--memory-limit', '1G', '--check-interval', '20ms']);
  const second = scratch.seqx(['echo', 'two words']);
  await ticketCount(scratch, 2);
  const first = scratch.seqx(['--priority', 'high', 'echo', ...SECRET]);
  await ticketCount(scratch, 3);
  const end = async () => {
    await letGo(holder);
    await Promise.all([first.ended, second.ended]);
    await scratch.settle();
  };
  return { holder, first, second, end };
}

test('shows holder, age, memory and the queue in the order in which it will run', async () => {
  await using scratch = new Scratch();
  const { holder, first, second, end } = await crowd(scratch);
  const text = await until('the memory is shown', async () => {
    const { stdout } = await ask(scratch, ['status']);
    return / {2}memory [1-9]/.test(stdout) && stdout;
  });
  expect(text).toMatch(
    new RegExp(
      [
        `^web {2}${scratch.project}`,
        ` {2}running {2}pid ${holder.pid} {2}sh \\S+hold\\.sh {2}for \\S+, since \\d\\d:\\d\\d:\\d\\d {2}\\[[0-9a-f]{8}\\]`,
        ` {11}memory \\S+ \\S+, peak \\S+ \\S+, limit 1\\.0 GiB; 1 process`,
        ` {11}in ${scratch.project}`,
        ` {2}2 runs waiting:`,
        ` {2}1\\. {2}pid ${first.pid} +echo '?--token=\\*\\*\\*'? --password '?\\*\\*\\*'? +waited \\S+ +high +\\[[0-9a-f]{8}\\]`,
        ` {2}2\\. {2}pid ${second.pid} +echo 'two words' +waited \\S+ +\\[[0-9a-f]{8}\\]\n$`,
      ].join('\n'),
    ),
  );
  expect(text).not.toContain('hunter2');
  await end();
});

test('--json holds to its schema', async () => {
  await using scratch = new Scratch();
  const { holder, first, second, end } = await crowd(scratch);
  const report = await until('the watchdog has written', async () => {
    const { stdout } = await ask(scratch, ['status', '--json']);
    expect(stdout.trim()).not.toContain('\n');
    const parsed = JSON.parse(stdout);
    return parsed.running[0].memory && parsed;
  });
  const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const nonce = expect.stringMatching(/^[0-9a-f]{8}$/);
  const number = expect.any(Number);
  expect(report).toEqual({
    schema: 'seqx.status/1',
    at: iso,
    host: expect.any(String),
    gate: {
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: 'web',
      scope: 'repo',
      root: scratch.project,
      folder: `${scratch.state}/${report.gate.id}`,
    },
    running: [
      {
        ticket: nonce,
        pid: holder.pid,
        command: ['sh', expect.stringContaining('hold.sh')],
        cwd: scratch.project,
        heldAt: iso,
        startedAt: iso,
        heldMs: number,
        usualMs: null,
        state: 'running',
        memory: { bytes: number, peakBytes: number, limitBytes: 2 ** 30, processes: 1 },
        suspendedAt: null,
        share: null,
      },
    ],
    queue: [
      waiting(1, first.pid, ['echo', '--token=***', '--password', '***'], 'high'),
      waiting(2, second.pid, ['echo', 'two words'], 'normal'),
    ],
  });
  await end();

  function waiting(position: number, pid: number, command: string[], priority: string) {
    const known = { position, pid, command, priority, state: 'waiting', share: null };
    return { ...known, ticket: nonce, cwd: scratch.project, arrivedAt: iso, waitedMs: number };
  }
});

test.each(['status --plain', 'queue'])('%s prints PID:TIMESTAMP:COMMAND lines', async words => {
  await using scratch = new Scratch();
  const { holder, first, second, end } = await crowd(scratch);
  const { stdout, stderr } = await ask(scratch, words.split(' '));
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map(line => /^(\d+):(\d{10}):(.+)$/.exec(line));
  expect(lines.map(line => Number(line?.[1]))).toEqual([holder.pid, first.pid, second.pid]);
  for (const line of lines) expect(Math.abs(Number(line?.[2]) - Date.now() / 1_000)).toBeLessThan(60);
  expect([lines[2]?.[3], stderr]).toEqual(["echo 'two words'", '']);
  await end();
});

test('an unused gate is empty: a line for people, an object for programs, nothing for scripts', async () => {
  await using scratch = new Scratch();
  expect((await ask(scratch, ['status'])).stdout).toContain('nothing is running');
  const { stdout } = await ask(scratch, ['status', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ running: [], queue: [] });
  expect(await ask(scratch, ['queue'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(scratch.litter()).toEqual([]);
});

test('a run whose seqx and watchdog were killed is shown as dead, and goes with kill-all', async () => {
  await using scratch = new Scratch();
  const holder = scratch.seqx(['sh', '-c', 'echo up; exec sleep 600']);
  await holder.says('up');
  await killSeqx(scratch, holder);
  const { stdout } = await ask(scratch, ['status']);
  expect(stdout).toMatch(
    / {2}dead {2}pid \d+ .*\n(.*\n)* {11}its seqx is gone; the next run ends what is left/,
  );
  expect((await ask(scratch, ['kill-all', '--yes'])).code).toBe(0);
  await scratch.settle();
});

test('a stopped holder is shown as suspended', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  holder.kill('SIGSTOP');
  await until('it is shown', async () =>
    (await ask(scratch, ['status'])).stdout.includes('  suspended  pid'),
  );
  holder.kill('SIGCONT');
  await letGo(holder);
  await scratch.settle();
});

test('--watch refreshes in place on a terminal and gives the screen back', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  let screen = '';
  const [file, ...first] = SEQX_WORDS;
  const watch = spawn(file, [...first, 'status', '--watch'], {
    cwd: scratch.project,
    env: { ...scratch.env, TERM: 'xterm' },
    cols: 100,
    rows: 20,
  });
  watch.onData(text => {
    screen += text;
  });
  const gone = new Promise<number>(resolve => watch.onExit(({ exitCode }) => resolve(exitCode)));
  await until('it shows the holder', () => screen.includes(`pid ${holder.pid}`));
  expect(screen.startsWith('\u001b[?1049h')).toBe(true);
  await letGo(holder);
  await until('it shows that nothing runs', () => screen.includes('nothing is running'));
  watch.write('\u0003');
  expect(await gone).toBe(0);
  expect(screen).toContain('\u001b[?1049l');
  await scratch.settle();
});

test('--watch without a terminal says what to use instead', async () => {
  await using scratch = new Scratch();
  const { code, stderr } = await ask(scratch, ['status', '--watch']);
  expect([code, stderr]).toEqual([125, 'seqx: --watch needs a terminal\n  try: seqx status --json\n']);
});
