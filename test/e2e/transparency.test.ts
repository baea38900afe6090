// The command seems to run without seqx: endings, streams, descriptors, directory and environment are
// compared with those of the bare command.

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hold, release, untilTickets } from '../helpers/holder.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import type { Ended } from '../helpers/started.ts';

const TELL_CODES = `echo "\${PIPESTATUS[@]}"`;

/** The same command without and with seqx. */
async function both(scratch: Scratch, words: readonly [string, ...string[]]): Promise<[Ended, Ended]> {
  const [file, ...rest] = words;
  return Promise.all([scratch.start(file, rest).ended, scratch.seqx(words).ended]);
}

/** The same script, once with `gate` being nothing and once with `gate` being seqx. */
async function bothScripts(scratch: Scratch, script: string): Promise<[Ended, Ended]> {
  const env = seqxOnPath(scratch);
  const run = (gate: string) => scratch.start('bash', ['-c', script], { env: { ...env, gate } }).ended;
  return [await run(''), await run('seqx')];
}

describe('endings', () => {
  test.each([0, 1, 7, 126, 127, 255])('exit code %i reaches the caller', async code => {
    await using scratch = new Scratch();
    const [bare, gated] = await both(scratch, ['sh', '-c', `exit ${code}`]);
    expect(bare.code).toBe(code);
    expect(gated).toEqual(bare);
    await scratch.settle();
  });

  test.each(['TERM', 'INT', 'KILL', 'SEGV', 'PIPE', 'QUIT', 'ABRT', 'HUP', 'USR1'])(
    'death by SIG%s reaches the caller as a death by that signal',
    async name => {
      await using scratch = new Scratch();
      const [bare, gated] = await both(scratch, ['sh', '-c', `ulimit -c 0; kill -s ${name} $$`]);
      expect(bare.signal).toBe(`SIG${name}`);
      expect(gated).toEqual(bare);
      await scratch.settle();
    },
  );

  test.each([
    ['a file that is not executable', './plain', 126],
    ['a directory', './folder', 126],
    ['a name that is nowhere on PATH', 'no-such-program', 127],
    ['a path that does not exist', './nowhere', 127],
  ])('%s gives the code of a shell, and says so', async (_what, word, code) => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'plain'), 'exit 9\n', { mode: 0o644 });
    mkdirSync(join(scratch.project, 'folder'));
    const shell = await scratch.start('sh', ['-c', word]).ended;
    const gated = await scratch.seqx([word]).ended;
    expect(shell.code).toBe(code);
    expect(gated.code).toBe(code);
    expect(gated.stderr).toContain(`"${word}"`);
    expect(gated.stderr).toContain(`(exit ${code})`);
    await scratch.settle();
  });

  test('an executable file without a #! line is run by sh, as a shell would', async () => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'plain'), 'exit 9\n', { mode: 0o755 });
    expect((await scratch.seqx(['./plain']).ended).code).toBe(9);
  });
});

