// seqx inside seqx: passes through when it is proven to be inside a run that holds the gate, queues when an
// inherited SEQX_RUN proves nothing, and says so at once when two runs wait for each other.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacks } from '../helpers/capability.ts';
import { hold, release } from '../helpers/holder.ts';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import { until } from '../helpers/until.ts';

const lacksMake = lacks('make');

describe('inside a run that holds the gate', () => {
  test('three levels pass through', async () => {
    await using scratch = new Scratch();
    const script = `echo one; seqx sh -c "echo two; seqx sh -c 'echo three; exit 6'"`;
    const { code, stdout, stderr } = await scratch.seqx(['sh', '-c', script], { env: seqxOnPath(scratch) })
      .ended;
    expect({ code, stdout, stderr }).toEqual({ code: 6, stdout: 'one\ntwo\nthree\n', stderr: '' });
    await scratch.settle();
  });

  test.skipIf(lacksMake)('seqx git commit passes the seqx of its pre-commit hook', async () => {
    await using scratch = new Scratch();
    const env = seqxOnPath(scratch);
    await scratch.git('init', '-q');
    writeFileSync(join(scratch.project, 'Makefile'), 'lint: ; @echo linted >> ../lint.log\n');
    const hook = join(scratch.project, '.git', 'hooks', 'pre-commit');
    writeFileSync(hook, '#!/bin/sh\nexec seqx make lint\n', { mode: 0o755 });
    await scratch.git('add', 'Makefile');
    for (const words of [
      ['-m', 'plain'],
      ['-am', 'all'],
      ['-m', 'path', 'Makefile'],
    ]) {
      writeFileSync(
        join(scratch.project, 'Makefile'),
        `${readFileSync(join(scratch.project, 'Makefile'))}#\n`,
      );
      await scratch.git('add', 'Makefile');
      const { code, stderr } = await scratch.seqx(['git', 'commit', '-q', ...words], { env }).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    expect(await scratch.git('log', '--format=%s')).toBe('path\nall\nplain');
    expect(readFileSync(join(scratch.root, 'lint.log'), 'utf8')).toBe('linted\n'.repeat(3));
    await scratch.settle();
  });

  test('a call whose environment was scrubbed passes through', async () => {
    await using scratch = new Scratch();
    const { PATH } = seqxOnPath(scratch);
    const script = 'env -i PATH="$PATH" SEQX_STATE_DIR="$SEQX_STATE_DIR" seqx echo inside';
    const { code, stdout } = await scratch.seqx(['sh', '-c', script], { env: { PATH } }).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'inside\n' });
    await scratch.settle();
  });

  test('the gate of another project is taken beside the own one', async () => {
    await using scratch = new Scratch();
    mkdirSync(join(scratch.root, 'other'));
    const script = 'seqx --cwd ../other sh -c "seqx echo innermost"';
    const { code, stdout } = await scratch.seqx(['sh', '-c', script], { env: seqxOnPath(scratch) }).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'innermost\n' });
    await scratch.settle();
  });

  test('a nested run ends the leftovers of its own part alone', async () => {
    await using scratch = new Scratch();
    const script = `sleep 300 & outer=$!; seqx sh -c 'sleep 299 &'; kill -0 $outer && echo outer lives`;
    const { stdout } = await scratch.seqx(['sh', '-c', script], { env: seqxOnPath(scratch) }).ended;
    expect(stdout).toBe('outer lives\n');
    await scratch.settle();
  });
});

describe('where nothing proves that we are inside', () => {
  test('the SEQX_RUN of a finished run does not pass', async () => {
    await using scratch = new Scratch();
    const { stdout } = await scratch.seqx(['printenv', 'SEQX_RUN']).ended;
    const env = { SEQX_RUN: stdout.trim() };
    const holder = await hold(scratch);
    const { code, stderr } = await scratch.seqx(['--no-wait', 'touch', 'witness'], { env }).ended;
    expect(code).toBe(75);
    expect(stderr).toContain('web is taken by pid');
    expect(existsSync(join(scratch.project, 'witness'))).toBe(false);
    await release(holder);
    expect((await scratch.seqx(['--no-wait', 'true'], { env }).ended).code).toBe(0);
    await scratch.settle();
  });

  test('the SEQX_RUN of a living run does not pass a stranger', async () => {
    await using scratch = new Scratch();
    const holder = scratch.seqx(['sh', '-c', 'printenv SEQX_RUN; cat'], { stdin: 'open' });
    await holder.says(/:.*\n/);
    const env = { SEQX_RUN: holder.stdout.trim() };
    expect((await scratch.seqx(['--no-wait', 'true'], { env }).ended).code).toBe(75);
    await release(holder);
  });

  test('a daemon that left its living run queues', async () => {
    await using scratch = new Scratch();
    const daemon =
      'until [ -e go ]; do sleep 0.02; done; seqx --no-wait true; echo $? >code.new; mv code.new code';
    // The subshell ends at once: the daemon is no descendant of the run any more, but carries its token.
    const script = `(setsid sh -c '${daemon}' </dev/null >/dev/null 2>&1 &); echo holding; cat`;
    const holder = scratch.seqx(['sh', '-c', script], { env: seqxOnPath(scratch), stdin: 'open' });
    await holder.says('holding');
    const isOrphan = ({ pid, words }: { pid: number; words: string[] }) =>
      words[2] === daemon && !scratch.processes().some(other => other.pid === parentOf(pid));
    await until('the daemon has left its run', () => scratch.processes().some(isOrphan));
    writeFileSync(join(scratch.project, 'go'), '');
    const codeFile = join(scratch.project, 'code');
    await until('the daemon has its answer', () => existsSync(codeFile));
    expect(readFileSync(codeFile, 'utf8')).toBe('75\n');
    await release(holder);
    await scratch.settle();
  });

  test.each(['nonsense', ':', ',,,', `${'0'.repeat(16)}:1-2-3-4-5-6`, '../../x:y'])(
    'SEQX_RUN=%s does not pass and does no harm',
    async value => {
      await using scratch = new Scratch();
      const holder = await hold(scratch);
      const env = { SEQX_RUN: value };
      expect((await scratch.seqx(['--no-wait', 'true'], { env }).ended).code).toBe(75);
      await release(holder);
      expect((await scratch.seqx(['true'], { env }).ended).code).toBe(0);
    },
  );
});

test('two runs that take two projects crosswise: the last one gives up at once, the other completes', async () => {
  await using scratch = new Scratch();
  const env = seqxOnPath(scratch);
  const projects = ['web', 'api'].map(name => join(scratch.root, name)) as [string, string];
  mkdirSync(projects[1]);
  const signs = ['a', 'b'].map(name => join(scratch.root, name)) as [string, string];
  const cross = (own: 0 | 1, other: 0 | 1) =>
    scratch.seqx([fixture('cross.sh'), signs[own], signs[other], projects[other]], {
      cwd: projects[own],
      env,
    }).ended;
  const ended = await Promise.all([cross(0, 1), cross(1, 0)]);
  expect(ended.map(({ stdout }) => stdout).sort()).toEqual(['crossed\ninner 0\n', 'inner 125\n']);
  const loser = ended.find(({ stdout }) => stdout.includes('125'));
  expect(loser?.stderr).toMatch(/deadlock: pid \d+ ".*" waits for pid \d+ ".*" waits for pid \d+/);
  await scratch.settle();
});

const parentOf = (pid: number): number =>
  Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]);
