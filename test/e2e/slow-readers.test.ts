// Whoever reads what seqx writes may be slow, and others may write to the same pipe: neither loses anything.

import { describe, expect, test } from 'vitest';
import { lacks } from '../helpers/capability.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';

const LINES = 20_000;

/** A script in a shell whose `seqx` is ours. */
const shell = (scratch: Scratch, script: string) =>
  scratch.start('sh', ['-c', script], { env: seqxOnPath(scratch) }).ended;

/** Both write more than a pipe holds, while nobody reads for a moment. */
const PAIR = ['a', 'b'].map(letter => `'yes ${letter.repeat(70)} | head -n ${LINES}'`).join(' ');

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
