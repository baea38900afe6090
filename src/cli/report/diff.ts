// What a planned change would do, as `patch -p0` reads it: one hunk with three lines around it. Pure.

import type { FileChange } from '../../index.ts';

const AROUND = 3;

export function showDiff({ path, before, after }: FileChange): string {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++;
  let tail = 0;
  const shorter = Math.min(old.length, fresh.length) - head;
  while (tail < shorter && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail++;
  const from = Math.max(0, head - AROUND);
  const rest = Math.max(0, tail - AROUND);
  const hunk = [
    ...old.slice(from, head).map(line => ` ${line}`),
    ...old.slice(head, old.length - tail).map(line => `-${line}`),
    ...fresh.slice(head, fresh.length - tail).map(line => `+${line}`),
    ...fresh.slice(fresh.length - tail, fresh.length - rest).map(line => ` ${line}`),
  ];
  const range = (count: number) => `${count === 0 ? 0 : from + 1},${count}`;
  return [
    `--- ${before ? path : '/dev/null'}`,
    `+++ ${after ? path : '/dev/null'}`,
    `@@ -${range(old.length - rest - from)} +${range(fresh.length - rest - from)} @@`,
    ...hunk.map(ended),
  ].join('\n');
}

const linesOf = (bytes: Buffer | undefined): string[] => bytes?.toString().match(/[^\n]*\n|[^\n]+$/g) ?? [];

const ended = (line: string): string =>
  line.endsWith('\n') ? line.slice(0, -1) : `${line}\n\\ No newline at end of file`;
