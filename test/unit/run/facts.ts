// Processes made up for tests of what is decided from a process table.

import type { ProcessFacts } from '../../../src/base/ports.ts';

/** A sleeping process without anything special; each test says what is different. */
export const facts = (pid: number, ppid: number, rest: Partial<ProcessFacts> = {}): ProcessFacts => ({
  pid,
  ppid,
  group: pid,
  session: 1,
  state: 'S',
  threads: 1,
  start: String(pid),
  rssBytes: 1_000,
  ...rest,
});
