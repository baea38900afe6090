// Whoever reads what seqx writes may be slow, and others may write to the same pipe: neither loses anything.

import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lacks, missing } from '../helpers/capability.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';

const LINES = 20_000;

/** A script in a shell whose `seqx` is ours. */
const shell = (scratch: Scratch, script: string) =>
  scratch.start('sh', ['-c', script], { env: seqxOnPath(scratch) }).ended;

/** Both write more than a pipe holds, while nobody reads for a moment. */
const PAIR = ['a', 'b'].map(letter => `'yes ${letter.repeat(70)} | head -n ${LINES}'`).join(' ');

const hasNoFullDevice = missing(!existsSync('/dev/full'), 'there is no /dev/full');

const torn = (lines: readonly string[]): string[] =>
  lines.filter(line => !/^\[yes [ab]+\S*\] (a{70}|b{70})$/.test(line)).slice(0, 3);

describe('a pipe', () => {
  test.skipIf(lacks('grep') || process.platform !== 'linux')(
    'that others write to as well stays as it is beside a batch',
    async () => {
      await using scratch = new Scratch();
      const during = 'grep flags /proc/self/fdinfo/3 3>&1 >&2; touch go';
      const script = `seqx batch -j2 ::: 'touch runs; while ! test -e go; do sleep 0.02; done' 2>batch-said &
        while ! test -e runs; do sleep 0.02; done; ${during}; wait`;
      const { stderr } = await shell(scratch, `{ ${script}; } | cat`);
      const flags = Number.parseInt(/flags:\s+(\d+)/.exec(stderr)?.[1] ?? '', 8);
      expect(flags & 0o4000).toBe(0);
    },
  );

  test('that is read late gets the whole of a long answer', async () => {
    await using scratch = new Scratch();
    // A thousand entries are more than a pipe holds.
    const { stdout } = await shell(
      scratch,
      `seqx true; file=$(find "$XDG_STATE_HOME" -name history.jsonl); entry=$(cat "$file")
        for i in $(seq 999); do echo "$entry"; done >>"$file"
        seqx history --json -n 1000 | { sleep 2; wc -l; }`,
    );
    expect(stdout.trim()).toBe('1000');
  });
});

describe('--output=live', () => {
  test('keeps lines whole before a reader who is slower than the commands', async () => {
    await using scratch = new Scratch();
    const { stdout } = await shell(
      scratch,
      `seqx --quiet batch -j2 --output=live ::: ${PAIR} | { sleep 0.5; cat; }`,
    );
    const lines = stdout.trimEnd().split('\n');
    expect([lines.length, torn(lines)]).toEqual([2 * LINES, []]);
  });
});

describe.skipIf(hasNoFullDevice)('a disk that is full', () => {
  const NO_SPACE = /not complete: ENOSPC/;

  test('is no success of a batch, though all its commands went well', async () => {
    await using scratch = new Scratch();
    const { code, stderr } = await shell(scratch, "seqx batch -j2 ::: 'echo a' 'echo b' >/dev/full");
    expect([code, stderr]).toEqual([125, expect.stringMatching(NO_SPACE)]);
  });

  test('ends the rest of it', async () => {
    await using scratch = new Scratch();
    const { code, stderr } = await shell(scratch, "seqx batch -j2 ::: 'echo a' 'sleep 60' >/dev/full");
    expect([code, stderr]).toEqual([125, expect.stringMatching(/sleep 60 +unprinted/)]);
  });

  test.each(['batch --json ::: true', 'history --json', 'status --json'])(
    'is no answer of seqx %s',
    async words => {
      await using scratch = new Scratch();
      const { code, stderr } = await shell(scratch, `seqx true; seqx ${words} >/dev/full`);
      expect([code, stderr]).toEqual([
        125,
        expect.stringMatching(/cannot write to the standard output: ENOSPC/),
      ]);
    },
  );
});

test('a batch that is to end does not wait for a pager that stands still', async () => {
  await using scratch = new Scratch();
  const script = `seqx batch -j2 ::: 'head -c 10000000 /dev/zero; touch runs; sleep 60' & run=$!
    while ! test -e runs; do sleep 0.1; done
    kill $run; wait $run; echo "exit $?" >&2; touch over`;
  const { stderr } = await shell(scratch, `{ ${script}; } | { while ! test -e over; do sleep 0.1; done; }`);
  expect(stderr).toMatch(/not complete: nobody has read it for 5s.*exit 143/s);
});
