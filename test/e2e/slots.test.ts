// A gate with several slots: who runs beside whom, and what the other commands of seqx make of several holders.

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, entryPaths, HOLD, hold, killSeqx, letGo, tickets } from '../helpers/gate.ts';
import { ROOT, SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';

interface Status {
  running: { pid: number; share: { weight: number; expectedBytes: number } | null }[];
  queue: { pid: number; position: number }[];
}

async function sharing(toml = 'slots = 2\nmemory-expected = "1M"\n'): Promise<Scratch> {
  const scratch = new Scratch();
  writeFileSync(join(scratch.project, 'seqx.toml'), toml);
  return scratch;
}

const statusOf = async (scratch: Scratch): Promise<Status> =>
  JSON.parse((await ask(scratch, ['status', '--json'])).stdout) as Status;

const queued = (scratch: Scratch, wanted: number): Promise<true> =>
  until(`${wanted} tickets are there`, () => tickets(scratch.state).length === wanted);

const both = (scratch: Scratch): Promise<Started[]> => Promise.all([hold(scratch), hold(scratch)]);

test('two run side by side, the third waits until one of them ends', async () => {
  await using scratch = await sharing();
  const [first, second] = (await both(scratch)) as [Started, Started];
  const { running } = await statusOf(scratch);
  expect(running.map(({ pid }) => pid).sort()).toEqual([first.pid, second.pid].sort());
  expect(running[0]?.share).toEqual({ weight: 1, expectedBytes: 2 ** 20 });
  const third = scratch.seqx(['echo', 'third']);
  await queued(scratch, 3);
  expect((await statusOf(scratch)).queue).toMatchObject([{ pid: third.pid, position: 1 }]);
  await third.says(/behind pid \d+ .* and 1 more$/m, 'stderr');
  await letGo(second);
  expect(await third.ended).toMatchObject({ code: 0, stdout: 'third\n' });
  expect(first.isOver).toBe(false);
  await letGo(first);
  await scratch.settle();
});

test.each([
  ['--exclusive', ['--exclusive'], {}],
  ['a variable', [], { SEQX_EXCLUSIVE: '1' }],
  ['fewer slots', ['--slots', '1'], {}],
])('%s asks for all of it: nobody runs beside such a run', async (_what, flags, env) => {
  await using scratch = await sharing();
  const shared = await hold(scratch);
  const alone = scratch.seqx([...flags, '--', ...HOLD], { stdin: 'open', env });
  await queued(scratch, 2);
  await letGo(shared);
  await alone.says('up');
  expect(entryPaths(scratch.state)).toHaveLength(1);
  expect(await ask(scratch, ['--no-wait', 'true'])).toMatchObject({ code: 75 });
  await letGo(alone);
  await scratch.settle();
});

test('a rule makes what it matches exclusive, and a flag is stronger than the rule', async () => {
  const rule = '[[rules]]\nmatch = "*hold.sh*"\nexclusive = true\n';
  await using scratch = await sharing(`slots = 2\nmemory-expected = "1M"\n${rule}`);
  const migration = await hold(scratch);
  expect(await ask(scratch, ['--no-wait', 'true'])).toMatchObject({ code: 75 });
  await letGo(migration);
  const shared = await hold(scratch, ['--exclusive=no']);
  expect(await ask(scratch, ['--no-wait', 'true'])).toMatchObject({ code: 0 });
  await letGo(shared);
  await scratch.settle();
});

test('a rule in package.json says how many slots a run counts for', async () => {
  await using scratch = new Scratch();
  const seqx = { slots: 3, 'memory-expected': '1M', rules: [{ match: 'sh *hold.sh', weight: 2 }] };
  writeFileSync(join(scratch.project, 'package.json'), JSON.stringify({ name: 'web', seqx }));
  const heavy = await hold(scratch);
  expect(await ask(scratch, ['--no-wait', ...HOLD])).toMatchObject({ code: 75 });
  expect(await ask(scratch, ['--no-wait', 'true'])).toMatchObject({ code: 0 });
  await letGo(heavy);
  await scratch.settle();
});

test('the old names open slots, and doctor shows where they came from', async () => {
  await using scratch = new Scratch();
  const env = { SAFE_PARALLEL: 'true', CONCURRENCY_LIMIT: '3', MEMORY_THRESHOLD: '1024' };
  const { stdout } = await ask(scratch, ['doctor', '--json'], { env });
  const settings = (JSON.parse(stdout) as { settings: { name: string }[] }).settings;
  expect(settings).toContainEqual({ name: 'slots', value: 3, origin: 'CONCURRENCY_LIMIT' });
  expect(settings).toContainEqual({ name: 'memory-threshold', value: 2 ** 30, origin: 'MEMORY_THRESHOLD' });
  const holders = [await hold(scratch, ['--memory-expected=1M'], { env })];
  holders.push(await hold(scratch, ['--memory-expected=1M'], { env: { SAFE_PARALLEL: '1' } }));
  expect(entryPaths(scratch.state)).toHaveLength(2);
  for (const holder of holders) await letGo(holder);
  await scratch.settle();
});

test('a call inside any of the holders passes through', async () => {
  await using scratch = await sharing();
  const first = await hold(scratch);
  const nested = `"$@" echo nested; cat`;
  const second = scratch.seqx(['sh', '-c', nested, 'sh', ...SEQX_WORDS], { stdin: 'open' });
  await second.says('nested');
  await letGo(second);
  await letGo(first);
  await scratch.settle();
});

test('an exclusive call inside a run that shares is refused, and runs inside an exclusive one', async () => {
  await using scratch = await sharing();
  const words = [...SEQX_WORDS, '--exclusive', 'echo', 'nested'];
  const refused = await ask(scratch, words);
  expect(refused).toMatchObject({ code: 125, stdout: '' });
  expect(refused.stderr).toMatch(
    /^seqx: an exclusive run was asked for inside the run of pid \d+, which shares web/,
  );
  expect(refused.stderr).toContain('  try: seqx --exclusive');
  expect(await ask(scratch, ['--exclusive', ...words])).toMatchObject({ code: 0, stdout: 'nested\n' });
  await scratch.settle();
});

test('a call that asks for more slots than the file has runs nothing, and names the file', async () => {
  await using scratch = await sharing('slots = 2\n');
  const { code, stderr } = await ask(scratch, ['--slots', '3', 'sh', '-c', 'echo >ran']);
  expect(code).toBe(125);
  expect(stderr).toContain(`--slots asks for 3 slots, but slots in ${scratch.project}/seqx.toml is 2`);
  expect(existsSync(join(scratch.project, 'ran'))).toBe(false);
});

test('wrapper and watchdog of one holder die: its orphans are ended before anybody new comes, the others run on', async () => {
  await using scratch = await sharing('slots = 3\nmemory-expected = "1M"\n');
  const lock = join(scratch.project, 'orphan.lock');
  const doomed = scratch.seqx(['flock', lock, ...HOLD], { stdin: 'open' });
  await doomed.says('up');
  await killSeqx(scratch, doomed);
  const second = await hold(scratch);
  const locked = await ask(scratch, ['flock', '-n', lock, 'echo', 'free']);
  expect(locked).toMatchObject({ code: 0, stdout: 'free\n' });
  expect(second.stderr).toContain('removed a stale lock');
  expect(second.isOver).toBe(false);
  await letGo(second);
  await scratch.settle();
});

test('cancel ends one holder of several, kill-all all of them', async () => {
  await using scratch = await sharing();
  const [first, second] = (await both(scratch)) as [Started, Started];
  expect(await ask(scratch, ['cancel', String(first.pid)])).toMatchObject({ code: 0 });
  await first.ended;
  expect(entryPaths(scratch.state)).toHaveLength(1);
  const third = await hold(scratch);
  const waiter = scratch.seqx(['true']);
  await queued(scratch, 3);
  expect(await ask(scratch, ['kill-all', '--yes'])).toMatchObject({ code: 0 });
  await Promise.all([second, third, waiter].map(({ ended }) => ended));
  await scratch.settle();
});

test('one whose entry is removed is ended, the other goes on', async () => {
  await using scratch = await sharing();
  const first = await hold(scratch);
  const [path = ''] = entryPaths(scratch.state);
  const second = await hold(scratch);
  rmSync(path);
  expect(await first.ended).toMatchObject({ code: 75 });
  expect(first.stderr).toContain('LOST THE LOCK of web');
  expect(second.isOver).toBe(false);
  await letGo(second);
  await scratch.settle();
});

test('hold and withGate share the gate as runs do', async () => {
  await using scratch = await sharing();
  const owner = scratch.start('sh', ['-c', '"$@" >token && echo held && cat', 'sh', ...SEQX_WORDS, 'hold'], {
    stdin: 'open',
  });
  await owner.says('held');
  const program = `import { withGate } from ${JSON.stringify(join(ROOT, 'dist', 'index.js'))};
    await withGate({}, async () => { console.log('inside'); for await (const _ of process.stdin); });`;
  const leaser = scratch.start(process.execPath, ['--input-type=module', '-e', program], { stdin: 'open' });
  await leaser.says('inside');
  expect(entryPaths(scratch.state)).toHaveLength(2);
  const { running } = await statusOf(scratch);
  expect(running.every(({ share }) => share !== null)).toBe(true);
  expect(await ask(scratch, ['--no-wait', 'true'])).toMatchObject({ code: 75 });
  await letGo(leaser);
  expect(await ask(scratch, ['--no-wait', 'true'])).toMatchObject({ code: 0 });
  await letGo(owner);
  await scratch.settle();
});

test('two calls of one process come in at once: the second is not left waiting for its next look', async () => {
  await using scratch = await sharing();
  const program = `import { run } from ${JSON.stringify(join(ROOT, 'dist', 'index.js'))};
    const waits = [];
    const onEvent = event => event.type === 'acquired' && waits.push(event.waitedMs);
    for (let round = 0; round < 3; round++) {
      await Promise.all([1, 2].map(() => run(['sleep', '0.5'], { onEvent })));
    }
    console.log(JSON.stringify(waits));`;
  const { stdout } = await scratch.start(process.execPath, ['--input-type=module', '-e', program]).ended;
  const waits: number[] = JSON.parse(stdout);
  // It was a whole second for each second one, or until the first one had ended.
  expect(Math.min(...waits.filter((_wait, index) => index % 2 === 1))).toBeLessThan(400);
  await scratch.settle();
});

test('an empty slot that a crash has left is in nobody’s way', async () => {
  await using scratch = await sharing();
  await ask(scratch, ['true']);
  const [gate = ''] = readdirSync(scratch.state);
  for (const slot of ['0', '1', '7']) mkdirSync(join(scratch.state, gate, 'slots', slot));
  const [first, second] = (await both(scratch)) as [Started, Started];
  await letGo(first);
  await letGo(second);
  await scratch.settle();
});
