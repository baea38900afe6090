// The library as another program uses it: dist/index.js, in processes of their own.

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ask, hold, isWell, letGo, ticketCount, watchdogPid } from '../helpers/gate.ts';
import { fixture, LIBRARY, ROOT, SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch, type StartOptions } from '../helpers/scratch.ts';

const program = (scratch: Scratch, script: string, options?: StartOptions) =>
  scratch.start(process.execPath, [fixture('library.js'), LIBRARY, script], options);

test('run gives the ending as data, and the command our streams', async () => {
  await using scratch = new Scratch();
  const { code, stdout } = await program(
    scratch,
    `const result = await seqx.run(['sh', '-c', 'echo out; exit 7']);
     say({ outcome: result.outcome, exitCode: result.exitCode, isCounted: result.ranMs > 0 });`,
  ).ended;
  expect(code).toBe(0);
  expect(stdout).toBe('out\n{"outcome":{"kind":"exited","code":7},"exitCode":7,"isCounted":true}\n');
  await scratch.settle();
});

test('an AbortSignal ends the wait: nothing is run, no ticket stays', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const waiter = program(
    scratch,
    `const stop = new AbortController();
     const onEvent = ({ type }) => type === 'position' && stop.abort();
     const { outcome, exitCode } = await seqx.run(['echo', 'ran'], { signal: stop.signal, onEvent });
     say({ outcome, exitCode });`,
  );
  const { stdout } = await waiter.ended;
  expect(stdout).toBe('{"outcome":{"kind":"not-run","reason":"cancelled"},"exitCode":75}\n');
  await ticketCount(scratch, 1);
  await letGo(holder);
  await scratch.settle();
});

test('an AbortSignal ends the command with its whole tree', async () => {
  await using scratch = new Scratch();
  const run = program(
    scratch,
    `const stop = new AbortController();
     process.stdin.on('data', () => stop.abort());
     const settings = { killGrace: 300 };
     const { outcome } = await seqx.run(['sh', '${fixture('scatter.sh')}'], { signal: stop.signal, settings });
     say(outcome);
     process.exit();`,
    { stdin: 'open' },
  );
  await run.says('up');
  run.child.stdin?.write('stop\n');
  const { stdout } = await run.ended;
  expect(stdout).toMatch(/^up \d+\n\{"kind":"ended","by":"aborted"/);
  await scratch.settle();
});

test('two withGate side by side in one process exclude each other', async () => {
  await using scratch = new Scratch();
  const { stdout } = await program(
    scratch,
    `const work = name => seqx.withGate({}, async () => {
       say('in ' + name);
       await new Promise(resolve => setTimeout(resolve, 50));
       say('out ' + name);
       return name;
     });
     say(await Promise.all([work('a'), work('b'), work('c')]));`,
  ).ended;
  const lines = stdout.trimEnd().split('\n');
  expect(lines.at(-1)).toBe('["a","b","c"]');
  for (let at = 0; at < 6; at += 2) expect(lines[at + 1]).toBe(lines[at]?.replace('in', 'out'));
  await scratch.settle();
});

test('inside withGate, run and the command line pass straight through', async () => {
  await using scratch = new Scratch();
  const { code, stdout } = await program(
    scratch,
    `const { execFileSync } = await import('node:child_process');
     await seqx.withGate({}, async lease => {
       await seqx.run(['echo', 'run']);
       const [file, ...first] = ${JSON.stringify(SEQX_WORDS)};
       const words = [...first, '--no-wait', 'echo', 'line'];
       say(execFileSync(file, words, { env: lease.env }).toString().trim());
       say(await seqx.withGate({}, () => 'nested'));
     });`,
  ).ended;
  expect([code, stdout]).toEqual([0, 'run\nline\nnested\n']);
  await scratch.settle();
});

test('withGate gives the gate back when the work throws, and throws what it threw', async () => {
  await using scratch = new Scratch();
  const { stdout } = await program(
    scratch,
    `await seqx.withGate({}, () => { throw new Error('boom'); }).catch(error => say(error.message));
     say(await seqx.withGate({ settings: { wait: 0 } }, () => 'free again'));`,
  ).ended;
  expect(stdout).toBe('boom\nfree again\n');
  await scratch.settle();
});

test('withGate says why it was not taken, with a code', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const { stdout } = await program(
    scratch,
    `await seqx.withGate({ settings: { wait: 0 } }, () => say('worked'))
       .catch(error => say([error.code, error.exit, error instanceof seqx.SeqxError, error.message]));`,
  ).ended;
  const message = 'the gate of web was not taken (busy); the work was not started';
  expect(JSON.parse(stdout)).toEqual(['SEQX_GATE_BUSY', 75, true, message]);
  await letGo(holder);
});

