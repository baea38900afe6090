// Memory decides who runs beside whom: what each is expected to need is promised to it, and no burst of arrivals
// gets more than there is.

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ask, entryPaths, letGo } from '../helpers/gate.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';

const MIB = 2 ** 20;
const EAT = ['perl', fixture('eat-memory.pl')];
const PAGE_BYTES = 4_096;

/** A run that takes so many MB and keeps them until its stdin ends. */
async function eats(scratch: Scratch, mib: number, flags: readonly string[]): Promise<Started> {
  const run = scratch.seqx([...flags, ...EAT, String(mib)], { stdin: 'open' });
  await run.says('holds');
  return run;
}

/** Waits until the record of a run says so. */
const isKnownToUse = (scratch: Scratch, { pid }: Started, mib: number): Promise<true> =>
  until(`the record of ${pid} says ${mib} MiB`, () => {
    const path = entryPaths(scratch.state).find(name => name.includes(`-${pid}-`));
    const record = path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8'));
    return (record.memory?.bytes ?? 0) >= mib * MIB;
  });

/** Commands that are there now, and what they use. */
function residents(scratch: Scratch): { count: number; bytes: number } {
  const eaters = scratch
    .processes()
    .filter(({ words }) => words.some(word => word.endsWith('eat-memory.pl')));
  const own = eaters.filter(({ words }) => words[0] === 'perl');
  const bytes = own.reduce((sum, { pid }) => sum + residentBytes(pid), 0);
  return { count: own.length, bytes };
}

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

test('of twenty that come at once, never more are resident than memory for three allows', async () => {
  await using scratch = new Scratch();
  const flags = ['--slots', '20', '--memory-expected', '64M', '--memory-threshold', '200M'];
  const words = [...flags, 'sh', '-c', `sleep 0.3 | exec perl "$@"`, 'sh', fixture('eat-memory.pl'), '50'];
  const runs = Array.from({ length: 20 }, () => scratch.seqx(words));
  let most = { count: 0, bytes: 0 };
  let holders = 0;
  while (runs.some(({ isOver }) => !isOver)) {
    const now = residents(scratch);
    most = { count: Math.max(most.count, now.count), bytes: Math.max(most.bytes, now.bytes) };
    holders = Math.max(holders, entryPaths(scratch.state).length);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  const ends = await Promise.all(runs.map(({ ended }) => ended));
  expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0));
  expect(most.count).toBe(3);
  expect(holders).toBe(3);
  expect(most.bytes).toBeLessThanOrEqual(200 * MIB);
  await scratch.settle();
}, 120_000);

test('beside one that grew over the threshold nobody starts; once it has shrunk, others start again', async () => {
  await using scratch = new Scratch();
  const flags = ['--slots', '3', '--memory-threshold', '200M', '--check-interval', '50ms'];
  const big = await eats(scratch, 250, [...flags, '--memory-expected', '50M']);
  await isKnownToUse(scratch, big, 250);
  const waiter = scratch.seqx([...flags, '--memory-expected', '20M', 'echo', 'ran']);
  await waiter.says('waiting for memory: needs 20.0 MiB, 0 B free (1 of 3 slots taken); pid', 'stderr');
  expect(waiter.stderr).toContain(
    'seqx: memory: needs 20.0 MiB, 0 B free; runs of web go one at a time until there is room\n',
  );
  const behind = scratch.seqx([...flags, '--memory-expected', '1M', 'echo', 'behind']);
  expect(await ask(scratch, [...flags, '--no-wait', '--memory-expected', '1M', 'true'])).toMatchObject({
    code: 75,
  });
  big.child.stdin?.write('free\n');
  expect((await waiter.ended).stdout).toBe('ran\n');
  expect((await behind.ended).stdout).toBe('behind\n');
  expect(waiter.stderr.match(/one at a time/g)).toHaveLength(1);
  expect(big.isOver).toBe(false);
  await letGo(big);
  await scratch.settle();
});

test('one that needs more than the threshold runs alone, and says so', async () => {
  await using scratch = new Scratch();
  const flags = ['--slots', '2', '--memory-threshold', '100M'];
  const big = await eats(scratch, 1, [...flags, '--memory-expected', '300M']);
  expect(big.stderr).toBe(`seqx: memory: "perl ${EAT[1]} 1" needs 300 MiB, 100 MiB free; it runs alone\n`);
  expect(await ask(scratch, [...flags, '--no-wait', '--memory-expected', '0', 'true'])).toMatchObject({
    code: 75,
  });
  await letGo(big);
  await scratch.settle();
});

test('one that needs more than the machine has runs alone, and says so', async () => {
  await using scratch = new Scratch();
  const flags = ['--slots', '2', '--memory-threshold', '0', '--memory-expected', '4096G'];
  const { code, stderr } = await ask(scratch, [...flags, 'true']);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^seqx: memory: "true" needs 4\.0 TiB, .* free on this machine; it runs alone\n$/);
  await scratch.settle();
});

test.each([
  ['the flag', ['--memory-expected', '7M'], '', 7],
  ['its rule', [], '[[rules]]\nmatch = "perl *eat-memory.pl *"\nmemory = "9M"\n', 9],
  ['the memory limit, if nothing is known of it', ['--memory-limit', '300M'], '', 300],
  ['the threshold, if it has no limit either', ['--memory-limit', '0'], '', 4_096],
] as const)('what a run is expected to need is said by %s', async (_what, flags, toml, mib) => {
  await using scratch = new Scratch();
  writeFileSync(`${scratch.project}/seqx.toml`, `slots = 2\n${toml}`);
  const run = await eats(scratch, 1, flags);
  const { running } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
  expect(running[0].share.expectedBytes).toBe(mib * MIB);
  await letGo(run);
  await scratch.settle();
});

test('and by what it peaked at before, by whatever path it is called', async () => {
  await using scratch = new Scratch();
  const flags = ['--slots', '2', '--check-interval', '20ms'];
  for (const perl of ['perl', '/usr/bin/perl']) {
    const run = scratch.seqx([...flags, perl, fixture('eat-memory.pl'), '80'], { stdin: 'open' });
    await run.says('holds');
    await isKnownToUse(scratch, run, 80);
    const { running } = JSON.parse((await ask(scratch, ['status', '--json'])).stdout);
    const expectedMib = running[0].share.expectedBytes / MIB;
    if (perl === 'perl') expect(expectedMib).toBe(2_048);
    else expect(Math.round(expectedMib / 10)).toBeOneOf([8, 9]);
    await letGo(run);
  }
  await scratch.settle();
});
