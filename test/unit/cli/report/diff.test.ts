// What `seqx init --print` shows of a change.

import { expect, test } from 'vitest';
import { showDiff } from '../../../../src/cli/report/diff.ts';

const bytes = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text));

test.each([
  ['a new file', undefined, 'a\nb\n', '--- /dev/null\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b'],
  ['a file that goes', 'a\n', undefined, '--- f\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a'],
  ['a line at the top', 'a\nb\nc\nd\n', 'x\na\nb\nc\nd\n', '--- f\n+++ f\n@@ -1,3 +1,4 @@\n+x\n a\n b\n c'],
  [
    'a line in the middle',
    '1\n2\n3\n4\n5\n6\n7\n8\n',
    '1\n2\n3\n4\nx\n5\n6\n7\n8\n',
    '--- f\n+++ f\n@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+x\n 5\n 6\n 7',
  ],
  [
    'a last line without an end',
    'a',
    'x\na',
    '--- f\n+++ f\n@@ -1,1 +1,2 @@\n+x\n a\n\\ No newline at end of file',
  ],
  ['the same line twice', 'a\na\n', 'a\n', '--- f\n+++ f\n@@ -1,2 +1,1 @@\n a\n-a'],
  ['an empty file that gets a line', '', 'a\n', '--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a'],
])('%s', (_what, before, after, shown) => {
  expect(showDiff({ path: 'f', before: bytes(before), after: bytes(after) })).toBe(shown);
});
