// The memory limit: who is ended and with which line, and who is not because pages are shared or because
// they are strangers.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { expect, test } from 'vitest';
import { letGo } from '../helpers/gate.ts';
import { fixture, SEQX_WORDS } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import type { Started } from '../helpers/started.ts';
import { until } from '../helpers/until.ts';

const EAT = ['perl', fixture('eat-memory.pl')];
const TWICE_512_MB = 1024;

/** The largest figure in the diary of fixtures/eat-forever.pl, MB. */
const mostHeld = (path: string): number => Number(readFileSync(path, 'utf8').trim().split('\n').at(-1));

test('ends a tree of eight whose sum passes the limit while none does alone', async () => {
  await using scratch = new Scratch();
  const each = `perl ${fixture('eat-memory.pl')} 40`;
  const eaters = Array.from({ length: 8 }, () => `sleep 600 | ${each} &`).join(' ');
  const run = scratch.seqx(['--memory-limit', '200M', '-c', `${eaters} wait`]);
  const { code, stderr } = await run.ended;
  expect(code).toBe(137);
  expect(stderr).toMatch(
    /^seqx: memory: \d{3} MiB \(PSS\) is over the 200 MiB limit; ending "\/bin\/sh -c .*" \(pid \d+ and \d+ more\): SIGTERM now, SIGKILL in 5s$/m,
  );
  expect(stderr).toMatch(
    /^seqx: memory: ended "\/bin\/sh .*" after .+, peak \d{3} MiB \(exit 137\)\n {2}try: a higher --memory-limit$/m,
  );
  await scratch.settle();
});

test.each([
  { name: 'an ordinary process', prefix: [] },
  { name: 'a process that ignores SIGTERM', prefix: ['sh', fixture('ignore-sigterm.sh')] },
])('ends $name that eats as fast as it can before it holds twice a 512 MB limit', async ({ prefix }) => {
  await using scratch = new Scratch();
  const diary = join(scratch.root, 'diary');
  const words = [...prefix, 'perl', fixture('eat-forever.pl'), diary];
  const { code, stderr } = await scratch.seqx(['--memory-limit', '512M', ...words]).ended;
  expect(code).toBe(137);
  expect(stderr).toContain('is over the 512 MiB limit; ending');
  expect(mostHeld(diary)).toBeLessThan(TWICE_512_MB);
  await scratch.settle();
});

test.each([8, 21])(
  'lets %i processes live that share 500 MB copied on write, under 1 GiB',
  async children => {
    await using scratch = new Scratch();
    const words = ['perl', fixture('fork-memory.pl'), '500', String(children)];
    await survives(scratch, ['--memory-limit', '1G', ...words], 'shared');
  },
);

const hasMappedFiles = execaSync(
  'perl',
  ['-e', 'open F, "<:mmap", $ARGV[0] or exit 1; <F>', fixture('hold.sh')],
  {
    reject: false,
  },
).exitCode;
if (hasMappedFiles !== 0) process.stderr.write('skipped: this perl cannot map files (PerlIO::mmap)\n');

test.skipIf(hasMappedFiles !== 0)('counts a file that eight processes map once', async () => {
  await using scratch = new Scratch();
  const file = join(scratch.root, 'big');
  writeFileSync(file, Buffer.alloc(100 * 2 ** 20));
  const words = ['perl', fixture('map-file.pl'), file, '8'];
  await survives(scratch, ['--memory-limit', '400M', ...words], 'mapped');
});

/** RSS counts the shared pages of each: the watchdog must have had a second look, and let it go on. */
async function survives(scratch: Scratch, words: readonly string[], ready: string): Promise<void> {
  const run = scratch.seqx(['--verbose', '--check-interval', '20ms', ...words], { stdin: 'open' });
  await run.says(ready);
  await run.says(/RSS .* is over the .* limit, but shared pages counted once it is .*; going on/, 'stderr');
  const { code } = await letGo(run);
  expect(code).toBe(0);
  await scratch.settle();
}

test('--process-memory-limit ends the run of one process that is too big, and says which', async () => {
  await using scratch = new Scratch();
  const script = `sleep 600 | ${EAT.join(' ')} 150 & wait`;
  const { code, stderr } = await scratch.seqx(['--process-memory-limit', '100M', '-c', script]).ended;
  expect(code).toBe(137);
  expect(stderr).toMatch(/memory: pid \d+ alone with 1\d\d MiB \(PSS\) is over the 100 MiB limit; ending/);
  await scratch.settle();
});

