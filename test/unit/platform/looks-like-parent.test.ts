// What a copy of its parent is known by, on a made-up machine of two processes.

import { expect, test } from 'vitest';
import { looksLikeParent } from '../../../src/platform/looks-like-parent.ts';
import { facts } from '../run/facts.ts';

const BASH = { executable: '/bin/bash', words: ['bash', 'build.sh'] };

type Shown = Partial<typeof BASH>;

const judge = (child: Shown, parent: Shown | undefined) => {
  const shown = new Map([[20, child], ...(parent ? [[10, parent] as const] : [])]);
  return looksLikeParent(20, {
    look: pid => (shown.has(pid) ? facts(pid, pid - 10) : undefined),
    commandLine: pid => shown.get(pid)?.words,
    executable: pid => shown.get(pid)?.executable,
  });
};

test.each<[string, Shown, Shown | undefined, boolean]>([
  ['the same program with the same words', BASH, BASH, true],
  ['other words', BASH, { ...BASH, words: ['bash'] }, false],
  ['words that only look the same when joined', BASH, { ...BASH, words: ['bash build.sh'] }, false],
  ['another program', BASH, { ...BASH, executable: '/bin/dash' }, false],
  ['a parent that is gone', BASH, undefined, false],
  ['no words to be seen', { executable: '/bin/bash' }, { executable: '/bin/bash' }, false],
])('%s', (_name, child, parent, isAlike) => {
  expect(judge(child, parent)).toBe(isAlike);
});
