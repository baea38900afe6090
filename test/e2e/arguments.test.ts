// Words: the command's own arrive untouched, seqx's own are understood or refused, and a refused call never
// runs the command.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixture } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';
import type { Ended } from '../helpers/started.ts';

const ODD_WORDS: readonly (readonly [string, readonly string[]])[] = [
  ['spaces', ['a b', ' leading', 'trailing ', '  ']],
  ['quotes and backslashes', [`it's`, 'say "x"', '`id`', 'a\\', '\\n', "''"]],
  ['newlines and tabs', ['a\nb', '\n', '\t', 'a\r\n']],
  ['empty strings', ['', 'x', '', '']],
  ['look-alike numbers', ['1e3', '0x10', '007', '1_000', '-0', '1.0', 'NaN']],
  ['dashes', ['--', '-n', '-', '---', '--', '--wait', '0', '-c', '-V', '--help']],
  ['shell characters', ['$HOME', '*', '~', '{a,b}', '!x', '%PATH%', '#', ';', '|', '&&', '>out', '$(id)']],
  ['unicode', ['\u00fc', '\u{1f600}', '\u4e2d\u6587', 'e\u0301', '\u202eabc', '\ufeff', '\ufffd']],
  ['equals signs', ['A=b', '--x=y=z', '=', '--wait=0']],
  ['a word of 100 KB', ['x'.repeat(100_000)]],
  ['5000 words', Array.from({ length: 5_000 }, (_, index) => `w${index}`)],
];

const WORDS_NAMED_LIKE_SUBCOMMANDS = ['status', 'queue', 'cancel', 'kill-all', 'history', 'doctor', 'help'];

/** Puts a program of this name on PATH that says its name and arguments. */
function install(name: string, { PATH }: { readonly PATH: string }): void {
  const script = `#!/bin/sh\nprintf '%s|' "program ${name}" "$@"\n`;
  writeFileSync(join(PATH.split(':')[0] ?? '', name), script, { mode: 0o755 });
}

const utf8 = ({ stdout }: Ended): string => Buffer.from(stdout, 'latin1').toString();

describe('the words of the command', () => {
  test.each(ODD_WORDS)('%s arrive untouched', async (_what, words) => {
    await using scratch = new Scratch();
    const call = [process.execPath, fixture('argv.js'), ...words];
    const ended = await scratch.seqx(call).ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(utf8(ended))).toEqual(words);
    const afterDashes = await scratch.seqx(['--wait', '1m', '--', ...call]).ended;
    expect(JSON.parse(utf8(afterDashes))).toEqual(words);
  });

  test('an argument that is not UTF-8 is refused, because Node cannot pass it on', async () => {
    await using scratch = new Scratch();
    const script = 'seqx touch witness "$(printf "a\\377b")"';
    const { code, stderr } = await scratch.start('sh', ['-c', script], { env: seqxOnPath(scratch) }).ended;
    expect(code).toBe(125);
    expect(stderr).toContain('not valid UTF-8');
    expect(readdirSync(scratch.project)).toEqual([]);
    await scratch.settle();
  });

  test.each(WORDS_NAMED_LIKE_SUBCOMMANDS)('after -- a program named %s is run', async name => {
    await using scratch = new Scratch();
    const env = seqxOnPath(scratch);
    install(name, env);
    const { code, stdout } = await scratch.seqx(['--', name, '--json'], { env }).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: `program ${name}|--json|` });
  });

  test('after -- even a program named like a flag is run', async () => {
    await using scratch = new Scratch();
    const env = seqxOnPath(scratch);
    install('--wait', env);
    expect((await scratch.seqx(['--', '--wait', '5'], { env }).ended).stdout).toBe('program --wait|5|');
  });

  test('-c runs a line of shell', async () => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await scratch.seqx(['-c', 'printf "%s|" "a  b" $((1+1)); exit 3']).ended;
    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: 'a  b|2|', stderr: '' });
  });
});

describe('the words of seqx', () => {
  test.each<[string, string[], RegExp]>([
    [
      'an unknown flag',
      ['--memroy-limit', '5'],
      /unknown flag --memroy-limit; did you mean --memory-limit\?/,
    ],
    ['an unknown flag with a value', ['--gitwait=5s'], /unknown flag --gitwait; did you mean --git-wait\?/],
    ['an unknown flag like nothing', ['--zzzzzzzzzz'], /unknown flag --zzzzzzzzzz; nothing was run/],
    ['an unknown short flag', ['-x'], /unknown flag -x; nothing was run/],
    ['short flags in one word', ['-qv'], /-qv is not a flag/],
    ['a malformed duration', ['--wait', 'soon'], /--wait is "soon"; it takes a duration/],
    ['a negative duration', ['--timeout', '-5'], /--timeout is "-5"/],
    ['a timeout of nothing', ['--timeout=0'], /--timeout is "0"/],
    ['a malformed size', ['--memory-limit', 'lots'], /--memory-limit is "lots"; it takes a size/],
    [
      'a word that is no choice',
      ['--scope', 'planet'],
      /--scope is "planet"; it takes one of repo, worktree/,
    ],
    ['an exit code past 255', ['-E', '300'], /--conflict-exit-code is "300"/],
    ['a lock name with a slash', ['--lock', '../x'], /--lock is "..\/x"/],
    ['a value where none belongs', ['--no-wait=5'], /--no-wait takes no value/],
    ['an empty value', ['--wait='], /--wait is ""/],
  ])('%s is refused by name and nothing is run', async (_what, flags, said) => {
    await using scratch = new Scratch();
    const { code, stdout, stderr } = await scratch.seqx([...flags, 'touch', 'witness']).ended;
    expect({ code, stdout }).toEqual({ code: 125, stdout: '' });
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/^ {2}try: seqx /m);
    expect(existsSync(join(scratch.project, 'witness'))).toBe(false);
    await scratch.settle();
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['SEQX_WAIT', { SEQX_WAIT: 'soon' }, /SEQX_WAIT is "soon"/],
    ['an old name', { MEMORY_LIMIT_MB: 'lots' }, /MEMORY_LIMIT_MB is "lots"/],
  ])('a malformed value in %s is refused by that name', async (_what, env, said) => {
    await using scratch = new Scratch();
    const { code, stderr } = await scratch.seqx(['touch', 'witness'], { env }).ended;
    expect(code).toBe(125);
    expect(stderr).toMatch(said);
    expect(readdirSync(scratch.project)).toEqual([]);
  });

  test('a malformed value in seqx.toml is refused by its path', async () => {
    await using scratch = new Scratch();
    writeFileSync(join(scratch.project, 'seqx.toml'), 'wait = "soon"\n');
    const { code, stderr } = await scratch.seqx(['touch', 'witness']).ended;
    expect(code).toBe(125);
    expect(stderr).toContain(`wait in ${join(scratch.project, 'seqx.toml')} is "soon"`);
    expect(existsSync(join(scratch.project, 'witness'))).toBe(false);
  });

  test('a flag without its value, a second word after -c, and an empty command are refused', async () => {
    await using scratch = new Scratch();
    const calls = [['--wait'], ['-c', 'touch witness', 'more'], [''], ['--', '']];
    for (const call of calls) expect((await scratch.seqx(call).ended).code).toBe(125);
    expect(readdirSync(scratch.project)).toEqual([]);
  });

  test('a misspelled subcommand is run as a command, not found, and corrected', async () => {
    await using scratch = new Scratch();
    const { code, stderr } = await scratch.seqx(['statsu']).ended;
    expect(code).toBe(127);
    expect(stderr).toContain('did you mean: seqx status');
  });
});
