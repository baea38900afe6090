// --settle: after a run the slot is kept until memory is back below the threshold, and no longer than asked.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, ticketCount } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const FLAGS = ['--settle', '--memory-threshold', '30M'];

/** A run that leaves a daemon of 60 MB and exits 3; the daemon lives until the file is there. */
function heavy(scratch: Scratch, ...flags: string[]) {
  const file = join(scratch.root, 'enough');
  const line = `perl ${fixture('heavy-daemon.pl')} 60 ${file}; echo left; exit 3`;
  return { file, run: scratch.seqx([...flags, 'sh', '-c', line]) };
}

test('keeps the slot until memory is back, says so, and ends as the command did', async () => {
  await using scratch = new Scratch();
  const { file, run } = heavy(scratch, ...FLAGS);
  await run.says('left');
  const next = scratch.seqx(['echo', 'next']);
  await ticketCount(scratch, 2);
  await run.says('memory: keeping web until its processes use less than 30.0 MiB again, now 6', 'stderr');
  expect([run.isOver, next.stdout]).toEqual([false, '']);
  writeFileSync(file, '');
  const { code, stderr } = await run.ended;
  expect(code).toBe(3);
  expect(stderr).toMatch(/^seqx: memory: back at 0 B after \S+$/m);
  expect(await next.ended).toMatchObject({ code: 0, stdout: 'next\n' });
  await scratch.settle();
});

test('keeps it no longer than --settle-timeout, and the wait is not counted as the run', async () => {
  await using scratch = new Scratch();
  const { file, run } = heavy(scratch, ...FLAGS, '--settle-timeout', '1200ms');
  const { code, stderr } = await run.ended;
  expect(code).toBe(3);
  expect(stderr).toMatch(/^seqx: memory: still 6\d\.\d MiB after 1\.[23]s; going on$/m);
  const [entry] = (await ask(scratch, ['history', '--json'])).stdout.split('\n');
  expect(JSON.parse(entry ?? '{}').ranMs).toBeLessThan(1_150);
  writeFileSync(file, '');
  await scratch.settle();
});

test('without --settle, below the threshold, or with none, it keeps nothing', async () => {
  await using scratch = new Scratch();
  const { file, run } = heavy(scratch, '--memory-threshold', '30M');
  const before = performance.now();
  expect((await run.ended).stderr).not.toContain('memory: ');
  for (const threshold of ['500M', '0']) {
    const { code, stderr } = await ask(scratch, ['--settle', '--memory-threshold', threshold, 'true']);
    expect([code, stderr]).toEqual([0, '']);
  }
  expect(performance.now() - before).toBeLessThan(15_000);
  writeFileSync(file, '');
  await scratch.settle();
});

test('Ctrl-C ends the wait, not the command’s own ending', async () => {
  await using scratch = new Scratch();
  const { file, run } = heavy(scratch, ...FLAGS);
  await run.says('memory: keeping web', 'stderr');
  run.kill('SIGINT');
  expect(await run.exited).toEqual({ code: 3, signal: null });
  writeFileSync(file, '');
  await scratch.settle();
});

test('a configuration file may ask for it; tools hear of it', async () => {
  await using scratch = new Scratch();
  writeFileSync(join(scratch.project, 'seqx.toml'), 'settle = true\nmemory-threshold = "30M"\n');
  const events = join(scratch.root, 'events');
  const { file, run } = heavy(scratch, '--events', events);
  await run.says('memory: keeping web', 'stderr');
  writeFileSync(file, '');
  await run.ended;
  const seen = await until('the events are there', async () => {
    const { stdout } = await scratch.start('cat', [events]).ended;
    return stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
  });
  const told = seen.filter(({ type }: { type: string }) => type.startsWith('settle'));
  expect(told.map(({ type }: { type: string }) => type)).toEqual(['settle-waited', 'settled']);
  expect(told[1]).toMatchObject({ isBack: true, bytes: 0, limitBytes: 30 * 2 ** 20 });
  await scratch.settle();
});
