// make -j4 whose recipe calls seqx keeps its jobserver: the targets of the inner make run in parallel, four
// at a time, and make does not complain.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacks, missing } from '../helpers/capability.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';

const lacksMake = lacks('make');
const lacksFifo = missing(
  lacksMake || versionOfMake() < 4.4,
  'make is older than 4.4, whose jobserver is a named pipe',
);

const STYLES: readonly [string, string[], boolean][] = [
  ['pipe', lacksFifo ? [] : ['--jobserver-style=pipe'], lacksMake],
  ['fifo', ['--jobserver-style=fifo'], lacksFifo],
];

function versionOfMake(): number {
  const text = execFileSync('make', ['--version'], { encoding: 'utf8' });
  return Number(/GNU Make (\d+\.\d+)/.exec(text)?.[1] ?? 0);
}

/** Its targets a to d only succeed if all four are alive at the same time. */
function writeMakefile({ project }: Scratch): void {
  mkdirSync(join(project, 'meeting'));
  const makefile = [
    'all: ; +seqx $(MAKE) sub',
    'sub: a b c d',
    `a b c d: ; @${fixture('rendezvous.sh')} meeting 4 && echo "built $@"`,
    '.PHONY: all sub a b c d',
    '',
  ];
  writeFileSync(join(project, 'Makefile'), makefile.join('\n'));
}

describe.each(STYLES)('a jobserver by %s', (_name, style, isMissing) => {
  test.skipIf(isMissing).each([
    ['a make that calls seqx', ['make']],
    ['a make inside seqx that calls seqx', ['seqx', 'make']],
  ])('reaches the inner make of %s', async (_what, call) => {
    await using scratch = new Scratch();
    writeMakefile(scratch);
    const [file = '', ...words] = [...call, '-j4', ...style];
    const { code, stdout, stderr } = await scratch.start('env', [file, ...words], {
      env: seqxOnPath(scratch),
    }).ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.match(/built [a-d]/g)).toHaveLength(4);
    await scratch.settle();
  });
});

test.skipIf(lacksMake)('without -j the inner make runs one target after the other', async () => {
  await using scratch = new Scratch();
  writeFileSync(
    join(scratch.project, 'Makefile'),
    'all: ; +seqx $(MAKE) sub\nsub: a b\na b: ; @ls -d run.* 2>/dev/null; touch run.$@; rm run.$@\n',
  );
  const { code, stdout, stderr } = await scratch.start('make', ['-s'], { env: seqxOnPath(scratch) }).ended;
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
});