test('lease.signal aborts when the slot is lost', async () => {
  await using scratch = new Scratch();
  const holder = program(
    scratch,
    `await seqx.withGate({}, async ({ signal }) => {
       say('up');
       await new Promise(resolve => signal.addEventListener('abort', resolve));
       say(signal.reason.message);
     });`,
  );
  await holder.says('up');
  rmSync(scratch.state, { recursive: true });
  expect((await holder.ended).stdout).toBe('up\nthe slot of this gate was lost\n');
});

test('a process killed inside withGate frees the gate, and its children are ended', async () => {
  await using scratch = new Scratch();
  const holder = program(
    scratch,
    `const { spawn } = await import('node:child_process');
     await seqx.withGate({ label: ['my', 'work'] }, async lease => {
       const child = spawn('setsid', ['sleep', '600'], { env: lease.env, stdio: 'ignore', detached: true });
       child.on('spawn', () => say('up ' + child.pid));
       await new Promise(resolve => setTimeout(resolve, 600_000));
     });`,
  );
  await holder.says(/up \d+/);
  const child = Number(/up (\d+)/.exec(holder.stdout)?.[1]);
  const { running } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
  expect(running[0].command).toEqual(['my', 'work']);
  await watchdogPid(scratch);
  holder.kill('SIGKILL');
  expect(await ask(scratch, ['echo', 'next'])).toMatchObject({ code: 0, stdout: 'next\n' });
  expect(isWell(child)).toBe(false);
  await scratch.settle();
});

test('status, killAll and history answer as objects', async () => {
  await using scratch = new Scratch();
  const holder = await hold(scratch);
  const { stdout } = await program(
    scratch,
    `say((await seqx.status()).running.map(({ pid }) => pid));
     say((await seqx.killAll({ dryRun: true })).ended);
     say((await seqx.killAll()).ended);
     say((await seqx.status()).running.length);`,
  ).ended;
  expect(stdout).toBe(`[${holder.pid}]\n0\n1\n0\n`);
  await holder.ended;
  const list = await program(scratch, 'say(await seqx.history({ last: 1 }));').ended;
  expect(JSON.parse(list.stdout)).toMatchObject([{ schema: 'seqx.history/1', signal: 'SIGTERM' }]);
  await scratch.settle();
});

test('the types compile in a program that uses them', async () => {
  await using scratch = new Scratch();
  const { project } = scratch;
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
  symlinkSync(ROOT, join(project, 'node_modules', 'seqx-gate'));
  symlinkSync(join(ROOT, 'node_modules', '@types', 'node'), join(project, 'node_modules', '@types', 'node'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  const good = `import { history, killAll, memoryBreaker, run, safeParallel, SeqxError, status, withGate } from 'seqx-gate';
    const { exitCode, outcome } = await run(['make'], { settings: { wait: 5_000, scope: 'user' } });
    const name: string = await withGate({ label: ['x'] }, async lease => lease.ticket + lease.signal.aborted);
    const pids: number[] = (await status()).running.map(({ pid }) => pid);
    const count: number = (await killAll({ dryRun: true })).ended + (await history({ last: 3 })).length;
    using breaker = memoryBreaker({ onTrip: ({ memory }) => console.log(memory.usedBytes) });
    const [one, two] = await safeParallel([() => 1, async () => 'a'], { signal: breaker.signal });
    if (one.status === 'fulfilled' && two.ending === 'completed') console.log(one.value + two.value.length);
    const rows: PromiseSettledResult<number>[] = await safeParallel(new Set([() => 1]));
    const tasks = pids.map(pid => ({ index }: { index: number }) => pid + index + rows.length);
    for (const row of await safeParallel(tasks)) console.log(row.durationMs.toFixed());
    if (outcome.kind === 'not-run') console.log(outcome.reason, exitCode, name, pids, count, SeqxError.name);\n`;
  const compile = async (text: string) => {
    writeFileSync(join(project, 'consumer.ts'), text);
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    return execa(tsc, [...flags, '--ignoreConfig', 'consumer.ts'], { cwd: project, reject: false });
  };
  expect((await compile(good)).stdout).toBe('');
  expect((await compile(good.replace("'user'", "'world'"))).stdout).toContain('is not assignable to type');
});

test.each([
  ['seqx.waitForRoom({})', 'belowBytes is undefined; it takes bytes above 0'],
  [
    'seqx.waitForRoom({ belowBytes: 1, timeoutMs: NaN })',
    'timeoutMs is NaN; it takes milliseconds from 0 up',
  ],
  ['seqx.status({ settings: { weight: 0 } })', 'settings.weight is 0; it takes a whole number from 1 to 64'],
  [
    "seqx.status({ settings: { priority: 'top' } })",
    'settings.priority is "top"; it takes one of low, normal, high',
  ],
  ['seqx.plan()', 'the task is undefined, and no text'],
  ['seqx.delegate(5)', 'the task is number, and no text'],
])('%s is refused in words', async (call, message) => {
  await using scratch = new Scratch();
  const { stdout } = await program(scratch, `await ${call}.catch(error => say([error.name, error.message]))`)
    .ended;
  expect(JSON.parse(stdout)).toEqual(['SeqxError', message]);
});