test('--process-memory-limit lets a tree live whose processes are small each', async () => {
  await using scratch = new Scratch();
  const script = `sleep 600 | ${EAT.join(' ')} 60 & ${EAT.join(' ')} 60`;
  const words = ['--process-memory-limit', '100M', '--check-interval', '20ms', '-c', script];
  const run = scratch.seqx(words, { stdin: 'open' });
  await until('both are full', () => run.stdout.match(/holds 60/g)?.length === 2);
  await memoryShown(scratch, 120);
  expect((await letGo(run)).code).toBe(0);
  await scratch.settle();
});

test('--memory-limit 0 watches without a limit', async () => {
  await using scratch = new Scratch();
  const run = await eater(scratch, ['--memory-limit', '0', '--check-interval', '20ms'], 300);
  const memory = await memoryShown(scratch, 300);
  expect(memory.limitBytes).toBe(0);
  expect((await letGo(run)).code).toBe(0);
  expect(run.stderr).toBe('');
  await scratch.settle();
});

test('warns once above half of the limit, and again only after it fell below two fifths', async () => {
  await using scratch = new Scratch();
  const run = await eater(scratch, ['--memory-limit', '400M', '--check-interval', '20ms'], 220);
  const warning = /uses \S+ MiB of its 400 MiB limit \(\d\d%\)$/gm;
  const warnings = () => run.stderr.match(warning)?.length ?? 0;
  await until('it warns', () => warnings() === 1);
  await tell(run, 'eat 30', 'holds 30');
  await memoryShown(scratch, 250);
  expect(warnings(), 'between the first warning and the limit').toBe(1);
  await tell(run, 'free', 'free');
  await memoryShown(scratch, 0, 100);
  await tell(run, 'eat 230', 'holds 230');
  await until('it warns again', () => warnings() === 2);
  expect((await letGo(run)).code).toBe(0);
  await scratch.settle();
});

test('looks no more often than --check-interval while the limit is far', async () => {
  await using scratch = new Scratch();
  const run = await eater(scratch, ['--memory-limit', '20G', '--check-interval', '5s'], 10);
  await memoryShown(scratch, 10);
  const before = performance.now();
  await tell(run, 'eat 100', 'holds 100');
  await memoryShown(scratch, 110);
  expect(performance.now() - before).toBeGreaterThan(2_000);
  expect((await letGo(run)).code).toBe(0);
});

test('a nested run with a limit of its own is ended by it, the outer one goes on', async () => {
  await using scratch = new Scratch();
  const inner = `${SEQX_WORDS.join(' ')} --memory-limit 100M -- sh -c 'sleep 600 | ${EAT.join(' ')} 150'`;
  const { code, stdout, stderr } = await scratch.seqx(['-c', `${inner}; echo "inner $?"`]).ended;
  expect([code, stdout]).toEqual([0, expect.stringContaining('inner 137')]);
  expect(stderr).toContain('is over the 100 MiB limit; ending');
  await scratch.settle();
});

test('status shows what the run uses now, its peak, its limit and its processes', async () => {
  await using scratch = new Scratch();
  const run = await eater(scratch, ['--memory-limit', '1G', '--check-interval', '20ms'], 200);
  await memoryShown(scratch, 200);
  await tell(run, 'free', 'free');
  const memory = await memoryShown(scratch, 0, 100);
  expect(memory.peakBytes).toBeGreaterThan(200 * 2 ** 20);
  expect(memory).toMatchObject({ limitBytes: 2 ** 30, processes: 1 });
  await letGo(run);
  const { stdout } = await scratch.seqx(['history', '--json']).ended;
  expect(JSON.parse(stdout).peakBytes).toBeGreaterThan(200 * 2 ** 20);
});

async function eater(scratch: Scratch, flags: readonly string[], mb: number): Promise<Started> {
  const run = scratch.seqx([...flags, '--', ...EAT, String(mb)], { stdin: 'open' });
  await run.says(`holds ${mb}`);
  return run;
}

async function tell(run: Started, line: string, answer: string): Promise<void> {
  run.stdout = '';
  run.child.stdin?.write(`${line}\n`);
  await run.says(answer);
}

/** Waits until the run's record shows at least, and at most, so many MB. */
function memoryShown(scratch: Scratch, leastMb: number, mostMb = Infinity) {
  return until(`status shows ${leastMb} to ${mostMb} MB`, async () => {
    const { stdout } = await scratch.seqx(['status', '--json']).ended;
    const { running } = JSON.parse(stdout);
    const memory = running[0]?.memory;
    const mb = (memory?.bytes ?? -1) / 2 ** 20;
    return mb >= leastMb && mb <= mostMb ? memory : undefined;
  });
}
