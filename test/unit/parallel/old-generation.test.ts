// What V8 gives up over: a table, measured with Node 20 and 24.

import { expect, test } from 'vitest';
import { type HeapFacts, oldGenerationBytes } from '../../../src/parallel/old-generation.ts';

const MIB = 2 ** 20;
const facts = (heapLimitMib: number, rest: Partial<HeapFacts> = {}): HeapFacts => ({
  heapLimitBytes: heapLimitMib * MIB,
  flags: [],
  major: 20,
  ...rest,
});

const SEMI = '--max-semi-space-size=64';
const ROWS: [string, HeapFacts, number][] = [
  ['Node 20 as it is', facts(4_144), 4_096],
  ['Node 24 as it is', facts(4_288, { major: 24 }), 4_096],
  ['Node 26 as it is', facts(4_192, { major: 26 }), 4_096],
  ['a size that was asked for', facts(198, { flags: ['--max-old-space-size=150'] }), 150],
  ['the same with underscores', facts(198, { flags: ['--max_old_space_size=150'] }), 150],
  ['the same on Node 24', facts(342, { flags: ['--max-old-space-size=150'], major: 24 }), 150],
  ['and with larger semi-spaces', facts(342, { flags: [SEMI, '--max-old-space-size=150'] }), 150],
  [
    'the last of two',
    facts(248, { flags: ['--max-old-space-size=100', '--expose-gc', '--max-old-space-size=200'] }),
    200,
  ],
  ['larger semi-spaces alone', facts(4_288, { flags: [SEMI] }), 4_096],
  ['quotes of NODE_OPTIONS', facts(4_288, { flags: [`"${SEMI}"`] }), 4_096],
  ['0, which is none', facts(4_144, { flags: ['--max-old-space-size=0'] }), 4_096],
  ['a worker with a limit', facts(78, { workerOldMb: 30 }), 30],
  [
    'a worker with a limit, and a flag',
    facts(108, { workerOldMb: 30, flags: ['--max-old-space-size=60'] }),
    60,
  ],
  ['a heap smaller than its young generation', facts(40), 20],
];

test.each(ROWS)('%s', (_what, heap, mib) => {
  expect(oldGenerationBytes(heap)).toBe(mib * MIB);
});