describe('streams', () => {
  test('a random megabyte passes through stdin and stdout unchanged', async () => {
    await using scratch = new Scratch();
    const bytes = randomBytes(1_000_003);
    const { code, stdout, stderr } = await scratch.seqx(['cat'], { stdin: bytes }).ended;
    expect(code).toBe(0);
    expect(Buffer.from(stdout, 'latin1').equals(bytes)).toBe(true);
    expect(stderr).toBe('');
  });

  test('a random megabyte passes through a pipeline of two gates unchanged', async () => {
    await using scratch = new Scratch();
    const bytes = randomBytes(1_000_003);
    writeFileSync(join(scratch.project, 'bytes'), bytes);
    const script = `cat bytes | seqx --lock a cat | seqx --lock b cat | cat > copy; ${TELL_CODES}`;
    const { stdout } = await scratch.start('bash', ['-c', script], { env: seqxOnPath(scratch) }).ended;
    expect(stdout).toBe('0 0 0 0\n');
    expect(readFileSync(join(scratch.project, 'copy')).equals(bytes)).toBe(true);
  });

  test.each([
    ['an endless writer', `$gate yes | head -1; ${TELL_CODES}`],
    ['a megabyte', `head -c 1000000 /dev/zero | $gate cat | head -c 1 | wc -c; ${TELL_CODES}`],
  ])('%s into head ends by SIGPIPE as without seqx', async (_what, script) => {
    await using scratch = new Scratch();
    const [bare, gated] = await bothScripts(scratch, script);
    expect(bare.stdout).toContain('141');
    expect(gated).toEqual(bare);
    await scratch.settle();
  });

  test.each([
    ['process substitution', '$gate cat <(echo hi) <(echo there)', 'hi\nthere\n'],
    ['a descriptor opened for reading', 'exec 3<in; $gate sh -c "cat <&3"', 'text of in\n'],
    ['a descriptor with a gap below it', 'exec 17<in; $gate bash -c "cat <&17"', 'text of in\n'],
    ['output process substitution', '$gate bash -c "echo x | tee /dev/fd/9" 9> >(cat >&2) | cat', 'x\n'],
    ['a descriptor opened for writing', '$gate sh -c "echo w >&4" 4>out; cat out', 'w\n'],
  ])('%s works', async (_what, script, stdout) => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'in'), 'text of in\n');
    const [bare, gated] = await bothScripts(scratch, script);
    expect(bare).toMatchObject({ code: 0, stdout });
    expect(gated).toEqual(bare);
  });

  test('the command gets the descriptors that it had without seqx, and no other', async () => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'in'), '');
    const script = "exec 5<in 7>&1 9>&2; $gate sh -c \"ls /proc/self/fd | tr '\\n' ' '\"";
    const [bare, gated] = await bothScripts(scratch, script);
    expect(bare.stdout).toContain(' 5 7 9 ');
    expect(gated).toEqual(bare);
  });

  test('even a verbose seqx that has waited writes nothing on stdout', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    const waiter = scratch.seqx(['--verbose', 'echo', 'mine']);
    await waiter.says('waiting for web: position 1 of 1, behind pid', 'stderr');
    await release(holder);
    const { code, stdout, stderr } = await waiter.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'mine\n' });
    expect(stderr).toMatch(/^seqx: got web after /m);
    expect(stderr).not.toMatch(/[\r\u001b]/);
    await scratch.settle();
  });

  test('a wait of under a second is not worth a word', async () => {
    await using scratch = new Scratch();
    const holder = await hold(scratch);
    const waiter = scratch.seqx(['echo', 'mine']);
    await untilTickets(scratch, 2);
    await release(holder);
    const { stdout, stderr } = await waiter.ended;
    expect(stdout).toBe('mine\n');
    expect(stderr.replace(/^seqx: got web after [1-9].*\n/, '')).toBe('');
  });
});

describe('surroundings', () => {
  test('the environment differs by SEQX_RUN alone', async () => {
    await using scratch = new Scratch();
    const env = { ODD: 'a=b\nc "d" \u00fc', EMPTY: '', 'odd.name': '1', NODE_OPTIONS: '--no-warnings' };
    const read = ({ stdout }: Ended) => stdout.split('\0').sort();
    const bare = read(await scratch.start('env', ['-0'], { env }).ended);
    const gated = read(await scratch.seqx(['env', '-0'], { env }).ended);
    expect(gated.filter(line => !line.startsWith('SEQX_RUN='))).toEqual(bare);
    expect(gated.filter(line => line.startsWith('SEQX_RUN='))).toHaveLength(1);
  });

  test('the working directory is kept, and --cwd changes it', async () => {
    await using scratch = new Scratch();
    const sub = join(scratch.project, 'a b\u00fc');
    mkdirSync(sub);
    const pwd = async (flags: string[], cwd: string) => {
      const { stdout } = await scratch.seqx([...flags, 'pwd', '-P'], { cwd }).ended;
      return Buffer.from(stdout, 'latin1').toString().trimEnd();
    };
    expect(await pwd([], sub)).toBe(sub);
    expect(await pwd(['--cwd', sub], scratch.root)).toBe(sub);
    expect(await pwd(['--cwd=web/a b\u00fc'], scratch.root)).toBe(sub);
    const gone = await scratch.seqx(['--cwd', 'nowhere', 'touch', 'witness']).ended;
    expect(gone.code).toBe(125);
    expect(gone.stderr).toContain('nowhere is not a directory');
    for (const words of [
      ['--cwd', '', 'true'],
      ['--cwd=', 'kill-all', '--yes'],
      ['status', '--cwd'],
    ]) {
      const { code, stderr } = await scratch.seqx(words).ended;
      expect([code, stderr]).toEqual([125, expect.stringContaining('the directory given by --cwd is empty')]);
    }
  });

  test('a working directory that has been deleted is said to be that', async () => {
    await using scratch = new Scratch();
    const script = 'mkdir gone; cd gone; rmdir ../gone; exec seqx true';
    const { code, stderr } = await scratch.start('sh', ['-c', script], { env: seqxOnPath(scratch) }).ended;
    expect(code).toBe(125);
    expect(stderr).toContain(
      'seqx: the working directory has been deleted\n  try: seqx --cwd DIR <command>\n',
    );
  });

  test('umask, limits and niceness are those of the caller', async () => {
    await using scratch = new Scratch();
    const script = 'umask 027; ulimit -n 517; $gate sh -c "umask; ulimit -n"; $gate nice';
    const [bare, gated] = await bothScripts(scratch, script);
    expect(gated).toEqual(bare);
  });
});
