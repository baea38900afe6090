// Two loops of `seqx git` and one of plain git in one repository: git itself would say "index.lock: File
// exists" to whoever comes second. The gated ones never fail of it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../helpers/repository.ts';
import { Scratch } from '../helpers/scratch.ts';

const COMMITS = 15;
/** Not the message: git hands it from itself to itself in .git/COMMIT_EDITMSG, where a plain commit may write too. */
const AUTHOR = 'gated <gated@example.org>';

/** A plain commit moved HEAD meanwhile, or had just emptied COMMIT_EDITMSG to write its own: git guards neither. */
const isNobodysLock = (code: number | null, stderr: string): boolean =>
  (code === 128 && /cannot lock ref 'HEAD': is at/.test(stderr)) ||
  (code === 1 && /Aborting commit due to empty commit message/.test(stderr));

test('no gated git fails of an index.lock that another git holds', { timeout: 180_000 }, async () => {
  await using scratch = new Scratch();
  await repository(scratch);
  let gatedLoops = 2;

  const gated = async (words: readonly string[]): Promise<boolean> => {
    const { code, stderr } = await scratch.seqx(['git', ...words]).ended;
    if (code !== 0 && !isNobodysLock(code, stderr)) expect({ words, code, stderr }).toBe('a commit');
    return code === 0;
  };
  const gatedLoop = async (name: string) => {
    for (let done = 0; done < COMMITS; ) {
      writeFileSync(join(scratch.project, name), `${done}\n`);
      await gated(['add', name]);
      if (await gated(['commit', '-q', '--allow-empty', '--author', AUTHOR, '-m', `${name} ${done}`]))
        done += 1;
    }
    gatedLoops -= 1;
  };
  const plain = async (...words: string[]) => (await scratch.start('git', words, {}).ended).code;
  const plainLoop = async () => {
    let rounds = 0;
    for (; gatedLoops > 0; rounds++) {
      writeFileSync(join(scratch.project, 'plain'), `${rounds}\n`);
      await plain('status');
      await plain('add', 'plain');
      await plain('commit', '-qm', 'plain', 'plain');
    }
    return rounds;
  };

  const [rounds] = await Promise.all([plainLoop(), gatedLoop('a'), gatedLoop('b')]);
  expect(rounds).toBeGreaterThan(COMMITS);
  const authors = (await scratch.git('log', '--format=%an <%ae>')).split('\n');
  expect(authors.filter(author => author === AUTHOR).length).toBe(2 * COMMITS);
  await scratch.git('fsck', '--strict');
  await scratch.settle();
});
